"""Engines of one company's database: readers and writers on SQLite or Postgres, and the pragmas that guard data."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from boxportal.sdk.database import ReadSession, WriteSession
from boxportal.sdk.errors import RuleBroken

# Transactions that may be held at a time; the gates see to it. Work that takes and gives back a connection within one
# hop into a thread passes no gate, so the pools may grow beyond by one connection a thread.
READERS = 8
WRITERS = 4
SPARE = 64
BUSY_MS = 5000
# Why each: WAL lets readers go on while one writes; FULL makes an acknowledged write survive a power cut; the rest
# keeps a hostile or damaged file from doing more harm.
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_MS}",
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "temp_store=MEMORY",
    "journal_size_limit=67108864",
    "wal_autocheckpoint=1000",
    "cache_size=-16000",
)


@dataclass(frozen=True, slots=True)
class Engines:
    """The reading and the writing engine of one database. On Postgres they are one pool."""

    url: URL
    reader: Engine
    writer: Engine

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    def dispose(self) -> None:
        self.reader.dispose()
        self.writer.dispose()


def open_engines(url: str) -> Engines:
    """Open a company's database by its SQLAlchemy URL. Nothing is connected until the first use.

    Raises: RuleBroken when the library for Postgres is not installed.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        reader = _sqlite_engine(parsed, size=READERS, spare=SPARE, begin="BEGIN", query_only=True)
        writer = _sqlite_engine(parsed, size=1, spare=0, begin="BEGIN IMMEDIATE", query_only=False)
        return Engines(parsed, reader, writer)
    engine = _postgres_engine(parsed)
    return Engines(parsed, engine.execution_options(postgresql_readonly=True), engine)


def _postgres_engine(url: URL) -> Engine:
    try:
        return create_engine(
            url,
            pool_size=READERS,
            max_overflow=WRITERS + SPARE,
            pool_use_lifo=True,
            pool_timeout=5,
            pool_pre_ping=True,
            connect_args={"options": "-c lock_timeout=5000 -c statement_timeout=15000 -c timezone=UTC"},
        )
    except ImportError as error:
        msg = "Postgres needs a library that is not installed. Do: .venv/bin/pip install -e '.[pdf,postgres]'"
        raise RuleBroken(msg) from error


def _sqlite_engine(url: URL, *, size: int, spare: int, begin: str, query_only: bool) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=spare,
        pool_use_lifo=True,  # the fewest connections, with warm caches
        pool_timeout=BUSY_MS / 1000,
        connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000},
    )

    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy's events below send BEGIN; sqlite3 must not send its own
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        if query_only:
            connection.execute("PRAGMA query_only=ON")

    def on_begin(connection: Any) -> None:  # noqa: ANN401 a Connection; typed loosely by the event API
        if query_only:  # past SQLAlchemy, which takes ten times as long: to begin a read touches no lock and can't fail
            connection.connection.dbapi_connection.execute(begin)
        else:
            connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine


def reading(engines: Engines) -> Session:
    return Session(engines.reader, autoflush=False, expire_on_commit=False)


def writing(engines: Engines) -> Session:
    return Session(engines.writer, expire_on_commit=False)


@contextmanager
def read_session(engines: Engines) -> Iterator[ReadSession]:
    """A read transaction: one snapshot of the data from the first statement to the end."""
    with reading(engines) as session:
        yield ReadSession(session)


@contextmanager
def write_session(engines: Engines) -> Iterator[WriteSession]:
    """A write transaction, committed at the end, rolled back on an error."""
    with writing(engines) as session, session.begin():
        yield WriteSession(session)
