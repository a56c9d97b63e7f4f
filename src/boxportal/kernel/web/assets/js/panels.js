// Panels beside a list are <details>: the browser opens them; here they close by Escape and by a press elsewhere.
export function startPanels() {
  document.addEventListener("click", (event) => {
    const within = event.target instanceof Element ? event.target.closest("details.panel") : null;
    for (const panel of opened()) if (panel !== within) panel.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    for (const panel of opened()) {
      panel.open = false;
      panel.querySelector("summary").focus();
      event.preventDefault();
    }
  });
}

/** Put the focus into a panel's first field, as soon as it is there: the filters are fetched when their panel opens. */
export function enterPanel(panel) {
  const first = panel.querySelector("form :is(input:not([type=hidden]), select)");
  if (first) first.focus();
  else panel.addEventListener("htmx:load", () => enterPanel(panel), { once: true });
}

function opened() {
  return document.querySelectorAll("details.panel[open]");
}
