"""Runs a list: a page before or after a place, by key, so that any page costs the same in a list of any length."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar, TypeVarTuple
from weakref import WeakKeyDictionary

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Label,
    Row,
    Select,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    tuple_,
)

from boxportal.sdk.database import ReadSession
from boxportal.sdk.list_cells import CellRow, Draw, Pick, Shown, drawer, row_of, shown_columns
from boxportal.sdk.list_cursor import Cursor
from boxportal.sdk.list_env import Condition, ListEnv, clause
from boxportal.sdk.list_spec import ID, Column, is_nullable, leading
from boxportal.sdk.list_state import ListState

COUNT_TO = 10_000
_ID = "_id"
_SORT = "_sort"
_VERSION = "_version"
CHUNK = 500
MAX_EXPORT = 100_000
MOST_KEPT = 32
_MOST = "most"
Base = Select[*tuple[object, ...]]
Found = Row[*tuple[Any, ...]]
T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_FIRST_PAGES: WeakKeyDictionary[Base, dict[tuple[object, ...], Sequence[Base]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows a list has, counted as far as it is worth; with `capped` there are more."""

    number: int
    capped: bool = False


@dataclass(frozen=True)
class ListPage:
    """One page of a list; `after` and `before` are the places of its neighbours, None where there is none."""

    shown: tuple[Shown, ...]
    found: tuple[Found, ...]
    after: str | None
    before: str | None
    count: Count | None

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(one.column for one in self.shown)

    @cached_property
    def rows(self) -> tuple[CellRow, ...]:
        """The rows, cell by cell."""
        return tuple(row_of(row._mapping, self.shown, _ID) for row in self.found)  # noqa: SLF001 public, for all its name

    @property
    def keys(self) -> list[tuple[int, int | None]]:
        """The rows' ids, and their versions where the list knows them."""
        return _version_keys(self.found)

    def drawers(self) -> list[tuple[Pick, Draw]]:
        """What writes the columns' cells, of `found`."""
        place = {name: at for at, name in enumerate(self.found[0]._fields)} if self.found else {}
        return [drawer(one, _ID, place) for one in self.shown] if place else []


def page_of(db: ReadSession, base: Base, state: ListState, env: ListEnv, *, counted: bool = True) -> ListPage:
    """Run a list over a select that already carries access. At most three statements, however many rows.

    The count is made for the first page only, and only where the page does not show it.

    Raises: Invalid when the address was wrong.
    """
    state.require_valid()
    shown = shown_columns([state.spec.by_key[key] for key in state.columns], env)
    found, more = _fetch(db, base, state, shown)
    is_first = state.after is None and state.before is None
    count = None
    if is_first and counted:
        count = count_of(db, base, state) if more else Count(len(found))
    backwards = state.before is not None
    return ListPage(
        shown=shown,
        found=tuple(found),
        after=_place(state, found[-1]) if found and (more or backwards) else None,
        before=_place(state, found[0]) if found and (more if backwards else not is_first) else None,
        count=count,
    )


def count_of(db: ReadSession, base: Base, state: ListState, *, to: int | None = None) -> Count:
    """How many rows the filters leave, counted to 10,000, or as far as is asked.

    Raises: Invalid when the address was wrong.
    """
    state.require_valid()
    most = COUNT_TO if to is None else to
    one: Label[int] = literal_column("1").label("one")
    some = _filtered(base, state).with_only_columns(one, maintain_column_froms=True)
    number = db.scalar(select(func.count()).select_from(some.limit(most + 1).subquery())) or 0
    return Count(min(number, most), capped=number > most)


def records_of(db: ReadSession, base: Select[T], state: ListState) -> tuple[list[T], str | None]:
    """A page of the records themselves, for the API, and the place of the next page.

    Raises: Invalid when the address was wrong.
    """
    state.require_valid()
    wanted = state.limit + 1
    found: list[tuple[T, object, int]] = []
    filtered = _filtered(base, state)
    with_key = filtered.add_columns(clause(state.sort.expr).label(_SORT), clause(state.spec.id).label(_ID))
    for statement in _statements(with_key, state):
        found += [(row[0], row[1], row[2]) for row in db.execute(statement.limit(wanted - len(found)))]
        if len(found) == wanted:
            break
    page = found[: state.limit]
    place = state.place(page[-1][1], page[-1][2]) if len(found) == wanted else None
    return [record for record, _, _ in (page if state.before is None else page[::-1])], place


def all_rows(
    db: ReadSession, base: Base, state: ListState, env: ListEnv, *, most: int = MAX_EXPORT
) -> Iterator[CellRow]:
    """Every row that the filters leave, in order, read in pages of bounded size: what an export writes.

    Raises: Invalid when the address was wrong.
    """
    state.require_valid()
    shown = shown_columns([state.spec.by_key[key] for key in state.columns], env)
    state = replace(state, after=None, before=None, limit=CHUNK)
    while most > 0:
        found, more = _fetch(db, base, state, shown)
        yield from (row_of(row._mapping, shown, _ID) for row in found[:most])  # noqa: SLF001 public, for all its name
        if not more:
            return
        most -= len(found)
        state = replace(state, after=Cursor(*_key(found[-1])))


