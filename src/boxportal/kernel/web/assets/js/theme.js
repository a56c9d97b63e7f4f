// Before the first paint: the scheme chosen on this device, if any. Runs in <head>, so it is kept tiny.
try {
  const chosen = localStorage.getItem("bp-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // A browser that keeps nothing follows the system.
}
