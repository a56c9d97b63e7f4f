"""Reads the audit log: newest first, by key, filtered by act, person, record, address and days."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Select, select

from boxportal.kernel.audit.models import AuditLine
from boxportal.sdk.clock import day_span
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.database import MAX_ID, ReadSession
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _

PAGE = 50
BATCH = 1000
MOST_TYPED = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """What is looked for: the beginning of an act's name, a person, a record (`crm.deal:12`), an address, days."""

    action: str = ""
    person: int | None = None
    record: str = ""
    address: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def told(self) -> Mapping[str, object]:
        """What was asked for, as the audit log keeps it of an export."""
        return {name: value if isinstance(value, int) else str(value) for name, value in asdict(self).items() if value}


def read_filter(typed: Mapping[str, str], person: int | None) -> AuditFilter:
    """A filter as it was typed: `action`, `record`, `address`, `since`, `until`.

    Raises: Invalid.
    """
    begin, end = (read_day(name, typed.get(name, "")) for name in ("since", "until"))
    if begin and end and end < begin:
        raise Invalid({"until": _("The last day lies before the first.")})
    action, record, address = (typed.get(name, "").strip()[:MOST_TYPED] for name in ("action", "record", "address"))
    return AuditFilter(action=action, person=person, record=record, address=address, since=begin, until=end)


def read_day(name: str, typed: str) -> date | None:
    if not typed.strip():
        return None
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        day = date.min
    if not 1970 <= day.year < 9999:  # noqa: PLR2004 what a calendar and a database can hold
        raise Invalid({name: _("This is no day: write it as 2026-11-25.")})
    return day


def narrowed(found: Select[AuditLine], wish: AuditFilter, zone: str) -> Select[AuditLine]:
    """The lines that the filter leaves; days are those of a zone's calendar."""
    if wish.action:
        found = found.where(AuditLine.action.startswith(wish.action, autoescape=True))
    if wish.person is not None:
        found = found.where(AuditLine.actor_id == wish.person)
    if wish.address:
        found = found.where(AuditLine.address.startswith(wish.address, autoescape=True))
    if wish.since:
        found = found.where(AuditLine.at >= day_span(wish.since, wish.since, zone)[0])
    if wish.until:
        found = found.where(AuditLine.at < day_span(wish.until, wish.until, zone)[1])
    kind, _colon, number = wish.record.partition(":")
    if kind:
        found = found.where(AuditLine.ref_kind == kind)
    if number.isascii() and number.isdecimal():
        found = found.where(AuditLine.ref_id == min(int(number[:19]), MAX_ID))
    return found


def list_lines(
    ctx: ReadCtx, wish: AuditFilter, *, before: int | None, limit: int = PAGE
) -> tuple[Sequence[AuditLine], int | None]:
    """A page of lines, and the id after which the next page begins (None at the end)."""
    found = narrowed(select(AuditLine), wish, ctx.actor.timezone or ctx.company.timezone)
    if before is not None:
        found = found.where(AuditLine.id < before)
    rows = ctx.db.scalars(found.order_by(AuditLine.id.desc()).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def each_line(db: ReadSession, wish: AuditFilter, zone: str) -> Iterator[AuditLine]:
    """All lines that the filter leaves, the oldest first, in bounded memory."""
    last = 0
    while True:
        found = narrowed(select(AuditLine).where(AuditLine.id > last), wish, zone)
        rows = db.scalars(found.order_by(AuditLine.id).limit(BATCH)).all()
        yield from rows
        if len(rows) < BATCH:
            return
        last = rows[-1].id
