/** A sentence of the page's language, from the `data-` attributes of the template element `texts`, with its {places} filled. */
export function text(name, places = {}) {
  const found = document.getElementById("texts")?.dataset[name] ?? "";
  return found.replace(/\{(\w+)\}/g, (whole, place) => places[place] ?? whole);
}
