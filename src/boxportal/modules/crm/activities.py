"""Activities: calls, meetings, mails and to-dos on any record of the CRM, planned and done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, Select, and_, bindparam, func, or_, select, update

from boxportal.contracts.crm import ACTIVITY, DEAL, LEAD
from boxportal.modules.crm.kinds import MODELS, title_of, visible_row
from boxportal.modules.crm.leads import mark_answered
from boxportal.modules.crm.models.deals import Activity, Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.sdk.context import AuditEntry, Ctx, Notice, ReadCtx, ReminderWish
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, RuleBroken, Stale
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.names import clean_line, clean_text

KINDS: Mapping[str, Lazy] = {
    "call": _l("Call"),
    "meeting": _l("Meeting"),
    "mail": _l("E-mail"),
    "todo": _l("To-do"),
}
ICONS: Mapping[str, str] = {"call": "phone", "meeting": "users", "mail": "mail", "todo": "checklist"}
OUTCOMES: Mapping[str, Lazy] = {
    "reached": _l("Reached"),
    "no_answer": _l("No answer"),
    "wrong_number": _l("Wrong number"),
}
SHOWN = 50
MAX_RESULT = 1000
AGAIN = timedelta(hours=3)
LATER = timedelta(days=1)
PLANNED = (
    select(Activity)
    .where(Activity.ref_kind == bindparam("kind"), Activity.ref_id == bindparam("id"), Activity.done_at.is_(None))
    .order_by(Activity.due_at.is_(None), Activity.due_at)
    .limit(SHOWN)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityData:
    """What can be said of an activity that is planned."""

    kind: str = "todo"
    title: str = ""
    due_at: datetime | None = None
    responsible_id: int | None = None
    source: str = ""
    external_id: str | None = None


def visible_activities(ctx: ReadCtx) -> Select[Activity]:
    """The activities on the records that the actor may see."""
    on = [and_(Activity.ref_kind == kind, Activity.ref_id.in_(ctx.visible(kind))) for kind in MODELS]
    return select(Activity).where(or_(*on))


def activities_on(ctx: ReadCtx, ref: RecordRef) -> Sequence[Row[Activity]]:
    """What is planned on a record, soonest first, undated last. The caller has checked that it is visible."""
    return ctx.db.rows(PLANNED, {"kind": ref.kind, "id": ref.id})


def plan_activity(ctx: Ctx, ref: RecordRef, data: ActivityData) -> Activity:
    """Plan something on a record; whoever is to do it is reminded at its time.

    Raises: NotFound, Invalid.
    """
    row = visible_row(ctx, ref)
    activity = new_activity(ctx, ref, data)
    if activity.responsible_id is not None and activity.responsible_id != ctx.actor.id:
        tell_planned(ctx, activity, title_of(row))
    refresh_next(ctx, ref)
    return activity


def new_activity(ctx: Ctx, ref: RecordRef, data: ActivityData) -> Activity:
    if data.kind not in KINDS:
        raise Invalid({"kind": _("Choose one from the list.")})
    activity = Activity(
        kind=data.kind,
        ref_kind=ref.kind,
        ref_id=ref.id,
        title=clean_line(data.title)[:200] or str(KINDS[data.kind]),
        due_at=data.due_at,
        responsible_id=data.responsible_id if data.responsible_id is not None else ctx.actor.id,
        created_by=ctx.actor.id,
        created_at=ctx.now,
        source=data.source,
        external_id=data.external_id,
        version=1,
    )
    ctx.db.add(activity)
    ctx.db.flush()
    remind_of(ctx, activity)
    return activity


def topic_of(activity: Activity) -> str:
    return f"crm.activity:{activity.id}"


def remind_of(ctx: Ctx, activity: Activity) -> None:
    """Keep one reminder at the activity's time, for whoever is to do it now."""
    ref = RecordRef(activity.ref_kind, activity.ref_id)
    ctx.forget_reminders(ref, topic_of(activity))
    if activity.done_at is None and activity.due_at is not None and activity.responsible_id is not None:
        ctx.remind(
            ReminderWish(
                ref=ref, to=activity.responsible_id, due=activity.due_at, text=activity.title, topic=topic_of(activity)
            )
        )


def tell_planned(ctx: Ctx, activity: Activity, record: str) -> None:
    if activity.responsible_id is None:
        return
    ref = RecordRef(activity.ref_kind, activity.ref_id)
    ctx.notify(
        Notice(
            to=activity.responsible_id,
            kind="crm.activity",
            text=_n("To do for you: %(title)s (%(record)s)"),
            values={"title": activity.title, "record": record},
            url=ctx.services.address(ref),
            ref=ref,
            key=f"crm.activity:{activity.id}:{activity.responsible_id}",
        )
    )


