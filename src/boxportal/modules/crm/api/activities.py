"""Activities over the API."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from boxportal.modules.crm import activities
from boxportal.modules.crm.activities import ActivityData
from boxportal.modules.crm.api.records import ExternalId, Source, Sourced, known_id
from boxportal.modules.crm.models.deals import Activity
from boxportal.sdk.api import Cursor, Input, Instant, Limit, RowId, etag_of, page_by_id
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import NotFound
from boxportal.sdk.events import RecordRef
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, answered, created, reads, writes

router = Router(prefix="/activities", tags=["crm"])
Reader = Annotated[ReadCtx, reads("crm.deal.see")]
Editor = Annotated[Ctx, writes("crm.deal.edit")]
RecordKindName = Literal["crm.lead", "crm.deal", "crm.contact", "crm.client_company"]


class ActivityNew(Sourced):
    """Something to do on a record; whoever is responsible is reminded at `due_at`."""

    kind: Literal["call", "meeting", "mail", "todo"] = "todo"
    record_kind: RecordKindName
    record_id: RowId
    title: str = ""
    due_at: Instant | None = None
    responsible_id: RowId | None = None


class ActivityDone(Input):
    """What came of it."""

    result: str = ""


class ActivityOut(BaseModel):
    """An activity as it is kept."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    kind: str
    record_kind: str = Field(validation_alias="ref_kind")
    record_id: int = Field(validation_alias="ref_id")
    title: str
    due_at: datetime | None
    done_at: datetime | None
    result: str
    responsible_id: int | None
    source: str
    external_id: str | None
    created_at: datetime
    version: int


class ActivitiesOut(BaseModel):
    """One page of activities, newest first."""

    items: list[ActivityOut]
    next: str | None


@router.get("")
def activity_list(ctx: Reader, limit: Limit = 50, cursor: Cursor = 0, *, done: bool | None = None) -> ActivitiesOut:
    """Activities on records that the token's person may see."""
    wanted = activities.visible_activities(ctx)
    if done is not None:
        wanted = wanted.where(Activity.done_at.is_not(None) if done else Activity.done_at.is_(None))
    rows, following = page_by_id(ctx.db, wanted, Activity.id, limit=limit, cursor=cursor)
    return ActivitiesOut(items=[ActivityOut.model_validate(row) for row in rows], next=following)


@router.get("/{activity_id}", response_model=ActivityOut)
def activity_show(ctx: Reader, activity_id: RecordId) -> Response:
    """One activity."""
    return answer(ctx, one(ctx.db, activities.visible_activities(ctx).where(Activity.id == activity_id)))


@router.post("", response_model=ActivityOut, status_code=201)
def activity_create(ctx: Editor, body: ActivityNew) -> Response:
    """Plan something on a record."""
    ref = RecordRef(body.record_kind, body.record_id)
    return made(ctx, activities.plan_activity(ctx, ref, data_of(body, body.source, body.external_id)))


@router.put("/external/{source}/{external_id}", response_model=ActivityOut)
def activity_put(ctx: Editor, source: Source, external_id: ExternalId, body: ActivityNew) -> Response:
    """Create the activity that another program knows by this id, or change it while it is not done."""
    data = data_of(body, source, external_id)
    known = known_id(ctx, Activity, source, external_id)
    if known is None:
        return made(ctx, activities.plan_activity(ctx, RecordRef(body.record_kind, body.record_id), data))
    if ctx.db.scalar(activities.visible_activities(ctx).where(Activity.id == known)) is None:
        raise NotFound
    return answer(ctx, activities.change_activity(ctx, known, data))


@router.post("/{activity_id}/done", response_model=ActivityOut)
def activity_done(ctx: Editor, activity_id: RecordId, body: ActivityDone) -> Response:
    """Note that it was done, and what came of it."""
    return answer(ctx, activities.finish_activity(ctx, activity_id, result=body.result))


def made(ctx: Ctx, activity: Activity) -> Response:
    return created(ctx, ActivityOut.model_validate(activity), location=f"/api/v1/crm/activities/{activity.id}")


def answer(ctx: ReadCtx, activity: Activity) -> Response:
    return answered(ctx, ActivityOut.model_validate(activity), etag=etag_of(activity))


def data_of(body: ActivityNew, source: str, external_id: str | None) -> ActivityData:
    return ActivityData(
        kind=body.kind,
        title=body.title,
        due_at=body.due_at,
        responsible_id=body.responsible_id,
        source=source,
        external_id=external_id,
    )
