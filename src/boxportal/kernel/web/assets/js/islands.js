// An island's code is fetched by the first page that holds one.
const loading = new Map();

export function startIslands() {
  wake(document);
  document.addEventListener("htmx:load", (event) => wake(event.detail.elt));
}

async function wake(root) {
  const places = [...root.querySelectorAll("[data-island]")];
  if (root instanceof Element && root.matches("[data-island]")) places.push(root);
  for (const place of places) {
    const { islandSource } = place.dataset;
    if (place.dataset.islandAwake || !islandSource) continue;
    place.dataset.islandAwake = "yes";
    const source = new URL(islandSource, location.href);
    if (source.origin !== location.origin || !source.pathname.startsWith("/assets/")) continue;
    if (!loading.has(source.href)) loading.set(source.href, import(source.href));
    (await loading.get(source.href)).start(place);
  }
}
