"""Reminders on records over the API. They are a person's own, whatever record they are on: a key needs that scope."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from boxportal.kernel.api.own import require_own
from boxportal.kernel.identity.sessions import OWN_EDIT, OWN_SEE
from boxportal.kernel.jobs.models import Reminder
from boxportal.kernel.records import reminding
from boxportal.kernel.records.reminding import ReminderData
from boxportal.sdk.api import Cursor, Input, Instant, Limit, RowId, page_by_id
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.events import RecordRef
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, created, reads, writes

router = Router(prefix="/reminders")
Reader = Annotated[ReadCtx, reads()]
Writer = Annotated[Ctx, writes()]
KindName = Annotated[str, Field(max_length=40)]


class ReminderIn(Input):
    """A reminder on a record: `at` an instant, or `days_before` its deadline, at nine by the clocks of whom it tells.

    Without `text` the record's name is told, without `person_id` the token's person.
    """

    record_kind: KindName
    record_id: RowId
    at: Instant | None = None
    days_before: int | None = None
    text: str = ""
    person_id: RowId | None = None


class ReminderOut(BaseModel):
    """A reminder that was not told yet."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    record_kind: str = Field(validation_alias="kind")
    record_id: int
    due_at: datetime
    days_before: int | None
    text: str
    person_id: int
    author_id: int | None
    created_at: datetime


class RemindersOut(BaseModel):
    """One page of reminders, newest first."""

    items: list[ReminderOut]
    next: str | None


@router.get("")
def reminder_list(
    ctx: Reader,
    limit: Limit = 50,
    cursor: Cursor = 0,
    *,
    record_kind: Annotated[str | None, Query(max_length=40)] = None,
    record_id: RowId | None = None,
) -> RemindersOut:
    """What the token's person has coming, or set for others, on a record or on all."""
    require_own(ctx, OWN_SEE)
    wanted = reminding.my_reminders(ctx)
    if record_kind is not None:
        wanted = wanted.where(Reminder.kind == record_kind)
    if record_id is not None:
        wanted = wanted.where(Reminder.record_id == record_id)
    rows, following = page_by_id(ctx.db, wanted, Reminder.id, limit=limit, cursor=cursor)
    return RemindersOut(items=[ReminderOut.model_validate(row) for row in rows], next=following)


@router.post("", response_model=ReminderOut, status_code=201)
def reminder_set(ctx: Writer, body: ReminderIn) -> Response:
    """Remind somebody of a record; the same one twice is one."""
    require_own(ctx, OWN_EDIT)
    data = ReminderData(at=body.at, days_before=body.days_before, text=body.text, person_id=body.person_id)
    reminder = reminding.set_reminder(ctx, RecordRef(body.record_kind, body.record_id), data)
    return created(ctx, ReminderOut.model_validate(reminder), location=f"/api/v1/reminders/{reminder.id}")


@router.get("/{reminder_id}")
def reminder_show(ctx: Reader, reminder_id: RecordId) -> ReminderOut:
    """One reminder."""
    require_own(ctx, OWN_SEE)
    return ReminderOut.model_validate(one(ctx.db, reminding.my_reminders(ctx).where(Reminder.id == reminder_id)))


@router.delete("/{reminder_id}", status_code=204)
def reminder_remove(ctx: Writer, reminder_id: RecordId) -> Response:
    """Take a reminder off that was not told yet."""
    require_own(ctx, OWN_EDIT)
    reminding.remove_reminder(ctx, reminder_id)
    return Response(status_code=204)
