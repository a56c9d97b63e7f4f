"""A list as its address shows it: filters, order, place, columns; read strictly, and written into links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode

from boxportal.sdk.decimals import NumberError
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import Text, lazy
from boxportal.sdk.list_cursor import Cursor, read_cursor, write_cursor
from boxportal.sdk.list_env import Condition, FilterError, ListEnv, clause
from boxportal.sdk.list_spec import ListSpec, Sort

MAX_QUERY = 8_000
MAX_PARTS = 200
MAX_LIMIT = 200
_PLACE = ("after", "before", "cursor")
_BROKEN = lazy("This address is too long or broken.")
_GONE = lazy("This place in the list is no longer there. Start from the beginning.")


@dataclass(frozen=True, slots=True)
class ListState:
    """What an address asks of a list. With `errors` (by the address' names) it can be shown, but not run."""

    spec: ListSpec
    typed: Mapping[str, tuple[str, ...]]
    conditions: tuple[Condition, ...]
    sort: Sort
    descending: bool
    columns: tuple[str, ...]
    limit: int
    after: Cursor | None = None
    before: Cursor | None = None
    errors: Mapping[str, Text] = field(default_factory=dict)

    def require_valid(self) -> None:
        """Raises: Invalid."""
        if self.errors:
            raise Invalid(self.errors)

    def query(self, **changes: Sequence[str] | str | None) -> str:
        """The address' query with changes (None takes out); a change of anything starts from the first row."""
        parts = {name: values for name, values in self.typed.items() if name not in _PLACE}
        for name, value in changes.items():
            parts[name] = () if value is None else (value,) if isinstance(value, str) else tuple(value)
        return urlencode({name: list(values) for name, values in parts.items() if values}, doseq=True)

    def without(self, names: Sequence[str]) -> str:
        """The query without a filter."""
        return self.query(**dict.fromkeys(names))

    def sorted_by(self, key: str) -> str:
        """The query with another order; the one in force turns round."""
        turned = "-" if key == self.sort.key and not self.descending else ""
        return self.query(sort=f"{turned}{key}")

    @property
    def order(self) -> str:
        """The order in force, as it stands in an address."""
        return f"{'-' if self.descending else ''}{self.sort.key}"

    @property
    def whole(self) -> str:
        """Everything that is shown, as a query that leaves nothing to defaults: what a saved view keeps."""
        aside = {*_PLACE, "limit", "sort", "columns"}
        parts = sorted((name, v) for name, values in self.typed.items() if name not in aside for v in values if v)
        return urlencode([*parts, ("sort", self.order), ("columns", ",".join(self.columns))], safe=",")

    def place(self, value: object, row_id: int) -> str:
        """A row's place, as it stands in an address."""
        return write_cursor(self.order, Cursor(value, row_id))


def read_state(
    spec: ListSpec, query: str, env: ListEnv, *, ignore: Sequence[str] = (), columns: Sequence[str] = ()
) -> ListState:
    """Read the query of an address. What the list does not know is an error, as is what can't be read; never SQL.

    Names in `ignore`, and those that begin with `_`, are not the list's. `columns` are shown unless it asks for others.
    """
    typed, errors = query_parts(query)
    typed = {name: values for name, values in typed.items() if name not in ignore and not name.startswith("_")}
    known = {"sort", "columns", "limit", *_PLACE, *(name for one in spec.filters for name in one.names)}
    for name in sorted(typed.keys() - known):
        errors[name] = lazy("This list has no filter called %(name)s.", name=name[:40])
    conditions = []
    for one in spec.filters:
        try:
            condition = one.read(typed, env)
        except (FilterError, NumberError) as error:
            errors[one.key] = error.text
            continue
        if condition is not None:
            conditions.append(condition)
    sort, descending = _sort(spec, typed, errors)
    state = ListState(
        spec=spec,
        typed={name: values for name, values in typed.items() if name in known and any(values)},
        conditions=tuple(conditions),
        sort=sort,
        descending=descending,
        columns=_columns(spec, typed, errors, columns),
        limit=_limit(spec, typed, errors),
        errors=errors,
    )
    return _placed(state, typed)


def query_parts(query: str) -> tuple[dict[str, tuple[str, ...]], dict[str, Text]]:
    """The names of a query with their values, or what is wrong with it."""
    if len(query) > MAX_QUERY:
        return {}, {"": _BROKEN}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_PARTS, errors="strict")
    except ValueError:
        return {}, {"": _BROKEN}
    typed: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        typed[name] = (*typed.get(name, ()), value)
    return typed, {}


def _sort(spec: ListSpec, typed: Mapping[str, Sequence[str]], errors: dict[str, Text]) -> tuple[Sort, bool]:
    asked = next((value for value in reversed(typed.get("sort", ())) if value), spec.default_sort)
    if asked.removeprefix("-") not in spec.all_sorts:
        errors["sort"] = lazy("This list has no such order.")
        asked = spec.default_sort
    return spec.all_sorts[asked.removeprefix("-")], asked.startswith("-")


def _columns(
    spec: ListSpec, typed: Mapping[str, Sequence[str]], errors: dict[str, Text], usual: Sequence[str]
) -> tuple[str, ...]:
    asked = [key for value in typed.get("columns", ()) for key in value.split(",") if key]
    if any(key not in spec.by_key for key in asked):
        errors["columns"] = lazy("This list has no such column.")
        asked = []
    asked = asked or [key for key in usual if key in spec.by_key]
    return tuple(dict.fromkeys(asked)) or tuple(column.key for column in spec.columns if column.default_shown)


def _limit(spec: ListSpec, typed: Mapping[str, Sequence[str]], errors: dict[str, Text]) -> int:
    asked = next(iter(typed.get("limit", ())), "")
    if not asked:
        return spec.page
    if (
        not asked.isascii()
        or not asked.isdecimal()
        or len(asked) > len(str(MAX_LIMIT))
        or not 1 <= int(asked) <= MAX_LIMIT
    ):
        errors["limit"] = lazy("A page has between 1 and %(most)s rows.", most=MAX_LIMIT)
        return spec.page
    return int(asked)


def _placed(state: ListState, typed: Mapping[str, Sequence[str]]) -> ListState:
    """The state at the place that the address names; the API's `cursor` is `after` by another name."""
    places: dict[str, Cursor] = {}
    for name in _PLACE:
        text = next(iter(typed.get(name, ())), "")
        if text:
            try:
                places[name] = read_cursor(text, state.order, clause(state.sort.expr).type)
            except ValueError:
                return replace(state, errors={**state.errors, name: _GONE})
    if len(places) > 1:
        return replace(state, errors={**state.errors, "after": _GONE})
    return replace(state, after=places.get("after", places.get("cursor")), before=places.get("before"))
