// One WebSocket a tab. Messages are {"seq", "topic", ...}; after a break the tab asks for what it missed.
import { announce, toast } from "./toasts.js";
import { isOwnPath } from "./dom.js";
import { text } from "./texts.js";

const FIRST = 1000;
const LONGEST = 60000;
const RESTARTING = 1012;
const ENDED = [1000, 1008, 4401];
let seen = null;
let revision = null;
let tries = 0;

export function startLive() {
  const path = document.body.dataset.live;
  if (!path) return;
  seen = document.body.dataset.seq || null;
  connect(path);
  tellSeen();
  window.addEventListener("pageshow", ({ persisted }) => { if (persisted) connect(path); });
}

/** The page that a notice leads to is open: it is read, whichever way the person came. */
function tellSeen() {
  const { seen: address } = document.body.dataset;
  if (!address) return;
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  fetch(address, { method: "POST", headers, body: new URLSearchParams({ path: location.pathname }) }).catch(() => {});
}

function connect(path) {
  const address = new URL(path, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  if (seen !== null) address.searchParams.set("since", seen);
  const socket = new WebSocket(address);
  const leave = () => socket.close(1000);
  window.addEventListener("pagehide", leave);
  socket.addEventListener("open", () => { tries = 0; });
  socket.addEventListener("message", (event) => receive(JSON.parse(event.data)));
  socket.addEventListener("close", ({ code }) => {
    window.removeEventListener("pagehide", leave);
    if (ENDED.includes(code)) return;
    setTimeout(connect, delay(code), path);
  });
}

/** A server that only restarts is asked again soon; else ever later. Each tab waits a little differently. */
function delay(code) {
  tries += 1;
  const most = code === RESTARTING ? FIRST : Math.min(LONGEST, FIRST * 2 ** tries);
  return most * (0.5 + Math.random());
}

function receive(message) {
  if (message.seq != null) seen = message.seq;
  if (message.topic === "inbox") inbox(message);
  if (message.revision != null) {
    const isNews = message.topic === "modules" || (revision !== null && revision !== message.revision);
    revision = message.revision;
    if (isNews) setTimeout(refreshShell, Math.random() * 1000);
  }
  document.dispatchEvent(new CustomEvent("bp:live", { detail: message }));
}

/** `unread` is the number of unread notices; `text` and `url` say what is new, and are not there when nothing is to be said. */
function inbox({ unread, text: news, url }) {
  for (const bell of document.querySelectorAll("[data-unread]")) {
    bell.dataset.unread = unread;
    bell.querySelector(".bell-dot").hidden = !unread;
    bell.setAttribute("aria-label", unread ? text("inboxUnread", { count: unread }) : text("inbox"));
  }
  document.dispatchEvent(new CustomEvent("bp:inbox"));
  if (!news) return;
  announce(news);
  toast(news, { url: isOwnPath(url) ? url : "/inbox", key: "inbox" });
}

/** Tools were switched on or off: fetch this page again for its menu, and for its content if it is gone. */
async function refreshShell() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of answer.ok ? ["rail", "sections", "foot-bar"] : ["rail", "sections", "foot-bar", "page"]) {
    const [now, then] = [document.getElementById(id), fresh.getElementById(id)];
    if (now && then) {
      now.replaceChildren(...then.childNodes);
      window.htmx.process(now);
    }
  }
}
