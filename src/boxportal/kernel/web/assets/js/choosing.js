// The rows of a list that are chosen: how many, and all of the page at once. The bar of acts shows itself by style alone.
import { on } from "./dom.js";

export function startChoosing() {
  show(document);
  document.addEventListener("htmx:load", (event) => show(event.detail.elt));
  on("change", "#list [name=row]", count);
  on("change", "[data-choose-all] input", (_event, box) => {
    for (const one of boxes()) one.checked = box.checked;
    count();
  });
}

function show(root) {
  for (const label of root.querySelectorAll("[data-choose-all]")) label.hidden = false;
  if (boxes().length) count(); // a page that comes back from the browser's memory keeps its boxes
}

function boxes() {
  return [...document.querySelectorAll("#list [name=row]")];
}

function count() {
  const place = document.querySelector("#list [data-chosen]");
  if (!place) return;
  const all = boxes();
  const chosen = all.filter((box) => box.checked).length;
  place.textContent = place.dataset.chosenText.replace("{count}", chosen);
  document.querySelector("[data-choose-all] input").checked = chosen === all.length;
}
