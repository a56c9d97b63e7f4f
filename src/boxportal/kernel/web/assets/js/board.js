// The board: cards move by mouse, touch, the keys [ and ] or the menu "Move to". The move shows at once and goes back when refused.
import Sortable, { AutoScroll } from "sortablejs/modular/sortable.core.esm.js";
import { el, isOwnPath } from "./dom.js";
import { askMove } from "./board-server.js";
import { text } from "./texts.js";

Sortable.mount(new AutoScroll());

const say = (type, detail) => document.dispatchEvent(new CustomEvent(type, { detail }));
const columnOf = (card) => card.closest(".board-column");
const cardsIn = (list) => [...list.querySelectorAll(":scope > .board-card")];
const put = (card, list, index) => list.insertBefore(card, cardsIn(list)[index] ?? list.querySelector(":scope > .board-more:last-child"));
const titleOf = (card) => card.querySelector(".board-link")?.textContent.trim() ?? "";

/** Called once for each board of the page. */
export function start(board) {
  board.classList.add("board-live");
  board.addEventListener("keydown", onKey);
  board.addEventListener("click", onClick);
  for (const card of board.querySelectorAll(".board-card")) addButton(board, card);
  for (const list of board.querySelectorAll(".board-cards")) makeSortable(board, list);
  takeMore(board);
  watchSwitch(board);
}

/** What moves a card without dragging. */
function addButton(board, card) {
  if (card.querySelector("[data-board-move]")) return;
  const button = board.querySelector("template").content.firstElementChild.cloneNode(true);
  button.setAttribute("aria-label", text("moveTo", { title: titleOf(card) }));
  card.append(button);
}

/** The next cards of a column come in the place of its link "More"; whoever was on the link goes on at the first of them. */
function takeMore(board) {
  let next;
  board.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    next = target.contains(document.activeElement) ? target.previousElementSibling : undefined;
  });
  board.addEventListener("htmx:load", ({ detail: { elt } }) => {
    if (!elt.matches(".board-card")) return;
    addButton(board, elt);
    if (next !== undefined && elt.previousElementSibling === next) {
      elt.querySelector(".board-link").focus();
      next = undefined;
    }
  });
}

function makeSortable(board, list) {
  Sortable.create(list, {
    group: board.id, draggable: ".board-card", sort: false, forceFallback: true, fallbackTolerance: 6, fallbackOnBody: true,
    filter: "button", preventOnFilter: false, delay: 180, delayOnTouchOnly: true, scrollSensitivity: 60,
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140,
    ghostClass: "is-ghost", fallbackClass: "is-lifted",
    onEnd: ({ item, from, oldDraggableIndex, originalEvent }) => {
      holdClick();
      land(item, originalEvent, from, oldDraggableIndex);
      if (item.parentElement !== from) settle(item, from, oldDraggableIndex);
    },
  });
}

/** The column under the pointer counts: the library looks every 50 ms only, and not at heads and empty space. */
function land(card, event, from, index) {
  const { clientX, clientY } = event?.changedTouches?.[0] ?? event ?? {};
  if (clientX === undefined) return;
  const list = document.elementFromPoint(clientX, clientY)?.closest(".board-column")?.querySelector(".board-cards");
  if (!list || list === card.parentElement || list.closest(".board") !== card.closest(".board")) return;
  if (list === from) put(card, from, index);
  else list.prepend(card);
}