def row_keys(db: ReadSession, base: Base, state: ListState, *, most: int) -> list[tuple[int, int | None]]:
    """Ids and versions of the newest rows that the filters leave, up to `most`.

    Raises: Invalid when the address was wrong.
    """
    state.require_valid()
    identity = clause(state.spec.id)
    return _version_keys(db.rows(_columns(base, state, ()).order_by(identity.desc()).limit(most)))


def _fetch(db: ReadSession, base: Base, state: ListState, shown: Sequence[Shown]) -> tuple[list[Found], bool]:
    """A page's rows in the list's order, and whether there are more beyond it in the direction that was asked."""
    wanted = state.limit + 1
    found: list[Found] = []
    for statement in _kept_statements(base, state, shown):
        # A bound limit, so that the statement is the same one for the next page.
        found += db.rows(statement, {_MOST: wanted - len(found)})
        if len(found) == wanted:
            break
    page = found[: state.limit]
    return (page if state.before is None else page[::-1]), len(found) == wanted


def _kept_statements(base: Base, state: ListState, shown: Sequence[Shown]) -> Sequence[Base]:
    """The selects of a page. Those of a list's first page without filters are kept as long as the base is.

    To make one and to know it again costs more than to run it. Bases that are kept are made once for all who see alike.
    """
    if state.conditions or state.before or state.after:
        return _limited(base, state, shown)
    kept = _FIRST_PAGES.setdefault(base, {})
    asked = state.spec.key, state.columns, state.order
    statements = kept.get(asked)
    if statements is None:
        if len(kept) >= MOST_KEPT:
            kept.clear()  # others may read here at this moment: they keep what they found
        statements = kept[asked] = _limited(base, state, shown)
    return statements


def _limited(base: Base, state: ListState, shown: Sequence[Shown]) -> Sequence[Base]:
    most: BindParameter[int] = bindparam(_MOST)
    return tuple(statement.limit(most) for statement in _statements(_columns(base, state, shown), state))


def _statements(columns: Select[*Ts], state: ListState) -> Iterator[Select[*Ts]]:
    """The selects that make the page: rows with a value come first, in either order, those without one last.

    They are asked for apart, because the databases differ in where they put NULL, and each part is served by an index.
    """
    expr, identity = clause(state.sort.expr), clause(state.spec.id)
    cursor = state.before or state.after
    backwards = state.before is not None
    down = state.descending != backwards
    nullable = state.sort.key != ID and is_nullable(expr, identity)
    alike = leading(state.sort)
    parts = ([True, False] if not backwards else [False, True]) if nullable else [True]
    if cursor is not None and nullable and (cursor.value is None) != backwards:
        parts = parts[1:]
    for with_value in parts:
        key: tuple[ColumnElement[object], ...] = (
            (expr, identity) if with_value and state.sort.key != ID else (identity,)
        )
        statement = columns
        if nullable:
            statement = statement.where(expr.is_not(None) if with_value else expr.is_(None))
        if cursor is not None and (cursor.value is not None) == with_value:
            statement = statement.where(_beyond(key, cursor, down=down))
        # What all rows have alike is named too: Postgres sorts them all otherwise, though the index has them in order.
        order = key if alike is None or not with_value else (clause(alike), *key)
        yield statement.order_by(*(part.desc() if down else part.asc() for part in order))


def _beyond(key: Sequence[ColumnElement[object]], cursor: Cursor, *, down: bool) -> Condition:
    values = (cursor.value, cursor.id)[-len(key) :]
    here = [literal(value, part.type) for value, part in zip(values, key, strict=True)]
    if len(key) == 1:
        return key[0] < here[0] if down else key[0] > here[0]
    return tuple_(*key) < tuple_(*here) if down else tuple_(*key) > tuple_(*here)


def _columns(base: Base, state: ListState, shown: Sequence[Shown]) -> Base:
    reads: list[Label[object]] = [clause(state.spec.id).label(_ID), clause(state.sort.expr).label(_SORT)]
    if state.spec.version is not None:
        reads.append(clause(state.spec.version).label(_VERSION))
    for one in shown:
        reads += one.reads
    return _filtered(base, state).with_only_columns(*reads, maintain_column_froms=True)


def _filtered(base: Select[*Ts], state: ListState) -> Select[*Ts]:
    statement = base.order_by(None)
    for join in state.spec.joins:
        statement = statement.outerjoin(join.target, join.on)
    return statement.where(*state.conditions)


def _key(row: Found) -> tuple[object, int]:
    """The value that the list is sorted by, and the id: the first two of what is read, the other way round."""
    return row[1], row[0]


def _version_keys(rows: Sequence[Found]) -> list[tuple[int, int | None]]:
    """The ids, and the versions where the list knows them: they are read third."""
    has_versions = bool(rows) and rows[0]._fields[2:3] == (_VERSION,)
    return [(row[0], row[2] if has_versions else None) for row in rows]


def _place(state: ListState, row: Found) -> str:
    return state.place(*_key(row))
