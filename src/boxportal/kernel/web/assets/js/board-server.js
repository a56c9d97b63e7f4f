// Asks the server to move a card. Answers {"version", "totals", "location"}, or {"problem"} with a sentence for the person.
import { text } from "./texts.js";

export async function askMove(card, stage) {
  const body = new URLSearchParams({ stage, version: card.dataset.version ?? "" });
  try {
    const address = card.closest(".board").dataset.moveUrl.replace("{id}", encodeURIComponent(card.dataset.id));
    const answer = await fetch(address, { method: "POST", body, headers: headers() });
    const said = await saidBy(answer);
    if (answer.ok) return { location: answer.headers.get("HX-Redirect"), ...said };
    return { problem: said.detail || said.title || text("moveFailed") };
  } catch {
    return { problem: text("offline") };
  }
}

function headers() {
  const own = JSON.parse(document.body.getAttribute("hx-headers") || "{}");
  return { Accept: "application/json", "HX-Request": "true", ...own };
}

async function saidBy(answer) {
  const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
  return isJson ? answer.json() : {};
}
