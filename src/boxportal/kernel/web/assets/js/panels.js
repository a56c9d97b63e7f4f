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

function opened() {
  return document.querySelectorAll("details.panel[open]");
}
