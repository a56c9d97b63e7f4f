"""Reads the audit log: newest first, by key, filtered by act, person or record."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from boxportal.kernel.audit.models import AuditLine
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.database import MAX_ID

PAGE = 50
MOST_TYPED = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """What is looked for: the beginning of an act's name, a person, a record (`crm.deal:12`)."""

    action: str = ""
    person: int | None = None
    record: str = ""


def list_lines(ctx: ReadCtx, wish: AuditFilter, *, before: int | None) -> tuple[Sequence[AuditLine], int | None]:
    """A page of lines, and the id after which the next page begins (None at the end)."""
    found = select(AuditLine)
    if wish.action:
        found = found.where(AuditLine.action.startswith(wish.action[:MOST_TYPED], autoescape=True))
    if wish.person is not None:
        found = found.where(AuditLine.actor_id == wish.person)
    kind, _colon, number = wish.record.partition(":")
    if kind:
        found = found.where(AuditLine.ref_kind == kind)
    if number.isascii() and number.isdecimal():
        found = found.where(AuditLine.ref_id == min(int(number[:19]), MAX_ID))
    if before is not None:
        found = found.where(AuditLine.id < before)
    rows = ctx.db.scalars(found.order_by(AuditLine.id.desc()).limit(PAGE + 1)).all()
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None
