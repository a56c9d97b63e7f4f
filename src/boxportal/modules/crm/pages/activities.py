"""Activities on any record: planned, ticked off; and how a call went, in one tap."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import Form
from fastapi.responses import Response

from boxportal.contracts.crm import CLIENT_COMPANY, CONTACT, DEAL, LEAD
from boxportal.modules.crm import activities
from boxportal.modules.crm.activities import MAX_RESULT, ActivityData
from boxportal.modules.crm.choosing import people
from boxportal.modules.crm.forms import ActivityForm
from boxportal.modules.crm.kinds import address_of, title_of, visible_row
from boxportal.modules.crm.models.deals import Activity
from boxportal.modules.crm.pages.records import next_activity
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import NotFound
from boxportal.sdk.events import RecordRef
from boxportal.sdk.forms import Choice, FormState
from boxportal.sdk.forms_web import TypedForm, filled_form, submitted
from boxportal.sdk.people import person
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = Router(prefix="/crm/activities")
Reader = Annotated[ReadCtx, reads("crm.activity.see")]
Maker = Annotated[Ctx, writes("crm.activity.create")]
Editor = Annotated[Ctx, writes("crm.activity.edit")]
KINDS: Mapping[str, str] = {"lead": LEAD, "deal": DEAL, "contact": CONTACT, "company": CLIENT_COMPANY}
SHOWN = 100


def ref_of(kind: str, record_id: int) -> RecordRef:
    """Raises: NotFound for a kind that has no activities."""
    if kind not in KINDS:
        raise NotFound
    return RecordRef(KINDS[kind], record_id)


@router.get("")
def activity_list(ctx: Reader, whose: str = "mine") -> Response:
    """What is to be done, soonest first: my own, or everybody's on the records that I see."""
    base = activities.visible_activities(ctx).where(Activity.done_at.is_(None))
    if whose != "all":
        base = base.where(Activity.responsible_id == ctx.actor.id)
    rows = ctx.db.execute(
        base.add_columns(person.c.name)
        .outerjoin(person, person.c.id == Activity.responsible_id)
        .order_by(Activity.due_at.is_(None), Activity.due_at, Activity.id)
        .limit(SHOWN + 1)
    ).all()
    shown = [(row[0], row[1] or "", *record_of(ctx, row[0])) for row in rows[:SHOWN]]
    return page(
        ctx,
        "crm/activity_list.html",
        rows=shown,
        whose=whose,
        kinds=activities.KINDS,
        icons=activities.ICONS,
        more=len(rows) > SHOWN,
    )


def record_of(ctx: ReadCtx, activity: Activity) -> tuple[str, str]:
    ref = RecordRef(activity.ref_kind, activity.ref_id)
    return title_of(visible_row(ctx, ref)), address_of(ref)


@router.get("/on/{kind}/{record_id}")
def activity_new(ctx: Annotated[ReadCtx, reads("crm.activity.create")], kind: str, record_id: RecordId) -> Response:
    """The form of the next activity, which a record's page fetches when it is opened."""
    ref = ref_of(kind, record_id)
    record = title_of(visible_row(ctx, ref))
    return plan_page(ctx, next_activity(ctx, ActivityData()), ref, record)


@router.post("/on/{kind}/{record_id}")
def activity_plan(typed: TypedForm, ctx: Maker, kind: str, record_id: RecordId) -> Response:
    ref = ref_of(kind, record_id)
    row = visible_row(ctx, ref)

    def plan(form: ActivityForm) -> Activity:
        return activities.plan_activity(ctx, ref, data_of(form))

    result = submitted(ctx, ActivityForm, typed, plan, choices=choices(ctx))
    if isinstance(result, FormState):
        return plan_page(ctx, result, ref, title_of(row), status=422)
    return see_other(ctx, f"{address_of(ref)}#planned")


def plan_page(
    ctx: ReadCtx, form: FormState[ActivityForm], ref: RecordRef, record: str, *, status: int = 200
) -> Response:
    values = {"form": form, "action": ctx.origin.path, "record": record, "back": address_of(ref)}
    return page(ctx, "crm/activity_form.html", status=status, activity=None, **values)


@router.post("/on/{kind}/{record_id}/call")
def activity_call(
    ctx: Maker, kind: str, record_id: RecordId, outcome: Annotated[str, Form(max_length=20)] = ""
) -> Response:
    """Keep how the call went, and show what may come next."""
    ref = ref_of(kind, record_id)
    activities.note_call(ctx, ref, outcome)
    return see_other(ctx, f"{address_of(ref)}?after={outcome}#plan")


@router.post("/{activity_id}/finish")
def activity_finish(
    ctx: Editor, activity_id: RecordId, result: Annotated[str, Form(max_length=MAX_RESULT)] = ""
) -> Response:
    activity = activities.finish_activity(ctx, activity_id, result=result)
    return see_other(ctx, f"{address_of(RecordRef(activity.ref_kind, activity.ref_id))}#planned")


@router.get("/{activity_id}/edit")
def activity_edit(ctx: Annotated[ReadCtx, reads("crm.activity.edit")], activity_id: RecordId) -> Response:
    activity = activities.open_activity(ctx, activity_id)
    return activity_form(ctx, filled_form(ctx, ActivityForm, activity, choices=choices(ctx)), activity)


@router.post("/{activity_id}/edit")
def activity_change(typed: TypedForm, ctx: Editor, activity_id: RecordId) -> Response:
    activity = activities.open_activity(ctx, activity_id)

    def change(form: ActivityForm) -> Activity:
        return activities.change_activity(ctx, activity_id, data_of(form))

    result = submitted(ctx, ActivityForm, typed, change, choices=choices(ctx))
    if isinstance(result, FormState):
        return activity_form(ctx, result, activity, status=422)
    return see_other(ctx, f"{address_of(RecordRef(activity.ref_kind, activity.ref_id))}#planned")


def activity_form(ctx: ReadCtx, form: FormState[ActivityForm], activity: Activity, *, status: int = 200) -> Response:
    title, back = record_of(ctx, activity)
    values = {"form": form, "activity": activity, "record": title, "back": back}
    return page(ctx, "crm/activity_form.html", status=status, action=f"/crm/activities/{activity.id}/edit", **values)


def choices(ctx: ReadCtx) -> Mapping[str, Sequence[Choice]]:
    return {"responsible_id": people(ctx)}


def data_of(form: ActivityForm) -> ActivityData:
    return ActivityData(kind=form.kind, title=form.title, due_at=form.due_at, responsible_id=form.responsible_id)
