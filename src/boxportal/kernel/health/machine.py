"""Checks of the machine: room on the disk, memory, the clock."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.backup.places import default_folder
from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.health.model import Finding, Look
from boxportal.kernel.paths import PACKAGE
from boxportal.sdk.i18n import lazy as _l

GIGABYTE, MEGABYTE = 1_000_000_000, 1_000_000
TIMES = 2
"""How many times a database must fit beside itself: while it is backed up or its tables change."""
AHEAD = timedelta(minutes=5)
MEMINFO = Path("/proc/meminfo")


def disk(look: Look) -> Finding:
    """The room that is left where the data and the backups lie."""
    places = [place for place in (look.data, default_folder(look.data)) if place.exists()]
    largest = max((size_of(company) for company in look.companies), default=0)
    needed = max(look.config.health.disk_gb * GIGABYTE, TIMES * largest)
    place = min(places, key=lambda one: shutil.disk_usage(one).free)
    free = shutil.disk_usage(place).free
    said = _l("%(free)s GB are free at %(place)s, %(needed)s GB are needed.", free=f"{free / GIGABYTE:.1f}",
              place=str(place), needed=f"{needed / GIGABYTE:.1f}")  # fmt: skip
    if free >= needed:
        return Finding("good", said)
    why = _l("On a full disk nothing can be saved, and no backup is made.")
    return Finding("problem", said, why, f"sudo du -xhd2 {place} | sort -h | tail -20")


def size_of(company: Company) -> int:
    """The bytes of a company's SQLite file; a Postgres database lies elsewhere."""
    path = company.folder / "company.db"
    return path.stat().st_size if path.exists() else 0


def memory(look: Look) -> Finding:
    """The memory that the machine has left, with what it could take from its caches."""
    known = dict(meminfo())
    if "MemAvailable" not in known:
        return Finding("good", _l("The machine's memory can't be seen from here."))
    left, swap = known["MemAvailable"], known.get("SwapFree", 0)
    said = _l("%(left)s MB of memory are left, and %(swap)s MB of swap.", left=left // MEGABYTE, swap=swap // MEGABYTE)
    if left >= look.config.health.memory_mb * MEGABYTE:
        return Finding("good", said)
    why = _l("When memory runs out, the system ends a process, and that may be the portal.")
    return Finding("problem", said, why, "ps -eo rss,comm --sort=-rss | head")


def meminfo() -> Iterator[tuple[str, int]]:
    """The system's figures, in bytes; none where it does not tell them."""
    try:
        lines = MEMINFO.read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        name, _colon, rest = line.partition(":")
        if rest.split() and rest.split()[0].isdigit():
            yield name, int(rest.split()[0]) * 1024


def clock(look: Look) -> Finding:
    """Whether something that was written already lies in the future: then the clock went back, or was wrong before."""
    newest = max(moments(look), default=look.now)
    if newest <= look.now + AHEAD:
        return Finding("good", _l("Nothing that was written lies in the future."))
    return Finding(
        "problem",
        _l("It is %(now)s here, and something was written at %(then)s (UTC).", now=f"{look.now:%Y-%m-%d %H:%M}",
           then=f"{newest:%Y-%m-%d %H:%M}"),
        _l("With a wrong clock reminders come late, links end too early, and the audit log tells wrong times."),
        "sudo timedatectl set-ntp true",
    )  # fmt: skip


def moments(look: Look) -> Iterator[datetime]:
    """Times that must lie in the past: of files, of the program, of the newest lines of the audit logs."""
    files = [PACKAGE, *look.data.glob("*"), *look.data.glob("companies/*/*")]
    for path in files:
        if path.exists():
            yield datetime.fromtimestamp(os.stat(path).st_mtime, UTC)  # noqa: PTH116 as the others
    for company in look.companies:
        with read_session(company.engines) as db:
            if newest := db.scalar(select(func.max(AuditLine.at))):
                yield newest
