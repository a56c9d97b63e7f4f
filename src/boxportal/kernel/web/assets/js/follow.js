// A page that shows what others change: when news is about its record, it fetches itself again.
/** The page says what it is about and where it is got: `data-follows="crm.deal:7" data-follows-at="/sales/quotes/3"`. */
export function startFollow() {
  document.addEventListener("bp:live", ({ detail }) => {
    const mark = detail.ref && document.querySelector(`[data-follows="${CSS.escape(detail.ref)}"]`);
    if (mark && !isBusy(mark)) refresh(mark.dataset.followsAt);
  });
}

/** Whoever types, or has a dialog or menu open, is not disturbed: the message on the screen offers to open the news. */
function isBusy(mark) {
  const page = mark.closest("#page");
  if (document.querySelector("dialog[open]")) return true;
  return [...page.querySelectorAll("input:not([type=hidden]), textarea, select")].some(isChanged);
}

function isChanged(field) {
  if (field === document.activeElement) return true;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.type === "file") return field.files.length > 0;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  return field.selectedOptions[0] ? field.selectedIndex !== chosenFirst(field) : false;
}

/** Which option a list began with: the first one, unless one is said to be selected. */
function chosenFirst(list) {
  return Math.max([...list.options].findIndex((option) => option.defaultSelected), 0);
}

async function refresh(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [now, then] = [document.getElementById("page"), fresh.getElementById("page")];
  if (!now || !then) return;
  now.replaceChildren(...then.childNodes);
  window.htmx.process(now);
}
