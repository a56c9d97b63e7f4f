// The order of a list's columns: each goes up or down by a button. Without scripts the order stays as it is.
import { on } from "./dom.js";

export function startColumns() {
  show(document);
  document.addEventListener("htmx:load", (event) => show(event.detail.elt));
  on("click", "[data-column-up]", (_event, button) => move(button, -1));
  on("click", "[data-column-down]", (_event, button) => move(button, 1));
}

function show(root) {
  for (const button of root.querySelectorAll("[data-columns] button[hidden]")) button.hidden = false;
}

function move(button, step) {
  const row = button.closest("li");
  const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (step < 0) other.before(row);
  else other.after(row);
  button.focus();
}
