// Tabs that do not fit scroll sideways: the one where the person is must be in sight.
export function startTabs() {
  for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
    const list = tab.closest(".tabs");
    const [own, around] = [tab.getBoundingClientRect(), list.getBoundingClientRect()];
    if (own.left < around.left || own.right > around.right) list.scrollLeft += own.left - around.left - (around.width - own.width) / 2;
  }
}
