"""One company's data in an upgrade: copied to rehearse on, kept aside, migrated, put back.

On SQLite a copy is migrated and takes the database's place by one rename, and the former file stays aside as it was. On
Postgres a dump is kept aside, and the migrations run in one transaction.
"""

import hashlib
import os
import re
import secrets
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from boxportal.kernel.backup.database import (
    copy_postgres,
    copy_sqlite,
    drop_database,
    load_postgres,
    look_at,
    make_database,
)
from boxportal.kernel.backup.tables import migrate_database
from boxportal.kernel.companies import FILE, Company, company_file_text, read_company_file
from boxportal.kernel.database.engines import open_engines
from boxportal.kernel.durable import sync, write_whole
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.errors import RuleBroken

MIGRATING = ".migrating.db"
LONGEST_NAME = 63  # of a Postgres database
LABEL = re.compile(r"(?:before|after)-[0-9][0-9a-z.]{0,40}")


@dataclass(frozen=True, slots=True)
class Copy:
    """A database that migrations may run on, and how many rows each table of it has."""

    url: str
    rows: dict[str, int]


def size_of(company: Company) -> int:
    """The bytes that a company's database takes."""
    if company.engines.is_sqlite:
        file = database_file(company)
        parts = (file, file.with_name(f"{file.name}-wal"))
        return sum(part.stat().st_size for part in parts if part.exists())
    with company.engines.reader.connect() as connection:
        return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def database_file(company: Company) -> Path:
    return Path(str(company.engines.url.database))


def aside_of(company: Company, label: str) -> Path:
    """Where a state is kept: `before-VERSION` is the one from before the upgrade to it.

    Raises: RuleBroken.
    """
    if not LABEL.fullmatch(label):
        raise RuleBroken(f"{label!r} can't be the name of a state.")
    return company.folder / f".{label}.{'db' if company.engines.is_sqlite else 'pgdump'}"


def scratch_copy(company: Company) -> Copy:
    """Copy the database as it is now, to rehearse on, while people work."""
    scratch = company.folder / ".rehearsal"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    if company.engines.is_sqlite:
        copied = copy_sqlite(company.engines, scratch / "company.db")
        return Copy(f"sqlite:///{copied.path}", dict(copied.rows))
    copied = copy_postgres(company.engines, scratch / "company.pgdump")
    url = make_database(company.engines.url, f"bp_rehearsal_{secrets.token_hex(6)}")
    load_postgres(copied.path, url)
    return Copy(url.render_as_string(hide_password=False), dict(copied.rows))


def drop_scratch(company: Company, url: str) -> None:
    """Remove the copy of a rehearsal; nothing where there is none."""
    if url and not company.engines.is_sqlite and str(make_url(url).database).startswith("bp_rehearsal_"):
        drop_database(make_url(url))
    shutil.rmtree(company.folder / ".rehearsal", ignore_errors=True)


def keep_aside(company: Company, label: str) -> None:
    """Keep the database as it is now. No server runs, so nothing changes meanwhile."""
    aside = aside_of(company, label)
    if not company.engines.is_sqlite:
        temporary = aside.with_name(f"{aside.name}.tmp")
        temporary.unlink(missing_ok=True)
        copy_postgres(company.engines, temporary)
        sync(temporary)
        temporary.replace(aside)
    else:
        settle(database_file(company))
        aside.unlink(missing_ok=True)
        os.link(database_file(company), aside)  # the very file: what takes its place is another one
    sync(company.folder)


def settle(file: Path) -> None:
    """Bring what SQLite keeps beside the file into it.

    Raises: RuleBroken when somebody still has it open.
    """
    with closing(sqlite3.connect(file, timeout=5, isolation_level=None)) as connection:
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    beside = file.with_name(f"{file.name}-wal")
    if busy or beside.exists():  # the last to close takes it away, so somebody else has not closed, though it is empty
        raise RuleBroken(f"Something still has {file} open. Stop it, then try again.")
    sync(file)


def begin_migrating(company: Company, label: str) -> Copy:
    """Keep the former state aside, and say on what the migrations shall run: a copy, or on Postgres the database."""
    keep_aside(company, label)
    if not company.engines.is_sqlite:
        found = look_at(company.engines.url, Path())
        return Copy(company.engines.url.render_as_string(hide_password=False), dict(found.rows))
    copy = company.folder / MIGRATING
    remove_database(copy)
    copied = copy_sqlite(company.engines, copy)
    return Copy(f"sqlite:///{copy}", dict(copied.rows))


