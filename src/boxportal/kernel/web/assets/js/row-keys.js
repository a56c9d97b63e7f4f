// The rows of a list by single keys: j and k move, Enter opens, e edits, x selects. keys.js decides when keys act at all.
const MOVES = { j: 1, k: -1 };

/** Act on a row, if the key is one for rows; says whether it was. */
export function actOnRow({ key, target }) {
  const list = document.getElementById("list");
  const rows = list ? [...list.querySelectorAll("tbody tr[data-id]")] : [];
  if (!rows.length) return false;
  const row = target instanceof Element ? target.closest("tr[data-id]") : null;
  if (key in MOVES) return moveTo(rows[row ? rows.indexOf(row) + MOVES[key] : key === "j" ? 0 : rows.length - 1], list);
  if (!row) return false;
  if (key === "e") return follow(list.dataset.edits, row);
  if (key === "x") return press(row.querySelector("input[type=checkbox]"));
  return key === "Enter" && target === row && follow(list.dataset.opens, row);
}

/** The focus stands on the link that opens the record where the row shows it, else on the row itself. */
function moveTo(row, list) {
  if (!row) return true;
  const address = addressOf(list.dataset.opens, row);
  const link = [...row.querySelectorAll("a")].find((one) => one.getAttribute("href") === address);
  if (!link) row.tabIndex = -1;
  (link ?? row).focus();
  return true;
}

function addressOf(pattern, row) {
  return pattern ? pattern.replace("{id}", row.dataset.id) : "";
}

function follow(pattern, row) {
  if (!pattern) return false;
  location.assign(addressOf(pattern, row));
  return true;
}

function press(box) {
  box?.click();
  return Boolean(box);
}
