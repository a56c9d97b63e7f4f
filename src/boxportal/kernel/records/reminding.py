"""Reminders that people set on records: at a time, or so many days before the record's deadline.

A reminder before a deadline keeps the instant that it came to, and is put anew when the record's module says that the
deadline moved (`ctx.deadline_moved`). Where the deadline is taken off it stays at its last instant: no reminder is lost
silently.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, bindparam, func, or_, select

from boxportal.kernel.identity.models import Person
from boxportal.kernel.jobs.models import Reminder
from boxportal.kernel.records.reach import may_see, require_visible, title_of
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.clock import from_zone
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Invalid, NotFound
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.module import Deadline
from boxportal.sdk.names import clean_line

TOPIC = "core.own"
LONGEST = 500
MOST = 50
MOST_DAYS = 365
FARTHEST = timedelta(days=366 * 20)
MORNING = time(9)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderData:
    """When to remind whom of what: `at` an instant, or `days_before` the deadline at nine; nobody named is oneself."""

    at: datetime | None = None
    days_before: int | None = None
    text: str = ""
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class DueDay:
    """A record's deadline as it is now: what it is called, and the day."""

    name: str
    day: date


OPEN_ON = (
    select(Reminder, Person.name)
    .join(Person, Person.id == Reminder.person_id)
    .where(
        Reminder.kind == bindparam("kind"),
        Reminder.record_id == bindparam("id"),
        Reminder.topic.startswith(TOPIC),
        Reminder.done_at.is_(None),
        or_(Reminder.person_id == bindparam("me"), Reminder.author_id == bindparam("me")),
    )
    .order_by(Reminder.due_at, Reminder.id)
    .limit(MOST)
)


def reminders_on(ctx: ReadCtx, ref: RecordRef) -> Sequence[tuple[Reminder, str]]:
    """What the actor has coming on a record, or set there for others, soonest first, with whom it tells.

    The caller has checked that the record is visible.
    """
    values = {"kind": ref.kind, "id": ref.id, "me": ctx.actor.id}
    return [(row, name) for row, name in ctx.db.execute(OPEN_ON, values)]


def my_reminders(ctx: ReadCtx) -> Select[Reminder]:
    """What the actor has coming, or set for others, on any record whose module is on."""
    mine = or_(Reminder.person_id == ctx.actor.id, Reminder.author_id == ctx.actor.id)
    there = Reminder.kind.in_(list(snapshot_of(ctx).kinds))
    return select(Reminder).where(Reminder.topic.startswith(TOPIC), Reminder.done_at.is_(None), mine, there)


def due_day(ctx: ReadCtx, ref: RecordRef) -> DueDay | None:
    """The record's deadline; None where its kind has none, or it is not set."""
    deadline = deadline_of(ctx, ref)
    if deadline is None:
        return None
    identity = deadline.column.class_.__table__.c.id
    day = ctx.db.scalar(select(deadline.column).where(identity == ref.id))
    return DueDay(str(deadline.name), day) if day is not None else None


def deadline_of(ctx: ReadCtx, ref: RecordRef) -> Deadline | None:
    kind = snapshot_of(ctx).kinds.get(ref.kind)
    return kind.deadline if kind else None


def set_reminder(ctx: Ctx, ref: RecordRef, data: ReminderData) -> Reminder:
    """Remind somebody of a record; the same one twice is one, with the text of the second.

    Raises: NotFound, Invalid (`at`, `days_before`, `text`, `person_id`).
    """
    require_visible(ctx, ref)
    person = who_is_told(ctx, ref, data.person_id)
    due = when_due(ctx, ref, data, person)
    text = clean_line(data.text) or title_of(ctx, ref)
    if len(text) > LONGEST:
        raise Invalid({"text": _("Use at most %(most)d characters.", most=LONGEST)})
    topic = topic_of(data.days_before)
    theirs = of_record(ref).where(Reminder.person_id == person.id)
    same = ctx.db.scalar(theirs.where(Reminder.topic == topic, Reminder.due_at == due))
    if same is not None:
        same.text, same.done_at = text, None
        return same
    open_ones = theirs.where(Reminder.done_at.is_(None))
    if (ctx.db.scalar(select(func.count()).select_from(open_ones.subquery())) or 0) >= MOST:
        raise Invalid({"at": _("There are %(most)d reminders here already.", most=MOST)})
    reminder = Reminder(
        kind=ref.kind,
        record_id=ref.id,
        topic=topic,
        person_id=person.id,
        author_id=ctx.actor.id,
        text=text,
        due_at=due,
        days_before=data.days_before,
        created_at=ctx.now,
    )
    ctx.db.add(reminder)
    ctx.db.flush()
    return reminder


