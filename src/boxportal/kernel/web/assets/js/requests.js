// htmx with our manners: errors are said, a lost session leads to sign-in, and nothing is evaluated.
import htmx from "htmx.org";
import { text } from "./texts.js";
import { toast } from "./toasts.js";

export function startHtmx() {
  window.htmx = htmx;
  document.addEventListener("htmx:responseError", (event) => {
    const answer = event.detail.xhr;
    if (answer.status === 401) return location.reload();
    toast(problemOf(answer.responseText) || text("failed"), { kind: "error" });
  });
  for (const type of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(type, () => toast(text("offline"), { kind: "error" }));
  }
}

/** The plain sentence of a problem+json answer, if it is one. */
export function problemOf(body) {
  try {
    const { detail, title } = JSON.parse(body);
    return detail || title || "";
  } catch {
    return "";
  }
}
