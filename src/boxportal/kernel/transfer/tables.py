"""The tables of a company's database as they stand there, and their rows as plain values that are the same on both.

Read from the database and not from models, so that what modules left that are off goes along.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    cast,
    inspect,
    select,
)
from sqlalchemy.types import TypeEngine

from boxportal.kernel.database.schema import table_names
from boxportal.kernel.search.index import PREFIX
from boxportal.sdk.database import ReadSession, UtcDateTime
from boxportal.sdk.errors import RuleBroken

VERSIONS = "alembic_version"
BATCH = 1000
MODULO = 1 << 256
Values = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class TableSum:
    """How many rows a table has, and the sum of their hashes: the same rows give the same, in whatever order."""

    rows: int = 0
    hashes: int = 0

    @property
    def text(self) -> str:
        """The sum as 64 hexadecimal digits."""
        return f"{self.hashes:064x}"


def data_tables(connection: Connection) -> dict[str, Table]:
    """The tables that hold data, by name: all but the search's, which are filled anew, and Alembic's own.

    Their columns stand in the order of their names: migrations leave them in another order on each database.

    Raises: RuleBroken for a column of a type that no table of ours has.
    """
    from sqlalchemy.orm import Session  # noqa: PLC0415 only to ask for the names

    with Session(bind=connection) as session:
        names = table_names(ReadSession(session))
    mine = [name for name in names if not name.startswith(PREFIX) and name != VERSIONS]
    metadata, about = MetaData(), inspect(connection)
    return {name: table_as_it_is(metadata, name, about, connection.dialect.name) for name in mine}


def table_as_it_is(metadata: MetaData, name: str, about: Any, dialect: str) -> Table:  # noqa: ANN401 an Inspector
    keys = about.get_pk_constraint(name)["constrained_columns"]
    columns = [
        Column(c["name"], kind_of(c["type"], name), primary_key=c["name"] in keys, nullable=c["nullable"],
               autoincrement=False, info={"text": is_json(c["type"]) and dialect != "sqlite"})
        for c in sorted(about.get_columns(name), key=lambda c: str(c["name"]))
    ]  # fmt: skip
    return Table(name, metadata, *columns)


def is_json(kind: TypeEngine[Any]) -> bool:
    return isinstance(kind, JSON)


def kind_of(kind: TypeEngine[Any], table: str) -> TypeEngine[Any]:
    """The type by which a column's values are read, alike on both databases. JSON is read as the text that it is.

    Raises: RuleBroken.
    """
    if isinstance(kind, DateTime):
        return UtcDateTime()
    for known in (Boolean, Date, Integer, LargeBinary):
        if isinstance(kind, known):
            return BigInteger() if known is Integer else known()
    if isinstance(kind, JSON):
        return JsonText()
    if kind.python_type is str:
        return Text()
    raise RuleBroken(f"{table} has a column of the type {kind}, which can't be moved.")


class JsonText(Text):
    """JSON as the text that stands there; which columns are JSON must be known where rows are compared."""


def rows_of(connection: Connection, table: Table) -> Iterator[Sequence[Values]]:
    """All rows in the order of their key, some at a time, as they are at one moment."""
    columns = [cast(c, Text).label(c.name) if c.info["text"] else c for c in table.columns]
    statement = select(*columns).order_by(*table.primary_key.columns)
    result = connection.execute(statement, execution_options={"stream_results": True, "max_row_buffer": BATCH})
    for rows in result.partitions(BATCH):
        yield [tuple(row) for row in rows]


def digest_of(table: Table, row: Values) -> bytes:
    """The SHA-256 of a row's values, written in one way only."""
    values = [plain(column, value) for column, value in zip(table.columns, row, strict=True)]
    return hashlib.sha256(json.dumps(values, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")).digest()


def plain(column: Column[Any], value: object) -> object:
    """A value as JSON can say it: instants in UTC, days in ISO 8601, bytes in hexadecimal, JSON as what it means."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(column.type, JsonText):
        return json.loads(str(value))
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, datetime | date) else value


def from_plain(column: Column[Any], value: object) -> object:
    """A value as the database takes it, from what `plain` made of it.

    Raises: ValueError, TypeError when it is no such value.
    """
    kind = column.type
    if isinstance(kind, JsonText):
        return None if value is None and column.nullable else json.dumps(value, ensure_ascii=False)
    if value is None:
        return None
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(str(value))
    if isinstance(kind, Date):
        return date.fromisoformat(str(value))
    if isinstance(kind, LargeBinary):
        return bytes.fromhex(str(value))
    expected: type = bool if isinstance(kind, Boolean) else int if isinstance(kind, Integer) else str
    if type(value) is not expected:
        raise TypeError(f"{column.name} is no {expected.__name__}")
    return value


def sums_of(connection: Connection, tables: Mapping[str, Table]) -> dict[str, TableSum]:
    """Count and add up every table."""
    return {name: sum_of(connection, table) for name, table in tables.items()}


def sum_of(connection: Connection, table: Table) -> TableSum:
    rows = hashes = 0
    for batch in rows_of(connection, table):
        rows += len(batch)
        hashes += sum(int.from_bytes(digest_of(table, row)) for row in batch)
    return TableSum(rows, hashes % MODULO)