def change_activity(ctx: Ctx, activity_id: int, data: ActivityData, *, version: int | None = None) -> Activity:
    """Put another time, title or person on an activity that is not done.

    Raises: NotFound, RuleBroken, Stale, Invalid.
    """
    activity = open_activity(ctx, activity_id)
    if version is not None and version != activity.version:
        raise Stale(facts_of_activity(activity))
    if data.kind not in KINDS:
        raise Invalid({"kind": _("Choose one from the list.")})
    before = activity.responsible_id
    activity.kind, activity.due_at = data.kind, data.due_at
    activity.title = clean_line(data.title)[:200] or str(KINDS[data.kind])
    activity.responsible_id = data.responsible_id if data.responsible_id is not None else before
    activity.version += 1
    remind_of(ctx, activity)
    refresh_next(ctx, RecordRef(activity.ref_kind, activity.ref_id))
    return activity


def facts_of_activity(activity: Activity) -> Mapping[str, object]:
    return {
        "kind": activity.kind,
        "title": activity.title,
        "due_at": activity.due_at,
        "responsible_id": activity.responsible_id,
        "done_at": activity.done_at,
    }


def open_activity(ctx: ReadCtx, activity_id: int) -> Activity:
    """Raises: NotFound, RuleBroken when it is done already."""
    activity = one(ctx.db, visible_activities(ctx).where(Activity.id == activity_id))
    if activity.done_at is not None:
        raise RuleBroken(_("This is done already."))
    return activity


def finish_activity(ctx: Ctx, activity_id: int, *, result: str = "") -> Activity:
    """Tick an activity off; a call, meeting or mail on a lead answers it, unless nobody was reached.

    Raises: NotFound, RuleBroken when it is done already.
    """
    activity = open_activity(ctx, activity_id)
    activity.done_at, activity.result = ctx.now, clean_text(result)[:MAX_RESULT]
    activity.version += 1
    ref = RecordRef(activity.ref_kind, activity.ref_id)
    ctx.forget_reminders(ref, topic_of(activity))
    after_done(ctx, activity)
    return activity


def after_done(ctx: Ctx, activity: Activity) -> None:
    ref = RecordRef(activity.ref_kind, activity.ref_id)
    ctx.audit(AuditEntry(action="crm.activity.finish", ref=RecordRef(ACTIVITY, activity.id), title=activity.title))
    ctx.db.flush()
    refresh_next(ctx, ref)
    reached_nobody = activity.kind == "todo" or activity.result in ("no_answer", "wrong_number")
    lead = ctx.db.get(Lead, ref.id) if ref.kind == LEAD and not reached_nobody else None
    if lead is not None:
        mark_answered(ctx, lead)


def note_call(ctx: Ctx, ref: RecordRef, outcome: str) -> ActivityData:
    """Keep how a call went, in one tap; returns what to propose next.

    Raises: NotFound, Invalid.
    """
    visible_row(ctx, ref)
    if outcome not in OUTCOMES:
        raise Invalid({"outcome": _("Choose one from the list.")})
    call = new_activity(ctx, ref, ActivityData(kind="call"))
    call.done_at, call.result = ctx.now, outcome
    after_done(ctx, call)
    return proposal_after(ctx, outcome)


def proposal_after(ctx: ReadCtx, outcome: str) -> ActivityData:
    """The next step that fits how a call went."""
    later = ctx.now + LATER
    if outcome == "no_answer":
        return ActivityData(kind="call", title=_("Call again"), due_at=ctx.now + AGAIN)
    if outcome == "wrong_number":
        return ActivityData(kind="mail", title=_("Ask for the right number"), due_at=later)
    return ActivityData(kind="todo", title=_("Send what was agreed"), due_at=later)


def refresh_next(ctx: Ctx, ref: RecordRef) -> None:
    """Keep on a deal how many activities are open and when the first is due."""
    if ref.kind != DEAL:
        return
    ctx.db.flush()
    planned = select(func.count(), func.min(Activity.due_at)).where(
        Activity.ref_kind == ref.kind, Activity.ref_id == ref.id, Activity.done_at.is_(None)
    )
    count, first = ctx.db.execute(planned).one()
    ctx.db.change(update(Deal).where(Deal.id == ref.id).values(open_activities=count, next_at=first))
