// data-from-fragment="t" takes its value from the address after #, which no server and no log ever sees.
export function startFragment() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const input of document.querySelectorAll("[data-from-fragment]")) {
    const value = given.get(input.dataset.fromFragment);
    if (value) input.value = value;
    for (const hint of document.querySelectorAll("[data-without-fragment]")) hint.hidden = Boolean(input.value);
  }
  // data-time-zone takes the browser's time zone, so that nobody is asked for it.
  for (const input of document.querySelectorAll("[data-time-zone]")) {
    input.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
  }
}
