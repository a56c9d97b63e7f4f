"""What tables a database has and how much they hold; and the one kind of transaction in which tables may change."""

import hashlib
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, column, func, literal_column, select, table, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from boxportal.kernel.database.engines import Engines
from boxportal.sdk.database import ReadSession, WriteSession
from boxportal.sdk.errors import Busy

SHADOWS = ("_data", "_idx", "_content", "_docsize", "_config")  # tables that SQLite makes for a full-text index
MOST_COMPARED = 1000
NOTHING: list[object] = [0, ""]  # the fingerprint of an empty table
# Nearly every request reads who acts, first of all: whoever holds this table alone has no reader left beside that could
# hold one of the others while it waits for this one. Postgres looks for deadlocks after a second: the waits end before.
FIRST_READ, FIRST_MS, LOCK_MS, LOCK_TRIES, LOCK_PAUSE = "core_person", 900, 300, 15, 0.3
NOT_FREE = frozenset({"55P03", "40P01"})  # lock_not_available, deadlock_detected
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Holding:
    """What some tables hold: their number, their rows, and the bytes they take with their indexes."""

    tables: int = 0
    rows: int = 0
    size: int = 0


def change_schema(engines: Engines, act: Callable[[Connection, WriteSession], T]) -> T:
    """Do `act` in a transaction for changing tables while people work; again from the start while they are not free.

    On Postgres a table is waited for only a moment: all who read it queue up behind whoever waits to change it.
    Raises: Busy when they are not free for long.
    """
    for _ in range(LOCK_TRIES):
        try:
            with schema_transaction(engines) as (connection, db):
                if not engines.is_sqlite:
                    hold_tables(connection)
                return act(connection, db)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", "") not in NOT_FREE:
                raise
            time.sleep(LOCK_PAUSE * random.uniform(0.5, 1))  # noqa: S311 a pause is no secret
    raise Busy


def hold_tables(connection: Connection) -> None:
    """Let nobody begin anything until the transaction ends, and wait for those who have begun."""
    connection.execute(text(f"SET LOCAL lock_timeout = {FIRST_MS}"))
    connection.execute(text(f"LOCK TABLE {FIRST_READ} IN ACCESS EXCLUSIVE MODE"))
    connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_MS}"))


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
