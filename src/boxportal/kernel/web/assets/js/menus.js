// Menus are popovers: the browser opens, closes and returns the focus; here they get their place and the arrow keys.
const GAP = 4;
const openers = new WeakMap();

export function startMenus() {
  document.addEventListener("beforetoggle", (event) => {
    if (event.newState === "open" && isMenu(event.target)) event.target.style.visibility = "hidden";
  }, true);
  document.addEventListener("toggle", (event) => {
    if (event.newState === "open" && isMenu(event.target)) opened(event.target);
  }, true);
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.(".menu[popover]");
    if (menu) walk(event, menu);
  });
  document.addEventListener("click", (event) => {
    const item = event.target.closest?.(".menu-item");
    if (item && !item.matches("[data-keep]")) item.closest(".menu[popover]")?.hidePopover();
  });
  window.addEventListener("resize", follow);
  document.addEventListener("scroll", follow, { capture: true, passive: true });
}

function isMenu(target) {
  return target instanceof HTMLElement && target.matches(".menu[popover]");
}

/** An open menu stays beside its button while the page scrolls, and closes when the button is out of sight. */
function follow() {
  for (const menu of document.querySelectorAll(".menu:popover-open")) {
    const anchor = openers.get(menu)?.getBoundingClientRect();
    if (!anchor) continue;
    if (anchor.bottom < 0 || anchor.top > window.innerHeight) menu.hidePopover();
    else place(menu, anchor);
  }
}

/** The button that opened the menu: the one that is active, else the first that names it. */
function openerOf(menu) {
  const selector = `[popovertarget="${CSS.escape(menu.id)}"]`;
  return document.activeElement?.closest(selector) ?? document.querySelector(`${selector}[aria-expanded="true"]`) ?? [...document.querySelectorAll(selector)].find((button) => button.offsetParent);
}

function opened(menu) {
  const opener = menu.opener ?? openerOf(menu);
  openers.set(menu, opener);
  if (opener) place(menu, opener.getBoundingClientRect());
  menu.style.visibility = "";
  if (!menu.contains(document.activeElement) && opener === document.activeElement) items(menu)[0]?.focus({ preventScroll: true });
}

function place(menu, anchor) {
  const { offsetWidth: width, offsetHeight: height } = menu;
  const room = { width: document.documentElement.clientWidth, height: window.innerHeight };
  const below = anchor.bottom + GAP + height <= room.height || anchor.top - GAP - height < 0;
  const isRtl = document.documentElement.dir === "rtl";
  const startsLeft = isRtl ? anchor.right - width < GAP : anchor.left + width <= room.width - GAP;
  const left = startsLeft ? anchor.left : anchor.right - width;
  const top = below ? anchor.bottom + GAP : anchor.top - GAP - height;
  menu.style.left = `${clamp(left, room.width - width)}px`;
  menu.style.top = `${clamp(top, room.height - height)}px`;
}

function clamp(value, most) {
  return Math.max(GAP, Math.min(value, most - GAP));
}

function items(menu) {
  return [...menu.querySelectorAll("a[href], button:not([disabled]), input, select")];
}

function walk(event, menu) {
  const all = items(menu);
  const at = all.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (next === undefined || event.target.matches("input, select, textarea")) return;
  event.preventDefault();
  all[(next + all.length) % all.length]?.focus();
}
