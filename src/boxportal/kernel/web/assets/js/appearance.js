// Light, dark or as the system says: chosen in the avatar menu, kept on this device.
import { on } from "./dom.js";

const KEY = "bp-theme";

export function startTheme() {
  on("click", "[data-theme-choice]", (_event, button) => {
    choose(button.dataset.themeChoice);
    show();
  });
  document.addEventListener("htmx:load", show);
  show();
}

function choose(theme) {
  if (theme === "light" || theme === "dark") {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem(KEY, theme);
  } else {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(KEY);
  }
}

function show() {
  const chosen = document.documentElement.dataset.theme || "system";
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen));
  }
}
