// Native dialogs: opened by data-dialog="ID", closed by data-dialog-close, Escape, or a press beside them.
import { on } from "./dom.js";

export function startDialogs() {
  on("click", "[data-dialog]", (event, button) => {
    const dialog = document.getElementById(button.dataset.dialog);
    if (!(dialog instanceof HTMLDialogElement)) return;
    event.preventDefault();
    dialog.showModal();
    dialog.querySelector("form :is(input:not([type=hidden]), select, textarea)")?.focus();
  });
  on("click", "[data-dialog-close]", (_event, button) => button.closest("dialog").close());
  document.addEventListener("pointerdown", (event) => {
    const dialog = event.target;
    if (dialog instanceof HTMLDialogElement && isBeside(dialog, event)) dialog.close();
  });
}

function isBeside(dialog, { clientX, clientY }) {
  const box = dialog.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}