def take_migrated(company: Company) -> None:
    """Let the migrated copy take the database's place."""
    if not company.engines.is_sqlite:
        return
    copy = company.folder / MIGRATING
    settle(copy)
    replace_database(copy, database_file(company))


def put_back(company: Company, label: str) -> bool:
    """Put a state back that was kept aside; what was there is gone. False where none was kept. May be repeated."""
    aside = aside_of(company, label)
    remove_database(company.folder / MIGRATING)
    if not aside.exists():
        return False
    if company.engines.is_sqlite:
        temporary = company.folder / ".putting-back.db"
        shutil.copyfile(aside, temporary)  # the aside stays as it is until all is well
        temporary.chmod(0o600)
        sync(temporary)
        replace_database(temporary, database_file(company))
    else:
        point_at_dump(company, aside, label)
    return True


def replace_database(new: Path, live: Path) -> None:
    """Put a whole file in the place of a database that nobody has open."""
    for ending in ("-wal", "-shm"):
        live.with_name(f"{live.name}{ending}").unlink(missing_ok=True)
    new.replace(live)
    sync(live.parent)


def remove_database(file: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        file.with_name(f"{file.name}{ending}").unlink(missing_ok=True)


def point_at_dump(company: Company, dump: Path, label: str) -> None:
    """Make a database out of a dump and let the company's file name it; the former one is dropped last."""
    former = company.engines.url
    name = database_for(company, label)
    drop_database(former.set(database=name))  # what a try left that was killed
    made = make_database(former, name)
    try:
        load_postgres(dump, made)
        file = read_company_file(company.folder / FILE)
        database = made.render_as_string(hide_password=False)
        words = company_file_text(file.name, hosts=file.hosts, database=database, order=file.order)
        write_whole(company.folder / FILE, words)
    except BaseException:
        drop_database(made)
        raise
    company.engines.dispose()
    drop_database(former)


def database_for(company: Company, label: str) -> str:
    """The name of the Postgres database that a kept state is loaded into: the same at every try.

    It is never the one in use, nor one of another box on the same server, which may have a company of this name.
    """
    told = re.sub(r"[-.]", "_", f"boxportal_{company.name}_{label}")
    own = hashlib.sha256(company.key + str(company.engines.url.database).encode()).hexdigest()
    return f"{told[: LONGEST_NAME - 9]}_{own[:8]}"


def forget(company: Company, label: str) -> None:
    """Keep a state no longer."""
    aside_of(company, label).unlink(missing_ok=True)
    sync(company.folder)


def forget_others(company: Company, label: str) -> None:
    """Keep no state but this one."""
    kept = aside_of(company, label)
    for path in [*company.folder.glob(".before-*"), *company.folder.glob(".after-*")]:
        if path != kept:
            path.unlink()
    sync(company.folder)


def migrate(url: str, former: str) -> tuple[dict[str, int], float]:
    """Run all pending migrations on a database, in one transaction; how many rows each table has then, and seconds."""
    engines = open_engines(url)
    begun = time.monotonic()
    try:
        migrate_database(engines, SYSTEM, "core.upgrade", former)
    finally:
        engines.dispose()
    seconds = time.monotonic() - begun
    return rows_of(make_url(url)), seconds


def rows_of(url: URL) -> dict[str, int]:
    return dict(look_at(url, Path()).rows)


def require_no_loss(before: dict[str, int], after: dict[str, int], *, passing: frozenset[str] = frozenset()) -> None:
    """See that no table has lost rows.

    Raises: RuleBroken that names those that have.
    """
    lost = [f"{name} ({before[name]} rows, then {after.get(name, 0)})" for name in sorted(before)
            if after.get(name, 0) < before[name] and name not in passing and not is_index(name)]  # fmt: skip
    if lost:
        raise RuleBroken(f"Rows were lost: {', '.join(lost)}.")


def is_index(name: str) -> bool:
    """Whether a table is one of the search's, which a server fills anew by itself."""
    return name.startswith("core_search_")
