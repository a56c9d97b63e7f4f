"""The kernel's own part of the API: who am I, who works here, search."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel
from sqlalchemy import select

from boxportal.kernel.api import own, portal, reminders, views
from boxportal.kernel.running import snapshot_of
from boxportal.kernel.search.find import LONGEST, find
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.people import person
from boxportal.sdk.routing import Router
from boxportal.sdk.web import reads

router = Router(prefix="/api/v1", tags=["portal"])
Reader = Annotated[ReadCtx, reads()]
MOST = 200


class PersonOut(BaseModel):
    """Somebody who works here."""

    id: int
    name: str
    email: str


class MeOut(PersonOut):
    """Whose token it is, and how far it reaches: permission → own, team or all."""

    language: str
    timezone: str
    grants: dict[str, str]


class PeopleOut(BaseModel):
    """One page of people; `next` is the cursor of the following one."""

    items: list[PersonOut]
    next: str | None


class HitOut(BaseModel):
    """A record that was found."""

    kind: str
    id: int
    title: str
    url: str


class HitsOut(BaseModel):
    """What a search found, newest first in each kind."""

    items: list[HitOut]


@router.get("/me")
def me_show(ctx: Reader) -> MeOut:
    """Who this token acts for."""
    actor = ctx.actor
    grants = {name: ctx.actor.scope(name).name.lower() for name in snapshot_of(ctx).permissions if ctx.can(name)}
    return MeOut(
        id=actor.id or 0,
        name=actor.name,
        email=actor.email,
        language=actor.language,
        timezone=actor.timezone,
        grants=grants,
    )


@router.get("/people")
def people_list(
    ctx: Reader, limit: Annotated[int, Query(ge=1, le=MOST)] = 50, cursor: Annotated[int, Query(ge=0)] = 0
) -> PeopleOut:
    """Everyone who works here now, by id."""
    active = select(person.c.id, person.c.name, person.c.email).where(person.c.state == "active", person.c.id > cursor)
    rows = ctx.db.execute(active.order_by(person.c.id).limit(limit + 1)).all()
    more = str(rows[limit - 1][0]) if len(rows) > limit else None
    return PeopleOut(items=[PersonOut(id=r[0], name=r[1], email=r[2]) for r in rows[:limit]], next=more)


@router.get("/search")
def search(ctx: Reader, q: Annotated[str, Query(max_length=LONGEST)]) -> HitsOut:
    """Records whose words begin with the words of `q`."""
    hits = find(ctx, snapshot_of(ctx), q)
    return HitsOut(items=[HitOut(kind=hit.kind, id=hit.id, title=hit.title, url=hit.url) for hit in hits])


router.gather(views.router, reminders.router, own.router, portal.router)
