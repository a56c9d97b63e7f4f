// data-then="ID" on a telephone link: whoever comes back from the call is asked, in that dialog, how it went.
import { on } from "./dom.js";

export function startCalls() {
  on("click", "a[data-then]", (_event, link) => {
    const dialog = document.getElementById(link.dataset.then);
    if (!(dialog instanceof HTMLDialogElement)) return;
    // The telephone takes the screen for a moment; the question stands there when one returns.
    setTimeout(() => { if (!dialog.open) dialog.showModal(); }, 300);
  });
}
