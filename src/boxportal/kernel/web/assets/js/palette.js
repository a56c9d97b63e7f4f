// The search field of every page: results while typing, Ctrl+K from anywhere, arrows through the results, Esc leaves.
const WAITING = 120;

export function startPalette() {
  const form = document.getElementById("palette");
  if (!form) return;
  const input = form.querySelector("input");
  const list = document.getElementById("palette-hits");
  document.addEventListener("keydown", (event) => openByKey(event, input));
  input.addEventListener("input", () => later(form, input, list));
  input.addEventListener("focus", () => show(list, list.childElementCount > 0));
  form.addEventListener("keydown", (event) => move(event, input, list));
  form.addEventListener("focusout", (event) => {
    if (!form.contains(event.relatedTarget)) show(list, false);
  });
}

function openByKey(event, input) {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  if (document.querySelector("dialog[open]")) return;
  event.preventDefault();
  input.focus();
  input.select();
}

let timer = 0;
let asked = 0;

function later(form, input, list) {
  clearTimeout(timer);
  timer = setTimeout(() => ask(form, input, list), WAITING);
}

/** Only the answer to the newest question is shown, whichever comes last. */
async function ask(form, input, list) {
  const mine = ++asked;
  const words = input.value.trim();
  if (!words) {
    list.replaceChildren();
    return show(list, false);
  }
  const address = `${form.getAttribute("action")}?q=${encodeURIComponent(words.slice(0, 256))}`;
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (mine !== asked || !answer?.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  list.replaceChildren(...page.body.childNodes);
  show(list, true);
}

function show(list, isOpen) {
  list.hidden = !isOpen;
}

function move(event, input, list) {
  if (event.key === "Escape") {
    input.focus();
    show(list, false);
    return;
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const stops = [input, ...list.querySelectorAll("a")];
  const step = event.key === "ArrowDown" ? 1 : -1;
  const next = stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length];
  if (list.hidden || !next) return;
  event.preventDefault();
  next.focus();
}
