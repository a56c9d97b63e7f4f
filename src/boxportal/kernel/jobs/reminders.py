"""Reminders: told when due, once, also after a restart or days off."""

from datetime import datetime

from sqlalchemy import Select, delete, or_, select, update

from boxportal.contracts.people import PersonLeft
from boxportal.kernel.jobs.models import Reminder
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.context import Ctx, Notice, ReminderWish
from boxportal.sdk.events import Event, RecordRef

BATCH = 500
KERNEL_ID = "core"


def remind(ctx: Ctx, wish: ReminderWish) -> None:
    """Keep a reminder; the same one twice is one."""
    if ctx.db.scalar(alike(wish)) is None:
        ctx.db.add(
            Reminder(
                kind=wish.ref.kind,
                record_id=wish.ref.id,
                topic=wish.topic,
                person_id=wish.to,
                text=wish.text,
                due_at=wish.due,
                created_at=ctx.now,
            )
        )


def alike(wish: ReminderWish) -> Select[int]:
    """Select the reminder that tells the same person the same at the same time, whether it was told or not."""
    return select(Reminder.id).where(
        Reminder.kind == wish.ref.kind,
        Reminder.record_id == wish.ref.id,
        Reminder.due_at == wish.due,
        Reminder.topic == wish.topic,
        Reminder.person_id == wish.to,
    )


def forget(ctx: Ctx, ref: RecordRef, topic: str) -> None:
    """Drop the reminders of a topic on a record that were not told yet."""
    open_ones = delete(Reminder).where(Reminder.kind == ref.kind, Reminder.record_id == ref.id)
    ctx.db.change(open_ones.where(Reminder.topic == topic, Reminder.done_at.is_(None)))


def hand_over(ctx: Ctx, left: Event) -> None:
    """Open reminders of who left go to the successor, but for those that the successor has anyway."""
    if not isinstance(left, PersonLeft):
        raise TypeError(left)
    if left.successor is None:
        return
    mine = select(Reminder).where(Reminder.person_id == left.person, Reminder.done_at.is_(None))
    for row in ctx.db.scalars(mine).all():
        ref = RecordRef(row.kind, row.record_id)
        theirs = ReminderWish(ref=ref, to=left.successor, due=row.due_at, topic=row.topic, text=row.text)
        if ctx.db.scalar(alike(theirs)) is None:
            row.person_id = left.successor
        else:
            ctx.db.delete(row)


def tell_due(ctx: Ctx) -> None:
    """Turn what came due into notices, in one transaction with the mark that it was told.

    Those of a module that is off wait until it is on again.
    """
    parts = (KERNEL_ID, *snapshot_of(ctx).modules)
    works = or_(*(Reminder.kind.startswith(f"{part}.", autoescape=True) for part in parts))
    due = select(Reminder).where(Reminder.done_at.is_(None), Reminder.due_at <= ctx.now, works)
    for row in ctx.db.scalars(due.order_by(Reminder.due_at, Reminder.id).limit(BATCH)).all():
        if claim(ctx, row.id, ctx.now):
            ctx.notify(notice_of(row, ctx))


def claim(ctx: Ctx, reminder_id: int, now: datetime) -> bool:
    mine = update(Reminder).where(Reminder.id == reminder_id, Reminder.done_at.is_(None))
    return ctx.db.change(mine.values(done_at=now)) == 1


def notice_of(row: Reminder, ctx: Ctx) -> Notice:
    ref = RecordRef(row.kind, row.record_id)
    url = ctx.services.address(ref)
    return Notice(to=row.person_id, kind="core.reminder", text="%(text)s", values={"text": row.text}, url=url, ref=ref,
                  key=f"reminder:{row.id}")  # fmt: skip
