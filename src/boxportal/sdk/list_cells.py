"""The cells of a list: what was read for a column, and how a person reads it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from operator import itemgetter

from sqlalchemy import Label
from sqlalchemy.engine import RowMapping

from boxportal.sdk.decimals import format_number
from boxportal.sdk.formats import show_date, show_datetime
from boxportal.sdk.i18n import current_locale, gettext
from boxportal.sdk.list_env import ListEnv, clause
from boxportal.sdk.list_spec import Column
from boxportal.sdk.money import Money, format_money

Text = Callable[[object], str]
Drawn = tuple[str, str, str]
Place = Mapping[str, int]
Pick = Callable[[Sequence[object]], tuple[object, ...]]
Draw = Callable[[tuple[object, ...]], Drawn]


@dataclass(frozen=True, slots=True)
class Shown:
    """A column that is shown: what is read for it, under which names, and how its values are written."""

    column: Column
    reads: tuple[Label[object], ...]
    value: str
    name: str
    currency: str
    write: Text


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: `value` for programs, `text` for people, `url` where it leads, if anywhere."""

    column: Column
    value: object
    name: object
    write: Text
    row_id: int

    @property
    def text(self) -> str:
        """The value as the person reads it; what the column says of an empty one where there is none."""
        if self.value is None or self.value == "":
            return str(self.column.empty)
        return self.write(self.value) if self.name is None else str(self.name)

    @property
    def mark(self) -> str:
        """The state that the value is drawn as, if it is."""
        marks = self.column.marks
        return marks.get(str(self.value), "") if marks else ""

    @property
    def url(self) -> str:
        link = self.column.link
        if not link or (self.value is None and "{value}" in link):
            return ""
        return link.format(id=self.row_id, value=self.value)


@dataclass(frozen=True, slots=True)
class CellRow:
    """A row: its id, and its cells by column."""

    id: int
    cells: Mapping[str, Cell]

    def __getitem__(self, key: str) -> Cell:
        return self.cells[key]


def shown_columns(columns: Sequence[Column], env: ListEnv) -> tuple[Shown, ...]:
    """What is read and written for these columns."""
    return tuple(_shown(column, f"c{number}", env) for number, column in enumerate(columns))


def _shown(column: Column, value: str, env: ListEnv) -> Shown:
    # The names in the statement are ours: a column's key never reaches SQL.
    reads = [clause(column.expr).label(value)]
    name = f"{value}_name" if column.shows is not None else ""
    if name:
        reads.append(clause(column.shows).label(name))
    currency = "" if isinstance(column.currency, str) else f"{value}_currency"
    if currency:
        reads.append(clause(column.currency).label(currency))
    return Shown(column, tuple(reads), value, name, currency, _writer(column, env))


def row_of(mapping: RowMapping, shown: Sequence[Shown], identity: str) -> CellRow:
    """The cells of a row of the database."""
    row_id: int = mapping[identity]
    cells = {
        one.column.key: Cell(
            one.column, _value(mapping, one), mapping[one.name] if one.name else None, one.write, row_id
        )
        for one in shown
    }
    return CellRow(row_id, cells)


def drawer(one: Shown, identity: str, place: Place) -> tuple[Pick, Draw]:
    """Writes a column's cells straight from the database's rows, whose values have their `place`.

    The first picks of a row what its cell is made of, the second makes of that the text, address and state, as a
    `Cell` has them: equal picks need to be drawn but once.
    """
    empty, link, marks = str(one.column.empty), one.column.link, one.column.marks
    needs_value = "{value}" in link
    # The value always; what a column has none of is picked as its value once more, so that there is one kind of pick.
    own_id = identity if "{id}" in link else one.value
    pick = itemgetter(*(place[name] for name in (one.value, one.name or one.value, one.currency or one.value, own_id)))

    def draw(picked: tuple[object, ...]) -> Drawn:
        raw, named, currency, row_id = picked
        value = _money_of(raw, currency if one.currency else one.column.currency, one.column)
        name = named if one.name else None
        text = empty if value is None or value == "" else one.write(value) if name is None else str(name)
        url = link.format(id=row_id, value=value) if link and not (needs_value and value is None) else ""
        return text, url, marks.get(str(value), "") if marks else ""

    return pick, draw


def _value(mapping: RowMapping, shown: Shown) -> object:
    currency: object = mapping[shown.currency] if shown.currency else shown.column.currency
    return _money_of(mapping[shown.value], currency, shown.column)


def _money_of(value: object, currency: object, column: Column) -> object:
    return Money(value, str(currency)) if column.kind == "money" and isinstance(value, int) else value


def _writer(column: Column, env: ListEnv) -> Text:
    make = _WRITERS.get(column.kind)
    return make(column, env) if make else str


def _money(_column: Column, env: ListEnv) -> Text:
    locale = env.locale or current_locale()
    return lambda value: format_money(value, locale=locale) if isinstance(value, Money) else str(value)


def _number(_column: Column, env: ListEnv) -> Text:
    locale = env.locale or current_locale()
    return lambda value: format_number(value, locale=locale) if isinstance(value, int | Decimal) else str(value)


def _date(_column: Column, env: ListEnv) -> Text:
    locale = env.locale or current_locale()
    return lambda value: show_date(value, locale=locale) if isinstance(value, date) else str(value)


def _datetime(_column: Column, env: ListEnv) -> Text:
    locale = env.locale or current_locale()
    return lambda value: show_datetime(value, env.zone, locale=locale) if isinstance(value, datetime) else str(value)


def _bool(_column: Column, _env: ListEnv) -> Text:
    return lambda value: gettext("Yes") if value else gettext("No")


def _choice(column: Column, env: ListEnv) -> Text:
    @cache
    def labels() -> Mapping[str, object]:
        """Asked for with the first value: a column that shows another column's names needs none."""
        return {str(key): text for key, text in env.choices.get(column.key, column.options)}

    return lambda value: str(labels().get(str(value), value))


_WRITERS: Mapping[str, Callable[[Column, ListEnv], Text]] = {
    "money": _money,
    "number": _number,
    "date": _date,
    "datetime": _datetime,
    "bool": _bool,
    "choice": _choice,
}
