// Keys act on what the page shows: data-key="c" presses its element, data-key="g h" after g then h. Never inside inputs.
import { el, on } from "./dom.js";
import { enterPanel } from "./panels.js";
import { actOnRow } from "./row-keys.js";

const OFF = "bp-keys-off";
const WAIT = 1200;
let prefix = "";
let timer = 0;

export function startKeys() {
  document.addEventListener("keydown", onKey);
  on("change", "[data-keys-switch]", (_event, input) => {
    if (input.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "yes");
  });
  on("click", "[data-keys-open]", openSheet);
}

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (localStorage.getItem(OFF)) return;
  if (!prefix && actOnRow(event)) return event.preventDefault();
  if (event.key.length > 1) return;
  const typed = prefix ? `${prefix} ${event.key}` : event.key;
  prefix = "";
  clearTimeout(timer);
  if (typed === "?") return openSheet(event);
  const target = all().find((element) => element.dataset.key === typed);
  if (target) return press(event, target);
  if (all().some((element) => element.dataset.key.startsWith(`${typed} `))) {
    prefix = typed;
    timer = setTimeout(() => { prefix = ""; }, WAIT);
  }
}

function isTyping(target) {
  return target instanceof Element && target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]") !== null;
}

function all() {
  return [...document.querySelectorAll("[data-key]")].filter((element) => element.checkVisibility());
}

function press(event, target) {
  event.preventDefault();
  if (target.matches("input, textarea, select")) return target.focus();
  target.click();
  const panel = target.closest("details[open]");
  if (panel && target.matches("summary")) enterPanel(panel);
}

/** The sheet lists the keys that work on this page, in the words of the elements they press. */
function openSheet(event) {
  const dialog = document.getElementById("keys");
  if (!dialog) return;
  event.preventDefault();
  const seen = new Map();
  for (const element of all()) if (!seen.has(element.dataset.key)) seen.set(element.dataset.key, nameOf(element));
  const list = dialog.querySelector("[data-keys-list]");
  list.replaceChildren(...[...seen].map(([keys, name]) => row(keys, name)));
  for (const place of document.querySelectorAll("[data-keys-here]")) {
    for (const pair of place.dataset.keysHere.split("|")) list.append(row(...pair.split("=")));
  }
  dialog.querySelector("[data-keys-switch]").checked = !localStorage.getItem(OFF);
  dialog.showModal();
}

function nameOf(element) {
  return element.dataset.keyName || element.getAttribute("aria-label") || element.labels?.[0]?.textContent.trim() || element.textContent.trim();
}

function row(keys, name) {
  return el("div", { class: "key-row" }, el("dt", {}, name), el("dd", {}, el("span", {}, ...keys.split(" ").map((key) => el("kbd", {}, key)))));
}
