// data-confirm on a form or a button, and hx-confirm, ask in the page's own dialog.
let proceed = null;

/** Ask; run `act` when the person agrees. */
function ask(question, button, act) {
  const dialog = document.getElementById("confirm");
  dialog.querySelector("[data-confirm-text]").textContent = question;
  const yes = dialog.querySelector("[data-confirm-yes]");
  yes.textContent = button?.dataset.confirmButton || button?.textContent.trim() || yes.dataset.confirmYes;
  yes.classList.toggle("button-danger", button?.dataset.confirmKind !== "safe");
  yes.classList.toggle("button-primary", button?.dataset.confirmKind === "safe");
  proceed = act;
  dialog.returnValue = "";
  dialog.showModal();
}

export function startConfirm() {
  const dialog = document.getElementById("confirm");
  if (!dialog) return;
  dialog.addEventListener("close", () => {
    const act = proceed;
    proceed = null;
    if (dialog.returnValue === "yes") act?.();
  });
  dialog.querySelector("[data-confirm-yes]").addEventListener("click", () => dialog.close("yes"));
  document.addEventListener("submit", beforeSubmit, true);
  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, event.detail.elt, () => event.detail.issueRequest(true));
  });
}

function beforeSubmit(event) {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (!question || form.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(question, event.submitter, () => {
    form.dataset.confirmed = "yes";
    form.requestSubmit(event.submitter);
    delete form.dataset.confirmed;
  });
}