def topic_of(days_before: int | None) -> str:
    """One for each distance from the deadline, so that reminders that move together never become one."""
    return TOPIC if days_before is None else f"{TOPIC}:{days_before}"


def of_record(ref: RecordRef) -> Select[Reminder]:
    own = Reminder.topic.startswith(TOPIC)
    return select(Reminder).where(Reminder.kind == ref.kind, Reminder.record_id == ref.id, own)


def who_is_told(ctx: ReadCtx, ref: RecordRef, person_id: int | None) -> Person:
    wanted = ctx.actor.id if person_id is None else person_id
    person = ctx.db.get(Person, wanted) if wanted is not None else None
    if person is None or person.state != "active":
        raise Invalid({"person_id": _("Choose one from the list.")})
    if person.id != ctx.actor.id and not may_see(ctx, person.id, ref):
        raise Invalid({"person_id": _("%(name)s may not see this.", name=person.name)})
    return person


def when_due(ctx: ReadCtx, ref: RecordRef, data: ReminderData, person: Person) -> datetime:
    if (data.at is None) == (data.days_before is None):
        raise Invalid({"at": _("Say when.")})
    field, due = "at", data.at
    if data.days_before is not None:
        field, due = "days_before", before_deadline(ctx, ref, data.days_before, person)
    if due is None or due <= ctx.now:
        raise Invalid({field: _("This time is past.")})
    if due > ctx.now + FARTHEST:
        raise Invalid({field: _("That is too far away.")})
    return due.replace(microsecond=0)


def before_deadline(ctx: ReadCtx, ref: RecordRef, days: int, person: Person) -> datetime:
    if not 0 <= days <= MOST_DAYS:
        raise Invalid({"days_before": _("Use 0 to %(most)d days.", most=MOST_DAYS)})
    deadline = due_day(ctx, ref)
    if deadline is None:
        raise Invalid({"days_before": _("There is no deadline here.")})
    return morning_of(deadline.day, days, person.timezone)


def morning_of(day: date, days: int, zone: str) -> datetime:
    """Nine o'clock, by the clocks of a zone, so many days before a day."""
    return from_zone(datetime.combine(day - timedelta(days=days), MORNING), zone)


def follow_deadline(ctx: Ctx, ref: RecordRef) -> None:
    """Put the reminders before a record's deadline where it is now; what would be past by that is told at once."""
    moving = of_record(ref).where(Reminder.days_before.is_not(None), Reminder.done_at.is_(None))
    rows = ctx.db.scalars(moving.order_by(Reminder.id)).all()
    deadline = due_day(ctx, ref) if rows else None
    if deadline is None:
        return
    for reminder in rows:
        zone = ctx.db.scalar(select(Person.timezone).where(Person.id == reminder.person_id))
        put_at(ctx, reminder, morning_of(deadline.day, reminder.days_before or 0, zone or ctx.company.timezone))


def put_at(ctx: Ctx, reminder: Reminder, due: datetime) -> None:
    """Move a reminder. Of two that would tell the same, the one that was set later stays, to be told once more.

    They meet where one was told at this very instant before, or where they were put by the clocks of two zones.
    """
    theirs = of_record(RecordRef(reminder.kind, reminder.record_id)).where(
        Reminder.person_id == reminder.person_id, Reminder.topic == reminder.topic, Reminder.id != reminder.id
    )
    while (same := ctx.db.scalar(theirs.where(Reminder.due_at == due))) is not None:
        if same.done_at is not None:
            due += timedelta(seconds=1)
            continue
        if same.id > reminder.id:
            ctx.db.delete(reminder)
            return
        ctx.db.delete(same)
        ctx.db.flush()
    reminder.due_at = due


def remove_reminder(ctx: Ctx, reminder_id: int) -> RecordRef:
    """Take a reminder off that was not told yet: whom it tells may, and who set it.

    Raises: NotFound.
    """
    reminder = ctx.db.scalar(my_reminders(ctx).where(Reminder.id == reminder_id))
    if reminder is None:
        raise NotFound
    ref = RecordRef(reminder.kind, reminder.record_id)
    ctx.db.delete(reminder)
    return ref
