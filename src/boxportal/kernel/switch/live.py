"""Which processes serve a company now, and waiting until all of them have applied what was switched."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from boxportal.kernel.companies import Company, hidden_folder
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.tables import ServingProcess
from boxportal.sdk.clock import utcnow
from boxportal.sdk.database import WriteSession
from boxportal.sdk.errors import RuleBroken

WAIT_SECONDS = 10.0
POLL_SECONDS = 0.02
STIRRED = "switched"  # a file in the company's folder: touched, it wakes the servers of this machine
RENEW_SECONDS = 20.0
DROPPED = ".dropped-"
FOLLOWED = ".followed-"
SILENT = timedelta(seconds=150)  # a living process writes its row every minute


def process_name(token: str) -> str:
    """How a serving process calls itself: its number, its machine, and a token that no other has."""
    return f"{os.getpid()}@{socket.gethostname()[:20]}-{token}"


def is_alive(name: str) -> bool:
    """Whether a process of this machine still runs; of another machine's nobody here can tell: it counts as alive."""
    number, _, rest = name.partition("@")
    if rest.rpartition("-")[0] != socket.gethostname()[:20] or not number.isdigit():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def live_processes(company: Company) -> dict[str, int]:
    """The processes that serve the company now, and the revision that each has applied."""
    with read_session(company.engines) as db:
        rows = db.scalars(select(ServingProcess).where(ServingProcess.seen_at > utcnow() - SILENT)).all()
    return {row.id: row.applied for row in rows if is_alive(row.id)}


def wait_applied(
    company: Company, revision: int, *, seconds: float = WAIT_SECONDS, sleep: Callable[[float], None] = time.sleep
) -> list[str]:
    """Wait until every live process has applied the revision; returns those that have not within the time."""
    stir(company)
    end = time.monotonic() + seconds
    while True:
        lagging = [name for name, applied in live_processes(company).items() if applied < revision]
        if not lagging or time.monotonic() >= end:
            return lagging
        sleep(POLL_SECONDS)


def stir(company: Company) -> None:
    """Let the servers of this machine look at once whether something was switched; others look twice a second."""
    with contextlib.suppress(OSError):  # a full or read-only disk: they find out a little later
        (company.folder / STIRRED).touch(mode=0o600)


def stirred_at(company: Company) -> int:
    """When the company was last stirred; a number that only serves to be compared."""
    try:
        return (company.folder / STIRRED).stat().st_mtime_ns
    except OSError:
        return 0


def ask_renewal(company: Company) -> list[str]:
    """Ask every live process to start anew, so that the memory of what is off comes back; returns their names."""
    names = list(live_processes(company))
    with write_session(company.engines) as db:
        db.change(update(ServingProcess).where(ServingProcess.id.in_(names)).values(wish="reexec"))
    return names


def wish_renewal(db: WriteSession) -> None:
    """Ask every live process to start anew, within the transaction of a request."""
    db.change(update(ServingProcess).where(ServingProcess.seen_at > utcnow() - SILENT).values(wish="reexec"))


def wait_renewed(company: Company, names: list[str], *, seconds: float = RENEW_SECONDS) -> list[str]:
    """Wait until as many new processes serve as were asked; returns the old ones that still do."""
    end = time.monotonic() + seconds
    while True:
        live = live_processes(company)
        left = [name for name in names if name in live]
        if (not left and len(live) >= len(names)) or time.monotonic() >= end:
            return left
        time.sleep(POLL_SECONDS)


def say_dropped(folder: Path, process: str) -> None:
    """Tell whoever removes the company that this server has let it go."""
    with contextlib.suppress(OSError):  # a company whose folder was taken away by hand
        (hidden_folder(folder) / f"{DROPPED}{process}").touch(mode=0o600)


def moved_mark(folder: Path, process: str) -> Path:
    """The file by which a server says that it has gone over to the database that the company moved to."""
    return folder / f"{FOLLOWED}{process}"


def say_moved(folder: Path, process: str) -> None:
    """Tell whoever moves the company that this server uses the old database no more."""
    with contextlib.suppress(OSError):
        moved_mark(folder, process).touch(mode=0o600)


def wait_dropped(hidden: Path, serving: list[str], *, seconds: float = RENEW_SECONDS) -> None:
    """Wait until each server that served a company has let it go, or is no more.

    Raises: RuleBroken that names those which have not.
    """
    end = time.monotonic() + seconds
    while left := [name for name in serving if is_alive(name) and not (hidden / f"{DROPPED}{name}").exists()]:
        if time.monotonic() >= end:
            raise RuleBroken(f"These servers have not let go of it within {seconds:.0f} seconds: {', '.join(left)}.")
        time.sleep(POLL_SECONDS)


async def applied_here(company: Company, revision: int, *, seconds: float = WAIT_SECONDS) -> bool:
    """Wait, within the server, until its own loop has put the revision in force; False when it was slow, or failed."""
    stir(company)
    end = time.monotonic() + seconds
    while company.snapshot.revision < revision:
        if company.failed_at >= revision or time.monotonic() >= end:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True
