// A form is sent once: its buttons wait until the answer is there.
import { on } from "./dom.js";

// A download as answer leaves the page where it is: then the form wakes up again.
const WAIT = 8000;

export function startForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "get" || form.method === "dialog") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
    // htmx must not hear the submit itself: it would keep the form from being sent.
    form.querySelector("[data-hears-sent]")?.dispatchEvent(new CustomEvent("sent"));
    const words = form.querySelector("[data-while-sent]");
    if (words) words.textContent = words.dataset.whileSent; // an act that takes long, and answers with a page
    else setTimeout(release, WAIT);
  });
  // A page that comes back from the browser's memory can be sent again: its one-time token answers for a repetition.
  window.addEventListener("pageshow", release);
  on("change", "select", (_event, select) => { select.dataset.byHand = "yes"; });
  on("change", "[data-goes-with]", (_event, select) => goAlong(select));
  on("change", "[data-submit]", (_event, input) => input.form.requestSubmit());
  document.querySelector("form[data-go-on]")?.requestSubmit(); // what was held up by a question goes on by itself
}

/** A choice brings another along, as a country its currency, until that one was made by hand. */
function goAlong(select) {
  const other = select.form.elements[select.dataset.goesWith];
  const value = JSON.parse(select.dataset.values)[select.value];
  if (value && !other.dataset.byHand) other.value = value;
}

function release() {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("form [aria-busy]")) button.removeAttribute("aria-busy");
  for (const words of document.querySelectorAll("[data-while-sent]")) words.textContent = "";
}
