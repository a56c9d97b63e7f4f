"""What a list is: its columns, filters, orders and ready-made views, declared once for pages, exports and the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

from sqlalchemy import Column as TableColumn
from sqlalchemy import ColumnElement, Select, Table
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql import FromClause

from boxportal.sdk.form_spec import Choice
from boxportal.sdk.i18n import Text, lazy
from boxportal.sdk.list_env import Filter

ColumnKind = Literal["text", "number", "money", "date", "datetime", "bool", "choice", "record", "person"]
Expression = ColumnElement[object] | InstrumentedAttribute[object]
Anything = Expression | object  # an attribute of any type: SQLAlchemy's types are invariant
PAGE = 50
ID = "id"
RESERVED = frozenset({"sort", "after", "before", "columns", "limit", "cursor", ID})


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a list.

    `expr` is what is read; of a person or record the id, with `shows` as the name. Money reads minor units, with
    `currency` a column or a code. `link` is an address with `{id}` of the row or `{value}` of the cell. `index` names
    the database index that serves sorting by `sort_by` (or `expr`); without one the column can't be sorted by.
    `marks` draws values as states (good, waiting, warning, bad, off, running); `empty` stands where there is no value.
    """

    key: str
    label: Text
    expr: Anything
    kind: ColumnKind = "text"
    shows: Anything | None = None
    currency: Anything | str = ""
    link: str = ""
    options: tuple[Choice, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    empty: Text = ""
    index: str = ""
    sort_by: Anything | None = None
    default_shown: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """An order that is no column's: by a key that is not shown. `index` serves it."""

    key: str
    label: Text
    expr: Anything
    index: str


@dataclass(frozen=True, slots=True)
class Join:
    """A table that columns come from, at most one row of it for each of the list's."""

    target: FromClause | type
    on: ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class View:
    """A ready-made view of a list, as the query that shows it: `owner=me&sort=-created`."""

    title: Text
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSpec:
    """A list. `id` is the integer key of its rows, `version` counts a row's saves.

    `default_sort` is a sort's key, with `-` before it for descending.

    Raises: ValueError when it contradicts itself: a mistake of the program, found when the file is imported.
    """

    key: str
    id: Anything
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    sorts: tuple[Sort, ...] = ()
    default_sort: str = f"-{ID}"
    joins: tuple[Join, ...] = ()
    views: tuple[View, ...] = ()
    page: int = PAGE
    version: Anything | None = None
    by_key: Mapping[str, Column] = field(init=False)
    all_sorts: Mapping[str, Sort] = field(init=False)

    def __post_init__(self) -> None:
        sorts = [Sort(key=ID, label=lazy("Order of arrival"), expr=self.id, index="")]
        sorts += [
            Sort(key=column.key, label=column.label, expr=sorted_by(column), index=column.index)
            for column in self.columns
            if column.index
        ]
        sorts += self.sorts
        object.__setattr__(self, "by_key", {column.key: column for column in self.columns})
        object.__setattr__(self, "all_sorts", {sort.key: sort for sort in sorts})
        self._check(sorts)

    @property
    def row_id(self) -> ColumnElement[int]:
        """The key of the rows, as a condition is written on it."""
        return cast("ColumnElement[int]", self.id)

    def _check(self, sorts: Sequence[Sort]) -> None:
        names = [name for one in self.filters for name in one.names]
        for kind, keys in (
            ("column", [c.key for c in self.columns]),
            ("filter", names),
            ("sort", [s.key for s in sorts]),
        ):
            twice = {key for key in keys if keys.count(key) > 1}
            if twice:
                msg = f"{self.key}: {kind} {sorted(twice)} is declared twice"
                raise ValueError(msg)
        if RESERVED & set(names):
            msg = f"{self.key}: a filter can't be called {sorted(RESERVED & set(names))}"
            raise ValueError(msg)
        if self.default_sort.removeprefix("-") not in self.all_sorts:
            msg = f"{self.key}: there is no sort {self.default_sort!r}"
            raise ValueError(msg)
        for sort in self.all_sorts.values():
            _check_index(self.key, sort)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list as it stands ready for whoever asks: its declaration, the rows that they may see, and what is offered."""

    spec: ListSpec
    base: Select[*tuple[object, ...]]
    choices: Mapping[str, Sequence[Choice]] = field(default_factory=dict)


def sorted_by(column: Column) -> Anything:
    """What a column is sorted by."""
    return column.expr if column.sort_by is None else column.sort_by


def _check_index(key: str, sort: Sort) -> None:
    """A sort without an index reads the whole table for each page: refused.

    One column may stand before the sort's: what all the list's rows have alike, such as that they are not in the trash.
    """
    column = table_column(sort.expr)
    if column is None or not sort.index:
        return
    served = [index for index in column.table.indexes if index.name == sort.index]
    if not served or column not in list(served[0].columns)[:2]:
        msg = f"{key}: no index {sort.index!r} begins with {column}"
        raise ValueError(msg)


def leading(sort: Sort) -> "TableColumn[object] | None":
    """The column that stands before the sort's in its index: the same in all rows of the list."""
    column = table_column(sort.expr)
    if column is None:
        return None
    first = next((next(iter(index.columns)) for index in column.table.indexes if index.name == sort.index), column)
    return None if first is column else first


def table_column(expr: object) -> "TableColumn[object] | None":
    """The plain column of a table that an expression is, if it is one."""
    plain = expr.__clause_element__() if isinstance(expr, InstrumentedAttribute) else expr
    found = getattr(plain, "table", None)
    if not isinstance(found, Table):
        return None
    column: TableColumn[object] | None = found.c.get(getattr(plain, "name", ""))
    return column


def is_nullable(expr: object, identity: object) -> bool:
    """Whether an order may meet rows without a value: where the column allows it, or comes from a joined table."""
    column, own = table_column(expr), table_column(identity)
    if column is None or own is None or column.table is not own.table:
        return True
    return bool(column.nullable)
