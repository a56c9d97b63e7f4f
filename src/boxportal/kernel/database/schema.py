"""What tables a database has and how much they hold; and the one kind of transaction in which tables may change."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, column, func, literal_column, select, table, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from boxportal.kernel.database.engines import Engines
from boxportal.sdk.database import ReadSession, WriteSession
from boxportal.sdk.errors import Busy

SHADOWS = ("_data", "_idx", "_content", "_docsize", "_config")  # tables that SQLite makes for a full-text index
MOST_COMPARED = 1000
NOTHING: list[object] = [0, ""]  # the fingerprint of an empty table


@dataclass(frozen=True, slots=True)
class Holding:
    """What some tables hold: their number, their rows, and the bytes they take with their indexes."""

    tables: int = 0
    rows: int = 0
    size: int = 0


@contextmanager
def schema_transaction(engines: Engines) -> Iterator[tuple[Connection, WriteSession]]:
    """One transaction for changing tables and rows together.

    On SQLite foreign keys are not enforced in it: rebuilding a table drops the old one, and that must not cascade.
    Raises: Busy when another writer does not end in time.
    """
    with engines.writer.connect() as connection:
        _enforce_foreign_keys(connection, engines, on=False)
        try:
            _begin(connection)
            with connection.get_transaction() or connection.begin():
                if not engines.is_sqlite:
                    connection.execute(text("SET LOCAL statement_timeout = 0"))
                with Session(bind=connection, expire_on_commit=False) as session:
                    yield connection, WriteSession(session)
                    session.flush()
        finally:
            _enforce_foreign_keys(connection, engines, on=True)


def _begin(connection: Connection) -> None:
    try:
        connection.begin()
    except OperationalError as error:
        raise Busy from error


def _enforce_foreign_keys(connection: Connection, engines: Engines, *, on: bool) -> None:
    driver = connection.connection.driver_connection
    if engines.is_sqlite and driver is not None:
        driver.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


def table_names(db: ReadSession) -> list[str]:
    """All tables, without what SQLite makes for itself and for its full-text indexes."""
    if db.dialect != "sqlite":
        tables = table("pg_tables", column("tablename"), column("schemaname"), schema="pg_catalog")
        mine = select(tables.c.tablename).where(tables.c.schemaname == func.current_schema())
        return sorted(str(name) for name in db.scalars(mine))
    master = table("sqlite_master", column("name"), column("type"), column("sql"))
    rows = db.execute(select(master.c.name, master.c.sql).where(master.c.type == "table")).all()
    virtual = [str(name) for name, sql in rows if str(sql).upper().startswith("CREATE VIRTUAL")]
    shadows = {name + end for name in virtual for end in SHADOWS}
    return sorted(str(name) for name, _ in rows if not str(name).startswith("sqlite_") and name not in shadows)


def count_rows(db: ReadSession, name: str) -> int:
    return db.scalar(select(func.count()).select_from(table(name))) or 0


def holding(db: ReadSession, tables: Sequence[str]) -> Holding:
    """Count what the tables hold."""
    rows = sum(count_rows(db, name) for name in tables)
    return Holding(len(tables), rows, sum(size_of(db, name) for name in tables))


def size_of(db: ReadSession, name: str) -> int:
    """The bytes of a table with its indexes; what a full-text index keeps beside itself counts too."""
    if db.dialect != "sqlite":
        return int(db.scalar(select(func.pg_total_relation_size(func.quote_ident(name)))) or 0)
    master = table("sqlite_master", column("name"), column("tbl_name"), column("rootpage"))
    owners = [name, *(name + end for end in SHADOWS)]
    parts = db.scalars(select(master.c.name).where(master.c.tbl_name.in_(owners), master.c.rootpage > 0)).all()
    stat = table("dbstat", column("name"), column("pgsize"), column("aggregate"))
    sizes = (
        db.scalar(select(stat.c.pgsize).where(stat.c.name == part, stat.c.aggregate == literal_column("TRUE")))
        for part in parts
    )
    return sum(int(size or 0) for size in sizes)


def contents(db: ReadSession, tables: Iterable[str]) -> dict[str, object]:
    """A fingerprint of what the tables hold, by table: the number of rows, and a hash where they are few."""
    return {name: fingerprint for name in tables if (fingerprint := content_of(db, name)) != NOTHING}


def content_of(db: ReadSession, name: str) -> list[object]:
    number = count_rows(db, name)
    if number == 0 or number > MOST_COMPARED:
        return [number, ""]
    rows: Sequence[Row[Any]] = db.execute(select(literal_column("*")).select_from(table(name))).all()
    lines = sorted(repr(tuple(row)) for row in rows)
    return [number, hashlib.sha256("\n".join(lines).encode()).hexdigest()]
