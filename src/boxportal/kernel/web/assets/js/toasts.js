// Short messages at the edge of the screen, and words for screen readers only.
import { el, icon, isOwnPath, on } from "./dom.js";
import { text } from "./texts.js";

const SECONDS = 6;

const ICONS = { done: "circle-check", error: "alert-circle", info: "info-circle" };

/** Show a message. One with a link, and an error, stays until it is dismissed; one with the same `key` takes its place. */
export function toast(message, { kind = "info", url = "", link = "", key = "" } = {}) {
  const region = document.getElementById("toasts");
  if (!region || !message) return;
  if (key) region.querySelector(`[data-toast-key="${CSS.escape(key)}"]`)?.remove();
  const words = el("div", { class: "toast-text" }, message);
  if (isOwnPath(url)) words.append(" ", el("a", { href: url }, link || text("open")));
  const close = el("button", { type: "button", class: "button button-quiet button-icon button-small", "data-toast-close": true, "aria-label": text("close") }, icon("x"));
  const shown = el("div", { class: `toast toast-${kind}`, role: kind === "error" ? "alert" : null, "data-toast-key": key || null }, icon(ICONS[kind] ?? ICONS.info), words, close);
  region.append(shown);
  while (region.children.length > 4) region.firstElementChild.remove();
  if (kind !== "error" && !url) fade(shown);
}

function fade(shown) {
  let timer = 0;
  const start = () => { timer = setTimeout(() => shown.remove(), SECONDS * 1000); };
  const stop = () => clearTimeout(timer);
  for (const type of ["pointerenter", "focusin"]) shown.addEventListener(type, stop);
  for (const type of ["pointerleave", "focusout"]) shown.addEventListener(type, start);
  start();
}

/** Say something politely to who listens to the page. */
export function announce(message) {
  const region = document.getElementById("announcer");
  if (!region) return;
  region.textContent = "";
  setTimeout(() => { region.textContent = message; }, 50);
}

export function startToasts() {
  on("click", "[data-toast-close]", (_event, button) => button.closest(".toast").remove());
  on("click", "[data-dismiss]", (_event, button) => button.closest(".note").remove());
  on("click", "[data-toast]", (_event, button) => toast(button.dataset.toast));
  on("click", "[data-print]", () => window.print());
  document.addEventListener("bp:toast", (event) => toast(event.detail.text, event.detail));
  document.addEventListener("bp:announce", (event) => announce(event.detail.text));
}
