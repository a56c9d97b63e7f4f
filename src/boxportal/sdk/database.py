"""The declarative base, column types and session types that every table and service stands on."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar, TypeVarTuple

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Delete,
    Dialect,
    Index,
    Insert,
    Integer,
    MetaData,
    Result,
    Row,
    ScalarResult,
    Select,
    Table,
    TextClause,
    Update,
)
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, mapped_column
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from boxportal.sdk.errors import NotFound

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

SCALE = 6
_SCALED = Decimal(10) ** SCALE
MAX_ID = 2**63 - 1


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept in UTC. A naive one is refused: it would mean a different moment on each machine."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a naive datetime can't be stored"
            raise ValueError(msg)
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ExactDecimal(TypeDecorator[Decimal]):
    """An exact decimal of six places (prices, quantities, percentages), kept as a scaled integer.

    SQLite would turn a NUMERIC into a float; an integer is exact and sorts alike on both databases.
    """

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = value * _SCALED
        if scaled != scaled.to_integral_value():
            msg = f"{value} has more than {SCALE} places"
            raise ValueError(msg)
        return int(scaled)

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / _SCALED


Id = BigInteger().with_variant(Integer, "sqlite")
PrimaryKey = Annotated[int, mapped_column(Id, primary_key=True)]


class Base(DeclarativeBase):
    """Base of all tables; constraint names are fixed so that migrations can name them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 the base class declares it so
        datetime: UtcDateTime,
        Decimal: ExactDecimal,
        int: Id,
        dict[str, object]: JSON,
        list[str]: JSON,
    }


def plain_table(model: type[Base]) -> Table:
    """The table behind a model, for statements that make no objects of it."""
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(model)
    return table


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index over some rows. The migrations say which ones, on both databases; here `where` is for the reader.

    SQLAlchemy wants the condition under each dialect's own name, and loads a dialect that is named so: the one for
    Postgres would cost every server on SQLite 3 MB.
    """
    return Index(name, *columns, unique=unique, info={"where": where})


class ReadSession:
    """A session that can only read: what a GET, a list, an export or a select works with."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def execute(self, statement: Select[*Ts], values: Mapping[str, object] | None = None) -> Result[*Ts]:
        """Run a select; `values` fill its `bindparam` places, which keeps a statement that is run often compiled."""
        return self._session.execute(statement, values)

    def rows(self, statement: Select[*Ts], values: Mapping[str, object] | None = None) -> Sequence[Row[*Ts]]:
        """Run a select beside the ORM, at a third of its cost: rows of plain columns, of an entity those of its table.

        What is only shown is read so; a row knows the columns by their names, and nothing of the entity's own.
        """
        return self._session.connection().execute(statement, values).all()

    def scalars(self, statement: Select[T], values: Mapping[str, object] | None = None) -> ScalarResult[T]:
        return self._session.scalars(statement, values)

    def scalar(self, statement: Select[T], values: Mapping[str, object] | None = None) -> T | None:
        return self._session.scalar(statement, values)

    def get(self, entity: type[T], ident: object) -> T | None:
        return self._session.get(entity, ident)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._session.get_bind().dialect.name


class WriteSession(ReadSession):
    """A session inside the one transaction that the edge opened and will commit."""

    @override
    def rows(self, statement: Select[*Ts], values: Mapping[str, object] | None = None) -> Sequence[Row[*Ts]]:
        self._session.flush()
        return super().rows(statement, values)

    def add(self, row: object) -> None:
        self._session.add(row)

    def add_all(self, rows: Sequence[object]) -> None:
        self._session.add_all(rows)

    def delete(self, row: object) -> None:
        self._session.delete(row)

    def flush(self) -> None:
        self._session.flush()

    def refresh(self, row: object) -> None:
        self._session.refresh(row)

    def change(self, statement: Insert | Update | Delete, rows: Sequence[dict[str, Any]] | None = None) -> int:
        """Run an INSERT, UPDATE or DELETE and return how many rows it touched."""
        result = self._session.execute(statement, rows) if rows is not None else self._session.execute(statement)
        return result.rowcount if isinstance(result, CursorResult) else 0

    def insert(self, statement: Insert, values: Mapping[str, object]) -> int:
        """Run a prepared INSERT of one row into a plain table, and return the row's id.

        What is written with every save is written so: an object of the mapper costs four times as much.
        """
        result = self._session.execute(statement, values)
        key = result.inserted_primary_key if isinstance(result, CursorResult) else None
        return int(key[0]) if key else 0

    def change_one(self, statement: Insert | Update | Delete, values: Mapping[str, object]) -> int:
        """Run a prepared statement with values for its places, and return how many rows it touched."""
        result = self._session.execute(statement, values)
        return result.rowcount if isinstance(result, CursorResult) else 0

    def run(self, statement: TextClause, values: dict[str, object]) -> None:
        """Run a statement of an engine's own language: what SQLAlchemy has no words for, such as full-text tables."""
        self._session.execute(statement, values)

    def savepoint(self) -> SessionTransaction:
        """Open a SAVEPOINT, as a context manager."""
        return self._session.begin_nested()


def held(db: ReadSession, statement: Select[T], entity: type[T]) -> Select[T]:
    """The same select; in a write it holds its rows as well, so that who changes them at the same moment waits.

    Without it two that read a row before either has written would both believe that it is still as it was. New rows
    may refer to a held one meanwhile. (SQLite lets one writer in at a time and needs nothing.)
    """
    if not isinstance(db, WriteSession):
        return statement
    return statement.with_for_update(key_share=True, of=entity).execution_options(populate_existing=True)


def one(db: ReadSession, statement: Select[T]) -> T:
    """Load the one row that the statement finds.

    Raises: NotFound when there is none, or the statement's access part hides it.
    """
    row = db.scalar(statement.limit(1))
    if row is None:
        raise NotFound
    return row
