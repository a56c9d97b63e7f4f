"""Checks of what companies hold: their databases, their tables, the audit log, and what waits to be done."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from boxportal.kernel.audit.chain import head_of
from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.audit.sealer import seal_all
from boxportal.kernel.backup.forward import bring_up_to_date
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.database.pending import lag_of, steps_in
from boxportal.kernel.health.model import Finding, Look, worst
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.own_server import ask
from boxportal.kernel.switch.live import live_processes
from boxportal.sdk.i18n import lazy as _l

NONE = Finding("good", _l("There is no company yet."))
UNSEALED = timedelta(minutes=2)
LATE = timedelta(minutes=15)
LONGEST_LEASE = timedelta(hours=1)
Each = Callable[[Look, Company], Finding]


def of_each(each: Each) -> Callable[[Look], Finding]:
    """A check of the box from one of a company: the gravest finding stands for all."""
    return lambda look: worst([each(look, company) for company in look.companies], NONE)


def database(_look: Look, company: Company) -> Finding:
    """Whether the database answers, and SQLite's file is whole."""
    try:
        wrong = first_fault(company)
    except (SQLAlchemyError, sqlite3.Error) as error:
        wrong = str(getattr(error, "orig", error)).strip()
    if not wrong:
        return Finding("good", _l("%(company)s: the database answers and is whole.", company=company.name))
    return Finding(
        "problem",
        _l("%(company)s: %(wrong)s", company=company.name, wrong=wrong[:300]),
        _l("What can't be read is lost, and every further write may damage more."),
        "boxportal backup list",
    )


def first_fault(company: Company) -> str:
    """What the database's own check finds first; empty when nothing is wrong.

    Raises: SQLAlchemyError, sqlite3.Error when it can't be read at all.
    """
    with company.engines.reader.connect() as connection:
        if company.engines.is_sqlite:
            said = connection.scalar(text("PRAGMA quick_check(1)"))
            return "" if said == "ok" else str(said)
        failures = text("SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()")
        broken = connection.scalar(failures)
        connection.scalar(text("SELECT number FROM core_revision"))
        return f"checksum failures: {broken}" if broken else ""


def tables(look: Look, company: Company) -> Finding:
    """Whether the tables are those of this program."""
    steps = steps_in(load_catalog().branch_folders())
    with company.engines.reader.connect() as connection:
        heads = set(connection.scalars(text("SELECT version_num FROM alembic_version")))
    lag, strange = lag_of(heads, steps), sorted(heads - set(steps))
    if strange:
        return Finding(
            "problem",
            _l("%(company)s: its tables are of another program, at %(steps)s.", company=company.name,
               steps=", ".join(strange)),
            _l("An older program may not understand what a newer one has written."),
            "boxportal version",
        )  # fmt: skip
    if lag:
        return Finding(
            "problem",
            _l("%(company)s: its tables lack %(steps)s.", company=company.name, steps=", ".join(lag)),
            _l("Pages that need the new columns fail. The server brings tables up to date when it starts."),
            look.restart,
        )
    return Finding("good", _l("%(company)s: its tables are up to date.", company=company.name))


def bring_up(look: Look) -> bool:
    """Migrate after a proven backup, as a start of the server does; not under one that runs."""
    if ask(look.data).is_good:
        return False
    return sum(bring_up_to_date(company) for company in look.companies) > 0


def audit(look: Look, company: Company) -> Finding:
    """Whether lines of the audit log wait for their seal longer than the server takes."""
    with read_session(company.engines) as db:
        late = AuditLine.id > head_of(db).line_id, AuditLine.at < look.now - UNSEALED
        count = db.scalar(select(func.count()).select_from(AuditLine).where(*late)) or 0
    if not count:
        return Finding("good", _l("%(company)s: every line is sealed.", company=company.name))
    return Finding(
        "problem" if live_processes(company) else "note",  # a server seals them when it starts
        _l("%(company)s: lines without a seal: %(count)s.", company=company.name, count=count),
        _l("A line without its seal can be changed without a trace."),
        "boxportal doctor --fix --only audit",
    )


def seal(look: Look) -> bool:
    """Seal what waits."""
    return not sum(seal_all(company) for company in look.companies)


def outbox(look: Look, company: Company) -> Finding:
    """Whether what must be done after commits is done, and what was given up."""
    with read_session(company.engines) as db:
        waiting = OutboxItem.state == "waiting"
        late = (
            or_(OutboxItem.leased_until.is_(None), OutboxItem.leased_until < look.now),
            OutboxItem.due_at < (look.now - LATE),
        )
        counted = select(func.count()).select_from(OutboxItem)
        stuck = db.scalar(counted.where(waiting, *late)) or 0
        held = db.scalar(counted.where(waiting, OutboxItem.leased_until > look.now + LONGEST_LEASE)) or 0
        dead = db.scalar(counted.where(OutboxItem.state == "dead")) or 0
    values = {"company": company.name, "stuck": stuck, "held": held, "dead": dead}
    if held:
        said = _l("%(company)s: held by a process that is gone: %(held)s.", **values)
        why = _l("Mails and other work that a dead process held are not done by anybody.")
        return Finding("problem", said, why, "boxportal doctor --fix --only outbox")
    if stuck:
        said = _l("%(company)s: overdue: %(stuck)s.", **values)
        why = _l("Mails, notices and reminders wait. Usually no server runs, or its log says what fails.")
        return Finding("problem", said, why, look.restart)
    if dead:
        said = _l("%(company)s: given up after many tries: %(dead)s.", **values)
        return Finding("note", said, _l("Those mails or calls reached nobody."), "boxportal mail show")
    return Finding("good", _l("%(company)s: nothing is overdue or was given up.", company=company.name))


def free_leases(look: Look) -> bool:
    """Take work back from leases that no living process can hold: longer than any is given."""
    freed = 0
    for company in look.companies:
        with write_session(company.engines) as db:
            held = OutboxItem.state == "waiting", OutboxItem.leased_until > look.now + LONGEST_LEASE
            freed += db.change(update(OutboxItem).where(*held).values(leased_until=None))
    return bool(freed)


def others(look: Look, company: Company) -> Finding:
    """Whether a second server works on a company that only one may serve."""
    names = sorted(live_processes(company))
    if len(names) <= 1 or look.config.box.nodes:
        return Finding("good", _l("%(company)s: served by %(count)s.", company=company.name, count=len(names)))
    return Finding(
        "problem",
        _l("%(company)s: served by several: %(names)s.", company=company.name, names=", ".join(names)),
        _l("Two servers that do not know of each other send things twice. A copy of this machine may be running."),
        "boxportal status",
    )