/** The press that ends a drag is no click on the card's link. */
function holdClick() {
  const hold = (event) => { event.preventDefault(); event.stopPropagation(); };
  document.addEventListener("click", hold, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", hold, { capture: true }), 0);
}

function onKey(event) {
  const card = event.target.closest(".board-card");
  if (!card || event.ctrlKey || event.metaKey || !["[", "]"].includes(event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  const column = columnOf(card);
  const target = event.key === "]" ? column.nextElementSibling : column.previousElementSibling;
  if (target) move(card, target);
}

function onClick(event) {
  const button = event.target.closest("[data-board-move]");
  if (button) openMenu(button);
}

/** One menu for all cards, filled when it opens. */
function openMenu(button) {
  const card = button.closest(".board-card");
  const columns = [...card.closest(".board-columns").children];
  const menu = document.getElementById("board-menu") ?? el("div", { id: "board-menu", class: "menu", popover: true });
  menu.replaceChildren(el("p", { class: "menu-head" }, text("moveTo", { title: titleOf(card) })), el("ul", { class: "menu-list" }, ...columns.map((column) => {
    const choice = el("button", { type: "button", class: "menu-item", disabled: column === columnOf(card) }, column.dataset.title);
    choice.addEventListener("click", () => move(card, column));
    return el("li", {}, choice);
  })));
  document.body.append(menu);
  menu.opener = button;
  menu.showPopover();
}

function move(card, column) {
  const list = card.parentElement;
  const index = cardsIn(list).indexOf(card);
  column.querySelector(".board-cards").prepend(card);
  settle(card, list, index);
  card.querySelector(".board-link")?.focus();
  card.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** The card lies in its new list: count, ask the server, and take it back when the answer is no. */
async function settle(card, from, index) {
  const target = columnOf(card);
  const source = from.closest(".board-column");
  if (card.previousElementSibling?.matches(".board-more")) card.previousElementSibling.before(card);
  const hadFocus = () => card.contains(document.activeElement);
  count(card, source, target);
  card.setAttribute("aria-busy", "true");
  const answer = await askMove(card, target.dataset.stage);
  card.removeAttribute("aria-busy");
  if (answer.problem) {
    const refocus = hadFocus();
    put(card, from, index);
    count(card, target, source);
    if (refocus) card.querySelector(".board-link")?.focus();
    return say("bp:toast", { text: answer.problem, kind: "error" });
  }
  if (isOwnPath(answer.location)) return location.assign(answer.location);
  if (answer.version != null) card.dataset.version = answer.version;
  totals(card.closest(".board"), answer.totals);
  const at = cardsIn(card.parentElement).indexOf(card) + 1;
  say("bp:announce", { text: text("moved", { title: titleOf(card), stage: target.dataset.title, at, of: shown(countOf(target)) }) });
}

/** Heads of columns follow in the same frame, in the company's money. */
function count(card, source, target) {
  for (const [column, sign] of [[source, -1], [target, 1]]) {
    add(column.querySelector("[data-count]"), "count", sign, shown);
    add(column.querySelector("[data-sum]"), "sum", sign * Number(card.dataset.amount || 0), (value) => money(value, column.closest(".board")));
  }
}

function add(place, name, change, write) {
  if (!place || !change || place.dataset[name] === "") return;
  place.dataset[name] = Number(place.dataset[name]) + change;
  place.textContent = write(Number(place.dataset[name]));
}

const shown = (number) => number.toLocaleString(document.documentElement.lang);
const countOf = (column) => Number(column.querySelector("[data-count]").dataset.count);

function money(minor, board) {
  const digits = Number(board.dataset.digits || 2);
  const format = { style: "currency", currency: board.dataset.currency, minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(document.documentElement.lang, format).format(minor / 10 ** digits);
}

/** What the server says of its columns counts more than our sums: {"stage": {"count", "sum", "sum_text"}}. */
function totals(board, known = {}) {
  for (const [stage, { count, sum, sum_text: words }] of Object.entries(known)) {
    const column = board.querySelector(`.board-column[data-stage="${CSS.escape(stage)}"]`);
    const [heads, sums] = [column?.querySelector("[data-count]"), column?.querySelector("[data-sum]")];
    if (heads && count != null) heads.textContent = shown(heads.dataset.count = count);
    if (sums && sum != null) sums.dataset.sum = sum;
    if (sums && words != null) sums.textContent = words;
  }
}

/** On a phone the switcher shows which column fills the screen. */
function watchSwitch(board) {
  const links = [...board.querySelectorAll(".board-switch a")];
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      for (const link of links) {
        if (link.hash === `#${target.id}`) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }
  }, { root: board.querySelector(".board-columns"), threshold: 0.6 });
  for (const column of board.querySelectorAll(".board-column")) watcher.observe(column);
}
