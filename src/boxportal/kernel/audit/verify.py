"""Recomputes the hash chain of the audit log and finds the first line that does not fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Row, select

from boxportal.kernel.audit.chain import START, Head, count_unsealed, hash_of, head_of
from boxportal.kernel.audit.models import AuditDay, AuditLine, AuditSeal
from boxportal.sdk.database import ReadSession

PAGE = 1000
LEAST_DIGITS = 8
DROP = "core.audit.drop"
"""The act that tells of a day whose lines were dropped."""


class Fault(StrEnum):
    """What is wrong with a line."""

    CHANGED = "changed"
    DELETED = "deleted"
    INSERTED = "inserted"
    UNSEALED = "seal missing"
    CUT = "dropped without a line that tells of it"


@dataclass(frozen=True, slots=True)
class Misfit:
    """The first line that does not fit."""

    line_id: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: how far the chain is, how many lines wait, and what does not fit, if anything."""

    head: Head
    waiting: int
    misfit: Misfit | None


def verify_chain(db: ReadSession) -> Verdict:
    """Go through the whole log, a page at a time."""
    head = head_of(db)
    looked = (cut_off(db), first_broken(db, upto=head.number), first_inserted(db, head))
    found = [one for one in looked if one is not None]
    return Verdict(head, count_unsealed(db, head), min(found, key=lambda one: one.line_id, default=None))


def newest_day(db: ReadSession) -> AuditDay | None:
    """The newest day that was dropped: the chain begins after it."""
    return db.scalars(select(AuditDay).order_by(AuditDay.number.desc()).limit(1)).first()


def cut_off(db: ReadSession) -> Misfit | None:
    """Days that are gone without a line that says so were taken by hand."""
    day = newest_day(db)
    if day is None:
        return None
    said = select(AuditLine.after).where(AuditLine.action == DROP).order_by(AuditLine.id.desc()).limit(1)
    after = db.scalar(said) or {}
    return None if after.get("hash") == day.hash else Misfit(day.line_id, Fault.CUT)


def first_broken(db: ReadSession, *, upto: int) -> Misfit | None:
    """The first line up to a seal's number that does not fit."""
    day = newest_day(db)
    number, before, line_id = (day.number, day.hash, day.line_id) if day else (0, START, 0)
    while number < upto:
        rows = page_of(db, number, upto)
        if not rows:
            return Misfit(line_id + 1, Fault.UNSEALED)
        for seal, line in rows:
            if seal.number != number + 1:
                return Misfit(line_id + 1, Fault.UNSEALED)
            if line is None:
                return Misfit(seal.line_id, Fault.DELETED)
            if seal.line_id <= line_id or hash_of(line, seal.number, before) != seal.hash:
                return Misfit(seal.line_id, Fault.CHANGED)
            number, before, line_id = seal.number, seal.hash, seal.line_id
    return None


def page_of(db: ReadSession, after: int, upto: int) -> Sequence[Row[AuditSeal, AuditLine | None]]:
    both = select(AuditSeal, AuditLine).outerjoin(AuditLine, AuditLine.id == AuditSeal.line_id)
    return db.execute(
        both.where(AuditSeal.number > after, AuditSeal.number <= upto).order_by(AuditSeal.number).limit(PAGE)
    ).all()


def first_inserted(db: ReadSession, head: Head) -> Misfit | None:
    """A line that stands among the sealed ones without a seal: lines are sealed in order, so it came afterwards."""
    lines = select(AuditLine.id).outerjoin(AuditSeal, AuditSeal.line_id == AuditLine.id)
    stray = db.scalar(
        lines.where(AuditSeal.number.is_(None), AuditLine.id < head.line_id).order_by(AuditLine.id).limit(1)
    )
    return Misfit(stray, Fault.INSERTED) if stray is not None else None


def holds(db: ReadSession, noted: str) -> bool:
    """Whether the chain still has a seal that was noted earlier, as `NUMBER:HASH` (the first digits are enough).

    Of a dropped day only the last seal is kept: of one in the middle nothing is known, and it counts as held.
    """
    number, _colon, digits = noted.strip().lower().partition(":")
    if not (number.isascii() and number.isdecimal() and len(number) < LEAST_DIGITS * 2 and len(digits) >= LEAST_DIGITS):
        return False
    sealed = select(AuditSeal.hash).where(AuditSeal.number == int(number))
    dropped = select(AuditDay.hash).where(AuditDay.number == int(number))
    found = db.scalar(sealed) or db.scalar(dropped)
    if found is None:
        day = newest_day(db)
        return day is not None and int(number) < day.number
    return found.startswith(digits)
