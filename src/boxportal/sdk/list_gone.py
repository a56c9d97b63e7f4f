"""Opens a saved view of which a part is gone: a stage that was removed, somebody who left. The rest is shown."""

from collections.abc import Callable, Collection, Mapping, Sequence
from urllib.parse import urlencode

from boxportal.sdk.i18n import Text, lazy
from boxportal.sdk.list_env import Filter, ListEnv
from boxportal.sdk.list_spec import ListSpec
from boxportal.sdk.list_state import ListState, query_parts, read_state

Working = Callable[[Collection[int]], Collection[int]]
Parts = dict[str, tuple[str, ...]]
CHOSEN = ("choice", "person")
SORT, COLUMNS = "sort", "columns"


def open_view(
    spec: ListSpec, query: str, env: ListEnv, working: Working, *, columns: Sequence[str] = ()
) -> tuple[ListState, tuple[Text, ...]]:
    """Read a saved view leniently: the state that can be shown, and the labels of what had to be left out.

    `working` tells which of some people work here: it is asked only for people whom the list does not offer.
    """
    typed, _broken = query_parts(query)
    gone: dict[str, Text] = {}
    for one in spec.filters:
        if one.kind in CHOSEN and typed.get(one.key):
            kept = _still_there(one, typed[one.key], env, working)
            if kept != typed[one.key]:
                typed[one.key], gone[one.key] = kept, one.label
    _drop_columns(spec, typed, gone)
    state = read_state(spec, _joined(typed), env, columns=columns)
    if state.errors:
        for name in state.errors:
            gone.setdefault(name, _label_of(spec, name))
        _drop(spec, typed, state.errors)
        state = read_state(spec, _joined(typed), env, columns=columns)
    return state, tuple(gone.values())


def _still_there(one: Filter, asked: tuple[str, ...], env: ListEnv, working: Working) -> tuple[str, ...]:
    offered = {str(value) for value, _ in one.options(env)}
    missing = {value for value in asked if value and value not in offered}
    if one.kind == "person" and missing:
        numbers = {int(value) for value in missing if value.isascii() and value.isdecimal() and len(value) < 19}  # noqa: PLR2004 digits of a 64-bit number
        missing -= {str(number) for number in working(numbers)} if numbers else set()
    return tuple(value for value in asked if value not in missing)


def _drop_columns(spec: ListSpec, typed: Parts, gone: dict[str, Text]) -> None:
    asked = [key for value in typed.get(COLUMNS, ()) for key in value.split(",") if key]
    known = [key for key in asked if key in spec.by_key]
    if known != asked:
        typed[COLUMNS], gone[COLUMNS] = (",".join(known),), _label_of(spec, COLUMNS)


def _drop(spec: ListSpec, typed: Parts, errors: Mapping[str, Text]) -> None:
    """Take what can't be read out of the address; a filter goes with all of its fields."""
    fields = {one.key: one.names for one in spec.filters}
    for error in errors:
        for name in fields.get(error, (error,)) if error else tuple(typed):
            typed.pop(name, None)


def _label_of(spec: ListSpec, name: str) -> Text:
    labels = {one.key: one.label for one in spec.filters}
    fixed = {SORT: lazy("the order"), COLUMNS: lazy("a column"), "": lazy("all of it")}
    return labels.get(name) or fixed.get(name) or name[:40]


def _joined(typed: Parts) -> str:
    return urlencode({name: list(values) for name, values in typed.items()}, doseq=True)
