"""Runs the checks, keeps what they found beside the data, mends what is safe, and tells the administrators once."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from boxportal.kernel.audit.lines import write_line
from boxportal.kernel.companies import Box
from boxportal.kernel.config import BoxConfig
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.durable import write_whole
from boxportal.kernel.health.checks import CHECKS
from boxportal.kernel.health.model import Check, Finding, Look, Report, Seen, Words
from boxportal.kernel.health.portal import settings
from boxportal.kernel.identity.admins import tell_admins
from boxportal.sdk.access import Actor
from boxportal.sdk.context import Ctx
from boxportal.sdk.errors import DomainError, Invalid
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.i18n import mark as _n

FILE = "health.json"
NOTICE = "core.health"
PAGE = "/admin/health"
MENDED = "core.health.mend"


def look(data: Path, *, only: Collection[str] = ()) -> Report:
    """Run all checks, or those named; what was told before stays told. Nothing is changed but the kept report.

    Raises: Invalid when there is no such check.
    """
    chosen = named(only)
    try:
        box = Box.open(data)
    except DomainError:  # with wrong settings nothing else can be looked at
        found = [seen(check, settings(Look(data, BoxConfig()))) for check in CHECKS if check.id == "settings"]
    else:
        try:
            at = Look.at(box)
            found = [seen(check, run(check, at)) for check in chosen]
        finally:
            box.close()
    return keep(data, found)


def named(only: Collection[str]) -> list[Check]:
    """Raises: Invalid when there is no such check."""
    known = {check.id for check in CHECKS}
    if unknown := sorted(set(only) - known):
        raise Invalid({"--only": f"there is no {', '.join(unknown)}; there are {', '.join(sorted(known))}"})
    return [check for check in CHECKS if not only or check.id in only]


def run(check: Check, at: Look) -> Finding:
    """One check. What keeps it from looking is a problem too."""
    try:
        return check.run(at)
    except (DomainError, SQLAlchemyError, OSError) as error:
        said = _l("This could not be looked at: %(why)s", why=str(getattr(error, "orig", error)).strip()[:300])
        why = _l("What can't be seen can't be trusted.")
        return Finding("problem", said, why, f"boxportal doctor --only {check.id}")


def seen(check: Check, finding: Finding) -> Seen:
    return Seen(
        id=check.id, title=Words.of(check.title), state=finding.state, said=Words.of(finding.said),
        why=Words.of(finding.why) if finding.why else None, fix=finding.fix,
        can_mend=check.mend is not None and check.on_page and finding.state == "problem",
    )  # fmt: skip


def keep(data: Path, found: list[Seen]) -> Report:
    """Put what was found beside the data, for the page; of what was not looked at the former result stays."""
    former = last_report(data)
    new = {one.id: one for one in found}
    rest = [one for one in (former.seen if former else []) if one.id not in new]
    order = {check.id: number for number, check in enumerate(CHECKS)}
    merged = sorted([*rest, *found], key=lambda one: order.get(one.id, len(order)))
    problems = {one.id for one in merged if one.state == "problem"}
    told = [name for name in (former.told if former else []) if name in problems]
    whole = Report(at=Look(data, BoxConfig()).now, seen=merged, told=told)
    save(data, whole)
    return whole.model_copy(update={"seen": found})


def last_report(data: Path) -> Report | None:
    """What the last look found; None before the first."""
    with suppress(OSError, ValidationError):
        return Report.model_validate_json((data / FILE).read_bytes())
    return None


def save(data: Path, report: Report) -> None:
    """A full disk, which is told, keeps nobody from looking."""
    with suppress(OSError):
        write_whole(data / FILE, report.model_dump_json())


def mend(data: Path, actor: Actor, *, only: Iterable[str]) -> list[str]:
    """Put right what is safe to put right, of the checks named; returns the ids of what was mended.

    Each is a line in the first company's audit log.
    """
    box = Box.open(data)
    try:
        at = Look.at(box)
        done = [check.id for check in named(list(only)) if check.mend is not None and check.mend(at)]
        first = box.first()
        if first is not None and done:
            with write_session(first.engines) as db:
                for name in done:
                    write_line(db, actor, MENDED, name)
        return done
    finally:
        box.close()


def tell_new(ctx: Ctx, data: Path) -> list[str]:
    """One notice to the administrators about problems that they were not told of yet; returns the ids of these.

    Once it is committed, `keep_told` remembers them.
    """
    report = last_report(data)
    new = [one for one in (report.of_state("problem") if report else []) if report and one.id not in report.told]
    if len(new) == 1:
        tell_admins(ctx, NOTICE, new[0].said.message, new[0].said.values, url=PAGE)
    elif new:
        tell_admins(ctx, NOTICE, _n("The server's health: %(num)s new problems."), {"num": str(len(new))}, url=PAGE)
    return [one.id for one in new]


def keep_told(data: Path, told: list[str]) -> None:
    """Remember which problems the administrators know of."""
    report = last_report(data)
    if report is not None and told:
        save(data, report.model_copy(update={"told": [*report.told, *told]}))
