"""Where a company's databases lie: the one in use, the one that is being made, and those that it moved away from."""

import json
import re
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.engine import URL

from boxportal.kernel.durable import sync, write_whole
from boxportal.kernel.running import company_of
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import AuditEntry, Ctx

LIVE, MAKING, KEPT = "company.db", ".company.db.moving", "moved.json"
ASIDE = re.compile(r"moved-[0-9]{8}-[0-9]{6}\.db")
KEEP = timedelta(days=7)


class Kept(BaseModel):
    """A database that the company moved away from: a file in its folder, or the address of one of Postgres."""

    model_config = ConfigDict(extra="forbid")
    database: str
    moved_at: datetime

    @property
    def until(self) -> datetime:
        return self.moved_at + KEEP

    @property
    def is_file(self) -> bool:
        return "://" not in self.database


@dataclass(frozen=True, slots=True)
class Room:
    """What a database needs on the disk, and what is free there."""

    needed: int
    free: int


def kept_databases(folder: Path) -> list[Kept]:
    """The former databases, the oldest first; what can't be read counts as none."""
    with suppress(OSError, ValueError, ValidationError):
        return [Kept.model_validate(one) for one in json.loads((folder / KEPT).read_text("utf-8"))]
    return []


def keep(folder: Path, database: str) -> Kept:
    """Note that the company has moved away from a database."""
    one = Kept(database=database, moved_at=utcnow())
    write_kept(folder, [*kept_databases(folder), one])
    return one


def write_kept(folder: Path, kept: list[Kept]) -> None:
    write_whole(folder / KEPT, json.dumps([one.model_dump(mode="json") for one in kept], indent=1))


def put_aside(folder: Path) -> str:
    """Name the file that the company moved away from after the moment; empty while somebody still has it open."""
    live = folder / LIVE
    with closing(sqlite3.connect(live)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if (folder / f"{LIVE}-wal").exists():  # the last who closes it takes it away
        return ""
    final = folder / f"moved-{utcnow():%Y%m%d-%H%M%S}.db"
    live.rename(final)
    sync(folder)
    former = kept_databases(folder)
    if any(one.database == LIVE for one in former):
        named = {LIVE: final.name}
        write_kept(
            folder, [one.model_copy(update={"database": named.get(one.database, one.database)}) for one in former]
        )
    return final.name


def sweep_kept(ctx: Ctx) -> None:
    """Remove the files of databases that the company moved away from more than a week ago.

    One on a server of Postgres is the administrator's to drop: the portal may not be allowed to.
    """
    folder = company_of(ctx).folder
    former = kept_databases(folder)
    old = [one for one in former if one.until < ctx.now and ASIDE.fullmatch(one.database)]
    for one in old:
        (folder / one.database).unlink(missing_ok=True)
        ctx.audit(AuditEntry(action="core.db.drop", title=one.database))
    if old:
        write_kept(folder, [one for one in former if one not in old])


def clear_making(folder: Path) -> None:
    """Remove what a move that was killed left."""
    for path in folder.glob(f"{MAKING}*"):
        path.unlink(missing_ok=True)


def room_for(folder: Path, size: int) -> Room:
    """A new file's size and its journal's, beside what is free."""
    return Room(needed=2 * size, free=shutil.disk_usage(folder).free)


def shown(url: URL) -> str:
    """A database's address without its password."""
    return url.render_as_string()
