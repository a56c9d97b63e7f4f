"""Reminders on any record: the form that sets one, fetched into the record's page or a page by itself, and removal."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, Field

from boxportal.kernel.records import reminding
from boxportal.kernel.records.reach import require_visible, title_of
from boxportal.kernel.records.reminding import MORNING, ReminderData
from boxportal.sdk.clock import from_zone, in_zone
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.events import RecordRef
from boxportal.sdk.formats import show_date
from boxportal.sdk.forms import Choice, Choices, FormState, Help, Label, Widget
from boxportal.sdk.forms_web import TypedForm, blank_form, submitted, zone_of
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.people import people_to_choose
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = Router()
Reader = Annotated[ReadCtx, reads()]
Writer = Annotated[Ctx, writes()]
BEFORE = "before:"
DAYS_BEFORE = (0, 1, 3, 7)


class ReminderForm(BaseModel):
    """When, of what and whom; `at` counts where "another time" is chosen, or where it is filled in."""

    when: Annotated[str, Label(_l("When")), Choices()] = "tomorrow"
    at: Annotated[AwareDatetime | None, Label(_l("Date and time")), Help(_l("For “Another time”."))] = None
    text: Annotated[
        str, Label(_l("What about")), Widget("text", autocomplete="off"), Field(max_length=reminding.LONGEST),
        Help(_l("Left empty, the record's name stands here.")),
    ] = ""  # fmt: skip
    person_id: Annotated[int | None, Label(_l("Remind whom")), Choices()] = None

    def data(self, ctx: ReadCtx) -> ReminderData:
        if self.at is None and self.when.startswith(BEFORE):
            days = int(self.when.removeprefix(BEFORE))
            return ReminderData(days_before=days, text=self.text, person_id=self.person_id)
        return ReminderData(at=self.at or instant_of(ctx, self.when), text=self.text, person_id=self.person_id)


def instant_of(ctx: ReadCtx, when: str) -> datetime | None:
    """The instant that a choice means to the actor; None for another time."""
    if when == "hour":
        return ctx.now + timedelta(hours=1)
    days = {"tomorrow": 1, "week": 7}.get(when)
    if days is None:
        return None
    zone = zone_of(ctx)
    day = in_zone(ctx.now, zone).date() + timedelta(days=days)
    return from_zone(datetime.combine(day, MORNING), zone).astimezone(UTC)


def whens(ctx: ReadCtx, ref: RecordRef) -> Sequence[Choice]:
    """The choices of a record: those before its deadline are offered as long as they lie ahead."""
    deadline = reminding.due_day(ctx, ref)
    before = []
    if deadline is not None:
        ahead = [d for d in DAYS_BEFORE if reminding.morning_of(deadline.day, d, zone_of(ctx)) > ctx.now]
        before = [(f"{BEFORE}{days}", words_before(days, deadline)) for days in ahead]
    return [
        ("hour", _("In an hour")),
        ("tomorrow", _("Tomorrow at nine")),
        ("week", _("In a week at nine")),
        *before,
        ("at", _("Another time")),
    ]


def words_before(days: int, deadline: reminding.DueDay) -> str:
    said = {"what": deadline.name, "day": show_date(deadline.day)}
    if days == 0:
        return _("On the day: %(what)s, %(day)s", **said)
    if days == 1:
        return _("The day before: %(what)s, %(day)s", **said)
    return _("%(days)d days before: %(what)s, %(day)s", days=days, **said)


def options(ctx: ReadCtx, ref: RecordRef) -> dict[str, Sequence[Choice]]:
    return {"when": whens(ctx, ref), "person_id": people_to_choose(ctx.db)}


@router.get("/records/{kind}/{record_id}/remind")
def reminder_new(ctx: Reader, kind: str, record_id: RecordId) -> Response:
    ref = RecordRef(kind, record_id)
    require_visible(ctx, ref)
    initial = {"person_id": ctx.actor.id}
    return form_page(ctx, ref, blank_form(ctx, ReminderForm, initial=initial, choices=options(ctx, ref)))


@router.post("/records/{kind}/{record_id}/remind")
def reminder_set(typed: TypedForm, ctx: Writer, kind: str, record_id: RecordId) -> Response:
    ref = RecordRef(kind, record_id)
    require_visible(ctx, ref)

    def act(form: ReminderForm) -> object:
        return reminding.set_reminder(ctx, ref, form.data(ctx))

    done = submitted(ctx, ReminderForm, typed, act, choices=options(ctx, ref))
    if isinstance(done, FormState):
        return form_page(ctx, ref, done, status=422)
    return see_other(ctx, f"{ctx.services.address(ref)}#reminders")


def form_page(ctx: ReadCtx, ref: RecordRef, form: FormState[ReminderForm], status: int = 200) -> Response:
    values = {"title": title_of(ctx, ref), "back": ctx.services.address(ref)}
    return page(ctx, "kernel/remind.html", status=status, ref=ref, form=form, **values)


@router.post("/reminders/{reminder_id}/remove")
def reminder_remove(ctx: Writer, reminder_id: RecordId) -> Response:
    ref = reminding.remove_reminder(ctx, reminder_id)
    return see_other(ctx, f"{ctx.services.address(ref)}#reminders")
