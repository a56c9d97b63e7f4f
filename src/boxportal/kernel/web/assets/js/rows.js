// Rows of fields in a form: a new one from the template, one taken out. Without scripts one empty row is always there.
import { on } from "./dom.js";

export function startRows() {
  show(document);
  document.addEventListener("htmx:load", (event) => show(event.detail.elt));
  on("click", "[data-rows-add]", (_event, button) => add(button.closest("[data-rows]")));
  on("click", "[data-rows-remove]", (_event, button) => remove(button.closest("[data-rows-row]")));
}

function show(root) {
  for (const button of root.querySelectorAll("[data-rows-add], [data-rows-remove]")) button.hidden = false;
}

function add(rows) {
  const number = rows.dataset.rowsNext;
  rows.dataset.rowsNext = Number(number) + 1;
  const row = rows.querySelector("[data-rows-blank]").content.cloneNode(true).firstElementChild;
  for (const element of [row, ...row.querySelectorAll("*")]) {
    for (const { name, value } of [...element.attributes]) {
      if (value.includes("__row__")) element.setAttribute(name, value.replaceAll("__row__", number));
    }
  }
  show(row);
  rows.querySelector("[data-rows-list]").append(row);
  row.querySelector("input, select, textarea")?.focus();
  changed(rows);
}

function remove(row) {
  const rows = row.closest("[data-rows]");
  row.remove();
  rows.querySelector("[data-rows-add]").focus();
  changed(rows);
}

/** For what reckons along with the form. */
function changed(rows) {
  rows.dispatchEvent(new Event("change", { bubbles: true }));
}
