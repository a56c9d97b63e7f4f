"""Recomputes the hash chain of the audit log and finds the first line that does not fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Row, select

from boxportal.kernel.audit.chain import START, Head, count_unsealed, hash_of, head_of
from boxportal.kernel.audit.models import AuditLine, AuditSeal
from boxportal.sdk.database import ReadSession

PAGE = 1000
LEAST_DIGITS = 8


class Fault(StrEnum):
    """What is wrong with a line."""

    CHANGED = "changed"
    DELETED = "deleted"
    INSERTED = "inserted"
    UNSEALED = "seal missing"


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
    found = [one for one in (first_broken(db, head), first_inserted(db, head)) if one is not None]
    return Verdict(head, count_unsealed(db, head), min(found, key=lambda one: one.line_id, default=None))


def first_broken(db: ReadSession, head: Head) -> Misfit | None:
    number, before, line_id = 0, START, 0
    while number < head.number:
        rows = page_of(db, number)
        for seal, line in rows:
            if seal.number != number + 1:
                return Misfit(line_id + 1, Fault.UNSEALED)
            if line is None:
                return Misfit(seal.line_id, Fault.DELETED)
            if seal.line_id <= line_id or hash_of(line, seal.number, before) != seal.hash:
                return Misfit(seal.line_id, Fault.CHANGED)
            number, before, line_id = seal.number, seal.hash, seal.line_id
    return None


def page_of(db: ReadSession, after: int) -> Sequence[Row[AuditSeal, AuditLine | None]]:
    both = select(AuditSeal, AuditLine).outerjoin(AuditLine, AuditLine.id == AuditSeal.line_id)
    return db.execute(both.where(AuditSeal.number > after).order_by(AuditSeal.number).limit(PAGE)).all()


def first_inserted(db: ReadSession, head: Head) -> Misfit | None:
    """A line that stands among the sealed ones without a seal: lines are sealed in order, so it came afterwards."""
    lines = select(AuditLine.id).outerjoin(AuditSeal, AuditSeal.line_id == AuditLine.id)
    stray = db.scalar(
        lines.where(AuditSeal.number.is_(None), AuditLine.id < head.line_id).order_by(AuditLine.id).limit(1)
    )
    return Misfit(stray, Fault.INSERTED) if stray is not None else None


def holds(db: ReadSession, noted: str) -> bool:
    """Whether the chain still has a seal that was noted earlier, as `NUMBER:HASH` (the first digits are enough)."""
    number, _colon, digits = noted.strip().lower().partition(":")
    if not (number.isascii() and number.isdecimal() and len(number) < LEAST_DIGITS * 2 and len(digits) >= LEAST_DIGITS):
        return False
    found = db.scalar(select(AuditSeal.hash).where(AuditSeal.number == int(number)))
    return found is not None and found.startswith(digits)
