"""A consistent copy of a company's database while people work, and a database made from such a copy."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from boxportal.kernel.database.engines import Engines
from boxportal.sdk.errors import RuleBroken

SQLITE, POSTGRES = "database.sqlite", "database.pgdump"
SECONDS = 6 * 3600


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy of a database, and what stood in it at that moment."""

    path: Path
    rows: Mapping[str, int]
    revisions: tuple[str, ...]
    audit_lines: int
    audit_last: int


def copy_database(engines: Engines, folder: Path) -> Copied:
    """Copy the database as it is at one moment; writers go on meanwhile."""
    return copy_sqlite(engines, folder / SQLITE) if engines.is_sqlite else copy_postgres(engines, folder / POSTGRES)


def copy_sqlite(engines: Engines, target: Path) -> Copied:
    """Copy by SQLite's backup API in one step, into a file of the rollback journal mode that needs no other files."""
    source = f"file:{engines.url.database}?mode=ro"
    target.touch(mode=0o600)
    with closing(sqlite3.connect(source, uri=True)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    return look_at(make_url(f"sqlite:///{target}"), target)


def look_at(url: URL, path: Path) -> Copied:
    """Count what stands in a database, without changing how it keeps its journal."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return look(connection, path)


def copy_postgres(engines: Engines, target: Path) -> Copied:
    """Dump in the snapshot of a transaction that also counts the rows, so that both see the same moment."""
    repeatable = engines.writer.execution_options(isolation_level="REPEATABLE READ")
    with repeatable.connect() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        run_tool(
            "pg_dump", engines.url, ["-Fc", "--no-owner", "--no-acl", f"--snapshot={snapshot}", f"--file={target}"]
        )
        target.chmod(0o600)
        return look(connection, target)


def look(connection: Connection, path: Path) -> Copied:
    """Count what stands in a database."""
    names = [name for name in inspect(connection).get_table_names() if name != "alembic_version"]
    rows = {name: connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0 for name in names}  # noqa: S608 its own names
    revisions = connection.scalars(text("SELECT version_num FROM alembic_version ORDER BY 1"))
    last = connection.scalar(text("SELECT max(id) FROM core_audit")) or 0
    return Copied(path, rows, tuple(revisions), rows.get("core_audit", 0), last)


def check_sqlite(path: Path) -> None:
    """Let SQLite check a database file from the first page to the last.

    Raises: RuleBroken.
    """
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise RuleBroken(f"The database in the backup is damaged: {error}") from error
    if answer != "ok" or orphans is not None:
        raise RuleBroken(f"The database in the backup is damaged: {answer if answer != 'ok' else orphans}")


def load_postgres(dump: Path, url: URL) -> None:
    """Fill an empty database from a dump.

    Raises: RuleBroken.
    """
    run_tool(
        "pg_restore",
        url,
        ["--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", f"--dbname={url.database}", str(dump)],
    )


def make_database(beside: URL, name: str) -> URL:
    """Make an empty database on the same server.

    Raises: RuleBroken when the user may not.
    """
    run_tool("createdb", beside, ["--template=template0", "--encoding=UTF8", name])
    return beside.set(database=name)


def drop_database(url: URL) -> None:
    run_tool("dropdb", url, ["--if-exists", "--force", str(url.database)])


def require_tool(tool: str) -> str:
    """Where a Postgres program lies.

    Raises: RuleBroken when it is not installed.
    """
    program = shutil.which(tool)
    if program is None:
        raise RuleBroken(f"The program {tool} is missing. Install it: apt install postgresql-client")
    return program


def run_tool(tool: str, url: URL, arguments: list[str]) -> None:
    """Run a Postgres program without a shell; the password goes by its environment, never on the command line.

    Raises: RuleBroken with the program's own words.
    """
    program = require_tool(tool)
    done = subprocess.run(  # noqa: S603 a fixed program, arguments as a list
        [program, *arguments], env=os.environ | environment_of(url), capture_output=True, text=True, check=False,
        timeout=SECONDS, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise RuleBroken(f"{tool} failed: {done.stderr.strip()[-500:]}")


def environment_of(url: URL) -> dict[str, str]:
    """How Postgres' programs are told where the database is."""
    host = url.host or url.query.get("host") or ""
    values = {
        "PGHOST": host if isinstance(host, str) else host[0],
        "PGPORT": str(url.port or ""),
        "PGUSER": url.username or "",
        "PGPASSWORD": str(url.password or ""),
        "PGDATABASE": url.database or "",
    }
    return {name: value for name, value in values.items() if value}
