"""A person's quiet hours and the hour of their daily mail, by their own clock."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select, update

from boxportal.kernel.identity.models import Person
from boxportal.kernel.notify.models import InboxNotice, NoticeTimes
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.sdk.clock import from_zone, in_zone
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import ReadSession
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _

MAIL_TOPIC = "core.mail-notice"
HOUR = 60
MORNING = 8 * HOUR


@dataclass(frozen=True, slots=True)
class Times:
    """Minutes since midnight in `zone`; without quiet hours both ends are None."""

    zone: str
    quiet_from: int | None = None
    quiet_until: int | None = None
    digest_at: int = MORNING

    def quiet_end(self, now: datetime) -> datetime | None:
        """When the quiet hours end in which `now` lies; None outside of them. They may go over midnight."""
        if self.quiet_from is None or self.quiet_until is None:
            return None
        local = in_zone(now, self.zone)
        minute = local.hour * HOUR + local.minute
        over_midnight = self.quiet_from > self.quiet_until
        began, lasts = minute >= self.quiet_from, minute < self.quiet_until
        if not ((began or lasts) if over_midnight else (began and lasts)):
            return None
        end = self._at(local + timedelta(days=0 if lasts else 1), self.quiet_until)
        return end if end > now else None  # where clocks go back, an hour comes twice

    def next_digest(self, now: datetime) -> datetime:
        """The next time of the daily mail."""
        local = in_zone(now, self.zone)
        today = self._at(local, self.digest_at)
        return today if today > now else self._at(local + timedelta(days=1), self.digest_at)

    def _at(self, day: datetime, minute: int) -> datetime:
        return from_zone(datetime.combine(day.date(), time(*divmod(minute, HOUR))), self.zone)


def times_of(db: ReadSession, person: Person) -> Times:
    """What a person has set."""
    row = db.get(NoticeTimes, person.id)
    if row is None:
        return Times(person.timezone)
    return Times(person.timezone, row.quiet_from, row.quiet_until, row.digest_at)


def set_times(ctx: Ctx, *, quiet_from: str, quiet_until: str, digest_at: str) -> None:
    """Keep the actor's times, typed as `22:00`; what waits already is looked at anew.

    Raises: Invalid when one end of the quiet hours is missing, or both are the same.
    """
    begin, end, digest = (minutes_of(name, text) for name, text in (
        ("quiet_from", quiet_from), ("quiet_until", quiet_until), ("digest_at", digest_at)))  # fmt: skip
    if (begin is None) != (end is None):
        raise Invalid({"quiet_from" if begin is None else "quiet_until": _("Quiet hours need a beginning and an end.")})
    if begin is not None and begin == end:
        raise Invalid({"quiet_until": _("Quiet hours can't end when they begin.")})
    row = ctx.db.get(NoticeTimes, ctx.actor.id)
    if row is None:
        row = NoticeTimes(person_id=ctx.actor.id)
        ctx.db.add(row)
    row.quiet_from, row.quiet_until, row.digest_at = begin, end, MORNING if digest is None else digest
    ctx.db.flush()
    wake_waiting(ctx, Times(ctx.actor.timezone, begin, end, row.digest_at))


def kept_times(ctx: ReadCtx) -> dict[str, str]:
    """The actor's times as they are typed."""
    row = ctx.db.get(NoticeTimes, ctx.actor.id)
    begin, end, digest = (row.quiet_from, row.quiet_until, row.digest_at) if row else (None, None, MORNING)
    return {"quiet_from": clock_of(begin), "quiet_until": clock_of(end), "digest_at": clock_of(digest)}


def minutes_of(name: str, text: str) -> int | None:
    """Raises: Invalid."""
    if not text.strip():
        return None
    try:
        typed = time.fromisoformat(text.strip())
    except ValueError:
        raise Invalid({name: _("Type a time such as 22:00.")}) from None
    return typed.hour * HOUR + typed.minute


def clock_of(minute: int | None) -> str:
    """`22:00`, as a field for a time has it."""
    return "" if minute is None else f"{minute // HOUR:02}:{minute % HOUR:02}"


def wake_waiting(ctx: Ctx, times: Times) -> None:
    """Let notices wait for the new hour of the daily mail, and mails for the new end of the quiet hours."""
    mine = update(InboxNotice).where(InboxNotice.person_id == ctx.actor.id, InboxNotice.digest_at.is_not(None))
    ctx.db.change(mine.values(digest_at=times.next_digest(ctx.now)))
    notices = select(InboxNotice.id).where(InboxNotice.person_id == ctx.actor.id)
    resting = select(OutboxItem).where(
        OutboxItem.topic == MAIL_TOPIC, OutboxItem.state == "waiting", OutboxItem.due_at > ctx.now,
        OutboxItem.last_error == "",
    )  # fmt: skip
    items = {int(str(item.payload["notice"])): item for item in ctx.db.scalars(resting)}
    for notice in ctx.db.scalars(notices.where(InboxNotice.id.in_(items))).all():
        items[notice].due_at = ctx.now
