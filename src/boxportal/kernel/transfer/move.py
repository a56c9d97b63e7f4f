"""Moves a company's database between SQLite and Postgres: copied and compared while nobody writes, then swapped.

Up to the swap, which is one rename of `company.toml`, nothing of the company has changed, and the lock goes with this
process. After the swap the company has moved, whatever fails then.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, MetaData
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from boxportal.kernel.companies import FILE, Company, company_file_text, read_company_file
from boxportal.kernel.database.engines import Engines, open_engines
from boxportal.kernel.durable import sync, write_whole
from boxportal.kernel.former import LIVE, MAKING, clear_making, keep, put_aside, shown
from boxportal.kernel.switch.live import is_alive, live_processes, moved_mark, stir
from boxportal.kernel.transfer.copying import fill
from boxportal.kernel.transfer.holding import held, seal
from boxportal.kernel.transfer.steps import Step
from boxportal.kernel.transfer.tables import TableSum
from boxportal.kernel.transfer.target import SQLITE, require_movable
from boxportal.sdk.access import Actor
from boxportal.sdk.errors import DomainError, RolledBack, RuleBroken

FOLLOW_SECONDS = 20.0
POLL_SECONDS = 0.05
FAILURES = (DomainError, DBAPIError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved, for how long nobody could write, where the old database is, and who has not followed yet."""

    source: str
    target: str
    tables: Mapping[str, TableSum]
    locked_seconds: float
    kept: str
    lagging: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A move under way: of which company, to where, by whom, and which servers must follow."""

    company: Company
    engines: Engines
    target: str
    actor: Actor
    step: Step
    serving: tuple[str, ...]

    @property
    def has_happened(self) -> bool:
        return read_company_file(self.company.folder / FILE).database == self.target


class AfterTheMove(RuleBroken):
    """Something failed when the company had moved already."""

    code = "moved"


def move_database(company: Company, target: str, actor: Actor, step: Step) -> Moved:
    """Move the company. `target` is `sqlite` or the URL of an empty database of Postgres.

    Raises: RuleBroken, StorageFull, Busy before anything was begun; RolledBack when it failed and nothing has changed;
    AfterTheMove when it failed and the company has moved.
    """
    require_movable(company, target)
    clear_making(company.folder)
    if target == SQLITE and (company.folder / LIVE).exists() and not put_aside(company.folder):
        raise RuleBroken(f"{company.folder / LIVE} is open in another process. Wait until that has ended.")
    engines = open_engines(f"sqlite:///{company.folder / MAKING}" if target == SQLITE else target)
    move = Move(company, engines, target, actor, step, tuple(live_processes(company)))
    for name in move.serving:
        moved_mark(company.folder, name).unlink(missing_ok=True)
    began = time.monotonic()
    step("lock", "Nobody writes from now on; pages can be read.")
    try:
        with held(company.engines) as source:
            sums = make(move, source)
    except DBAPIError as error:
        raise outcome(move, error) from error
    return follow_up(move, sums, time.monotonic() - began)


def make(move: Move, source: Connection) -> dict[str, TableSum]:
    """Fill the new database, then make it the company's.

    Raises: RolledBack, and what was made of the new database is gone; AfterTheMove.
    """
    filled = False
    try:
        sums = fill(move.company, move.engines, source, move.actor, move.step)
        filled = True
        move.engines.dispose()
        move.step("swap", "The company's settings name the new database.")
        seal(source)
        swap(move.company, move.target)
    except BaseException as error:
        if not move.has_happened:
            undo(move.company.folder, move.engines, filled=filled)
        if isinstance(error, FAILURES) or move.has_happened:
            raise outcome(move, error) from error
        raise
    return sums


def outcome(move: Move, error: BaseException) -> RuleBroken:
    """What a failure means: either nothing has changed, or the company has moved."""
    if move.has_happened:
        return AfterTheMove(after(error))
    return RolledBack(f"{reason_of(error)} {move.company.name} is as it was, on the database it had.")


def reason_of(error: BaseException) -> str:
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    return f"The move failed: {said[0] if said else type(error).__name__}."


def after(error: BaseException) -> str:
    return f"The company HAS moved to the new database, and works there. What failed afterwards: {error}"


def swap(company: Company, target: str) -> None:
    """Name the new database in `company.toml`: by that rename the company has moved."""
    if target == SQLITE:
        (company.folder / MAKING).rename(company.folder / LIVE)
        sync(company.folder)
    path = company.folder / FILE
    file = read_company_file(path)
    write_whole(path, company_file_text(file.name, hosts=file.hosts, database=target, order=file.order))


def undo(folder: Path, engines: Engines, *, filled: bool) -> None:
    """Leave nothing of the new database."""
    if not engines.is_sqlite and filled:
        with suppress(DBAPIError), engines.writer.begin() as connection:
            everything = MetaData()
            everything.reflect(connection)
            everything.drop_all(connection)
    engines.dispose()
    if engines.is_sqlite:
        clear_making(folder)
        (folder / LIVE).unlink(missing_ok=True)


def follow_up(move: Move, sums: Mapping[str, TableSum], locked: float) -> Moved:
    """Wait until the servers have followed, and name what is left of the old database.

    Raises: AfterTheMove.
    """
    company = move.company
    move.step("servers", "The servers go over to it.")
    former, was_file = company.engines.url, company.engines.is_sqlite
    try:
        lagging = wait_followed(company, move.serving)
        company.engines.dispose()
        name = former.render_as_string(hide_password=False)
        if was_file:
            name = (put_aside(company.folder) if not lagging else "") or LIVE
        kept = keep(company.folder, name)
    except FAILURES as error:
        raise AfterTheMove(after(error)) from error
    return Moved(
        source=SQLITE if was_file else shown(former),
        target=SQLITE if move.target == SQLITE else shown(make_url(move.target)),
        tables=sums,
        locked_seconds=locked,
        kept=str(company.folder / kept.database) if kept.is_file else shown(former),
        lagging=tuple(lagging),
    )


def wait_followed(company: Company, serving: Sequence[str]) -> list[str]:
    """Wait until each server has gone over to the new database, or is no more; returns those that have not."""
    stir(company)
    end = time.monotonic() + FOLLOW_SECONDS
    while left := [one for one in serving if is_alive(one) and not moved_mark(company.folder, one).exists()]:
        if time.monotonic() >= end:
            return left
        time.sleep(POLL_SECONDS)
    for one in serving:
        moved_mark(company.folder, one).unlink(missing_ok=True)
    return []
