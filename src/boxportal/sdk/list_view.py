"""A list as its template shows it: heads, rows, filters, chips, neighbours, each with its address."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from html import escape
from urllib.parse import urlencode

from markupsafe import Markup

from boxportal.sdk.decimals import format_number
from boxportal.sdk.form_spec import Choice
from boxportal.sdk.i18n import Text, gettext, ngettext
from boxportal.sdk.list_cells import CellRow, Draw, Pick
from boxportal.sdk.list_env import Filter, ListEnv
from boxportal.sdk.list_kept import KeptOfList, SavedView
from boxportal.sdk.list_pages import Count, ListPage
from boxportal.sdk.list_spec import Column
from boxportal.sdk.list_state import ListState

PLAIN = "_view=0"  # asks for no view: the list's own address would open the person's default


@dataclass(frozen=True, slots=True)
class HeadView:
    """The head of a column as the macro `table` takes it."""

    label: Text
    kind: str
    sort: str
    order: str


@dataclass(frozen=True, slots=True)
class FilterView:
    """A filter as the filter form shows it: `typed` are its fields of the address."""

    kind: str
    key: str
    label: Text
    options: Sequence[Choice]
    typed: Mapping[str, str]
    chosen: Sequence[str]
    error: Text


@dataclass(frozen=True, slots=True)
class ChipView:
    """A filter in force, with the address without it; or a ready-made view."""

    title: Text
    value: str = ""
    off: str = ""
    url: str = ""
    active: bool = False


@dataclass(frozen=True)
class ListView:
    """A list as components/list.html shows it."""

    state: ListState
    env: ListEnv
    path: str
    page: ListPage | None
    can_export: bool = False
    mine: KeptOfList | None = None
    gone: Sequence[Text] = ()
    panel: str = ""

    @property
    def rows(self) -> Sequence[CellRow]:
        return self.page.rows if self.page else ()

    def body(self, status: Callable[[str, str], str]) -> Markup:
        """The rows as markup; `status` draws a state.

        Written here because a template's macro call and escape for each cell would cost more than all the rest.
        """
        if self.page is None:
            return Markup()
        looks, say = cache(status), escape(gettext("Choose %(row)s", row="\0")) if self.chooses else ""
        tags = [_opening(head, is_first=not at) for at, head in enumerate(self.heads)]
        columns = [_column(*how, tag, looks) for how, tag in zip(self.page.drawers(), tags, strict=False)]
        rows = zip(self.page.keys, self.page.found, strict=True)
        written = (_row(key, [column(row) for column in columns], say) for key, row in rows)
        return Markup("".join(written))  # noqa: S704 each value is escaped

    @property
    def chooses(self) -> bool:
        """Whether rows can be chosen: there is something to do to them."""
        return bool(self.mine and (self.mine.acts or self.mine.exports))

    @property
    def acts_url(self) -> str:
        """Where what is to be done to the chosen rows is asked."""
        return f"/lists/{self.mine.key}" if self.mine else ""

    @property
    def opens(self) -> str:
        """The address of a row's record, with `{id}`."""
        return self.mine.opens if self.mine else ""

    @property
    def edits(self) -> str:
        """The address where a row's record is edited, with `{id}`."""
        return self.mine.edits if self.mine else ""

    @property
    def errors(self) -> Mapping[str, Text]:
        return self.state.errors

    @property
    def summary(self) -> Mapping[str, str]:
        """The errors, each with the name of its filter, to stand above the list."""
        labels = {one.key: one.label for one in self.state.spec.filters}
        return {key: f"{labels[key]}: {text}" if key in labels else str(text) for key, text in self.errors.items()}

    @property
    def status(self) -> int:
        return 422 if self.state.errors else 200

    @property
    def is_untouched(self) -> bool:
        """Whether the address asks for no filter: a list that is empty then has no rows at all."""
        return not self.applied and not self.state.errors and self.state.after is None and self.state.before is None

    def url(self, query: str) -> str:
        if not query and self.mine and self.mine.default:
            query = PLAIN
        return f"{self.path}?{query}" if query else self.path

    @property
    def plain(self) -> str:
        """The address of the list without filters."""
        return self.url("")

    @property
    def shows_filters(self) -> bool:
        """Whether the page comes with its filter form; most come without, for a form costs more than the list."""
        return self.panel == "filters" or bool(self.errors)

    def panel_url(self, panel: str) -> str:
        """The address of this page with the form of a panel: `filters` or `columns`."""
        return self._at_place(_panel=panel)

    @property
    def start(self) -> str:
        """The address of the first page."""
        return self.url(self.state.query())

    @property
    def here(self) -> str:
        """The address of this very page."""
        return self._at_place()

    def _at_place(self, **more: str) -> str:
        place = {name: self.state.typed.get(name, ()) for name in ("after", "before")}
        return self.url(self.state.query(**place, **more))

    @property
    def next(self) -> str:
        return self.url(self.state.query(after=self.page.after)) if self.page and self.page.after else ""

    @property
    def previous(self) -> str:
        return self.url(self.state.query(before=self.page.before)) if self.page and self.page.before else ""

    @property
    def count_url(self) -> str:
        """Where the number of rows is asked for, when the page came without it."""
        return self.url(self.state.query(_count="1")) if self.page and self.page.count is None else ""

    @property
    def count(self) -> str:
        return count_text(self.page.count) if self.page and self.page.count else ""

    @property
    def export_url(self) -> str:
        return self.url(self.state.query(_format="csv")) if self.can_export and not self.state.errors else ""

    @cached_property
    def heads(self) -> Sequence[HeadView]:
        return tuple(self._head(key) for key in self.state.columns)

    def _head(self, key: str) -> HeadView:
        column, state = self.state.spec.by_key[key], self.state
        order = ("desc" if state.descending else "asc") if state.sort.key == key else ""
        return HeadView(column.label, _kind_of(column), self.url(state.sorted_by(key)) if column.index else "", order)

    @cached_property
    def filters(self) -> Sequence[FilterView]:
        return tuple(self._filter(one) for one in self.state.spec.filters)

    def _filter(self, one: Filter) -> FilterView:
        typed = {name: next(iter(self.state.typed.get(name, ())), "") for name in one.names}
        chosen = self.state.typed.get(one.key, ())
        error = self.state.errors.get(one.key, "")
        return FilterView(one.kind, one.key, one.label, one.options(self.env), typed, chosen, error)

    @cached_property
    def applied(self) -> Sequence[ChipView]:
        """The filters in force."""
        return tuple(
            ChipView(one.label, one.says(self.state.typed, self.env), off=self.url(self.state.without(one.names)))
            for one in self.state.spec.filters
            if any(self.state.typed.get(name) for name in one.names) and one.key not in self.state.errors
        )

    @cached_property
    def ready(self) -> Sequence[ChipView]:
        """The ready-made views."""
        now = self.state.query(columns=None, limit=None)
        ready = [
            ChipView(view.title, url=self.url(view.query), active=view.query == now) for view in self.state.spec.views
        ]
        return (*ready, *(chip for saved, chip in self.saved if saved.is_pinned))

    @cached_property
    def saved(self) -> Sequence[tuple[SavedView, ChipView]]:
        """The saved views that the person may open, by name; the one that is shown is active."""
        whole = self.state.whole
        return tuple(
            (view, ChipView(view.name, url=self.url(view.address), active=view.query == whole))
            for view in (self.mine.views if self.mine else ())
        )

    @property
    def save_url(self) -> str:
        """Where what is shown is kept under a name; empty where it can't be."""
        if not (self.mine and self.mine.may_keep) or self.state.errors:
            return ""
        return f"/views/new?{urlencode({'key': self.mine.key, 'query': self.state.whole})}"

    @property
    def gone_text(self) -> str:
        """What of the saved view is gone, in a sentence."""
        if not self.gone:
            return ""
        what = ", ".join(str(one) for one in self.gone)
        return gettext("This view refers to something that is gone: %(what)s. The rest of it is shown.", what=what)

    @property
    def columns_url(self) -> str:
        """Where the person's own columns are kept; empty where the address names columns of its own."""
        return f"/lists/{self.mine.key}/columns" if self.mine and "columns" not in self.state.typed else ""

    @property
    def has_own_columns(self) -> bool:
        return bool(self.mine and self.mine.columns)

    @property
    def kept(self) -> Sequence[tuple[str, str]]:
        """The fields of the address that a filter form keeps without showing them."""
        return tuple((name, value) for name in ("sort", "columns", "limit") for value in self.state.typed.get(name, ()))

    @property
    def column_choices(self) -> Sequence[tuple[str, Text, bool]]:
        """Every column: key, title, whether it is shown; those that are come first, in their order."""
        shown, by_key = self.state.columns, self.state.spec.by_key
        others = [key for key in by_key if key not in shown]
        return tuple((key, by_key[key].label, key in shown) for key in (*shown, *others))

    @property
    def kept_by_columns(self) -> Sequence[tuple[str, str]]:
        """The fields of the address that the choice of columns keeps."""
        gone = {"columns", "after", "before", "cursor"}
        return tuple((name, value) for name, values in self.state.typed.items() if name not in gone for value in values)


