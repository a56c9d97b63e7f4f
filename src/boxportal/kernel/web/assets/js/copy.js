// data-copy="ID" copies what stands in that field; without a secure context by the older command.
import { on } from "./dom.js";
import { text } from "./texts.js";

export function startCopy() {
  on("click", "[data-copy]", async (_event, button) => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
    else document.execCommand("copy");
    const word = button.querySelector("span");
    const before = word.textContent;
    word.textContent = text("copied");
    setTimeout(() => { word.textContent = before; }, 2000);
  });
}
