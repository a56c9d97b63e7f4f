// Rows of fields in a form: a new one from the template, one taken out or moved. Without scripts empty rows are there, and
// what is marked `data-rows-plain` does the rest.
import { on } from "./dom.js";

const BUTTONS = "[data-rows-add], [data-rows-remove], [data-rows-up], [data-rows-down]";

export function startRows() {
  show(document);
  document.addEventListener("htmx:load", (event) => show(event.detail.elt));
  on("click", "[data-rows-add]", (_event, button) => add(button.closest("[data-rows]")));
  on("click", "[data-rows-up]", (_event, button) => move(button, "previousElementSibling", "before"));
  on("click", "[data-rows-down]", (_event, button) => move(button, "nextElementSibling", "after"));
  on("submit", "form", (_event, form) => place(form));
  on("click", "[data-rows-remove]", (_event, button) => remove(button.closest("[data-rows-row]")));
}

function show(root) {
  for (const button of root.querySelectorAll(BUTTONS)) button.hidden = false;
  for (const plain of root.querySelectorAll("[data-rows-plain]")) plain.hidden = true;
}

/** Put a row before or after its neighbour; the keyboard stays on the button. */
function move(button, neighbour, side) {
  const row = button.closest("[data-rows-row]");
  row[neighbour]?.[side](row);
  button.focus();
  changed(row.closest("[data-rows]"));
}

/** Rows that can be moved say their place when they are sent; empty ones say nothing. */
function place(form) {
  for (const [number, field] of form.querySelectorAll("[data-rows-position]").entries()) {
    const said = field.closest("[data-rows-row]").querySelector("[data-rows-said]").value.trim();
    field.value = said ? number + 1 : "";
  }
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
  window.htmx?.process(row);
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