def _opening(head: HeadView, *, is_first: bool) -> str:
    """The tag that opens a column's cells: the first names the row, the others their column where rows are cards."""
    if is_first:
        return '<th scope="row">'
    kind = f' class="cell-{head.kind}"' if head.kind else ""
    return f'<td{kind} data-label="{escape(str(head.label))}">'


def _column(
    pick: Pick, draw: Draw, tag: str, status: Callable[[str, str], str]
) -> Callable[[Sequence[object]], tuple[str, str]]:
    """What writes a column's cells, each with its text: a column shows few people, states and days, each drawn once."""
    kept: dict[tuple[object, ...], tuple[str, str]] = {}

    def written(row: Sequence[object]) -> tuple[str, str]:
        picked = pick(row)
        cell = kept.get(picked)
        if cell is None:
            text, url, mark = draw(picked)
            cell = kept[picked] = f"{tag}{_cell(text, url, mark, status)}", text
        return cell

    return written


def _row(key: tuple[int, int | None], cells: Sequence[tuple[str, str]], say: str) -> str:
    """A row; `say` is what its box is called, with a place for the row's first cell, empty for a row without a box."""
    row_id, version = key
    box = ""
    if say:
        value = row_id if version is None else f"{row_id}:{version}"
        name = say.replace("\0", escape(cells[0][1]))
        box = (
            f'<td class="cell-check"><label><input type="checkbox" name="row" value="{value}" form="bulk"'
            f' aria-label="{name}"></label></td>'
        )
    first, *others = [markup for markup, _text in cells]
    return f'<tr hx-boost="false" data-id="{row_id}">{box}{first}</th>{"</td>".join(others)}</td></tr>\n'


def _cell(text: str, url: str, mark: str, status: Callable[[str, str], str]) -> str:
    if mark:
        return status(text, mark)
    if url:
        return f'<a href="{escape(url)}">{escape(text) or "…"}</a>'
    return escape(text)


def _kind_of(column: Column) -> str:
    """How the macro `table` sets a column: its numbers below each other, its dates in one line."""
    if column.kind in ("number", "money"):
        return "number"
    return "date" if column.kind in ("date", "datetime") else ""


def count_text(count: Count) -> str:
    """How many rows there are, in words."""
    if count.capped:
        return gettext("%(num)s+ in all", num=format_number(count.number))
    return ngettext("%(num)s in all", "%(num)s in all", count.number, num=format_number(count.number))
