// Times: "5 minutes ago" stays true while the page is open, and every time tells its exact moment in the reader's zone.
const STEPS = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];

export function startTimes() {
  refresh();
  document.addEventListener("htmx:load", refresh);
  setInterval(refresh, 60000);
}

function refresh() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const moment = new Date(time.dateTime);
    if (!Number.isNaN(moment.getTime())) time.textContent = ago(moment);
  }
}

export function ago(moment, now = new Date()) {
  const seconds = (moment - now) / 1000;
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" });
  const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return unit === "second" ? words.format(0, "second") : words.format(Math.round(seconds / size), unit);
}
