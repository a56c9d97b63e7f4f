"""The portal itself, over the API, for keys of administrators: modules, the public door, what the box talked to."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, Field

from boxportal.kernel.backup.places import data_of
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.door import DoorSettings
from boxportal.kernel.identity.sessions import ADMIN_EDIT, ADMIN_SEE
from boxportal.kernel.letting_in import setting, trying
from boxportal.kernel.running import company_of
from boxportal.kernel.state import offered_address, read_door
from boxportal.kernel.switch.cards import Card, cards_of
from boxportal.kernel.switch.cost import known_costs
from boxportal.kernel.talks import AllowedTargets, allow_target, forbid_target, list_calls
from boxportal.sdk.api import Cursor, Input, Limit
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.routing import Router
from boxportal.sdk.web import answered, created, reads, writes

router = Router()
Reader = Annotated[ReadCtx, reads(ADMIN_SEE)]
Writer = Annotated[Ctx, writes(ADMIN_EDIT)]


class DoorIn(Input):
    """The public address, and the port for clients alone if there is one."""

    address: Annotated[str, Field(max_length=300)]
    listen: Annotated[str, Field(max_length=60)] = ""


class DoorOut(BaseModel):
    """The public door: `offered` is what links for clients begin with, empty until somebody from outside was seen."""

    address: str
    listen: str
    offered: str
    tested_at: AwareDatetime | None
    tested_from: str
    seen_at: AwareDatetime | None
    seen_from: str


class DoorTestOut(BaseModel):
    """A link that works once, within an hour: opened from outside it shows that clients get in."""

    link: str


class LackOut(BaseModel):
    """What a module that is being prepared still needs, and the page on which it is given."""

    text: str
    url: str


class ModuleOut(BaseModel):
    """A module: state is on, preparing, off or never; `measured_at`: when its cost was, on this machine."""

    id: str
    title: str
    summary: str
    version: str
    state: str
    since: AwareDatetime | None
    requires: list[str]
    data_kept: bool
    people_30_days: int
    memory_mb: float
    disk_mb: float
    measured_at: AwareDatetime | None
    lacking: list[LackOut]


class ModulesOut(BaseModel):
    """All modules; what is required stands before what requires it."""

    items: list[ModuleOut]
    next: None = None


class CallOut(BaseModel):
    """A connection that the box made: result is done, failed or refused."""

    id: int
    at: AwareDatetime
    purpose: str
    host: str
    port: int
    address: str
    result: str
    said: str
    sent: int
    received: int
    milliseconds: int


class CallsOut(BaseModel):
    """One page of connections, newest first; `allowed` may be reached in the own network."""

    items: list[CallOut]
    next: str | None
    allowed: list[str]


class TargetIn(Input):
    """A machine of the own network, or an unusual port: `printer.local:8080`."""

    target: Annotated[str, Field(max_length=300)]


class TargetOut(BaseModel):
    """What may be reached."""

    target: str


@router.get("/modules")
def module_list(ctx: Reader) -> ModulesOut:
    """How each module stands, what it costs, and what one that is being prepared still needs."""
    cards = cards_of(ctx, load_catalog(), known_costs(data_of(company_of(ctx))))
    return ModulesOut(items=[module_out(card) for card in cards])


@router.get("/door")
def door_show(ctx: Reader) -> DoorOut:
    """Where clients come in, and what was seen of somebody from outside."""
    return door_out(ctx, read_door(ctx.db, company_of(ctx)))


@router.put("/door", response_model=DoorOut)
def door_change(ctx: Writer, body: DoorIn) -> Response:
    """Set the public door. Another address must be tested anew."""
    return answered(ctx, door_out(ctx, setting.set_door(ctx, body.address, body.listen)))


@router.delete("/door", response_model=DoorOut)
def door_close(ctx: Writer) -> Response:
    """Close the public door: no more links for clients are offered."""
    return answered(ctx, door_out(ctx, setting.close_door(ctx)))


@router.post("/door/test", response_model=DoorTestOut, status_code=201)
def door_test(ctx: Writer) -> Response:
    """Make a test link; the former ends."""
    return created(ctx, DoorTestOut(link=trying.make_try(ctx)))


@router.get("/outgoing")
def outgoing_list(
    ctx: Reader, limit: Annotated[Limit, Query()] = 50, cursor: Annotated[Cursor, Query()] = 0
) -> CallsOut:
    """What the box talked to."""
    calls, last = list_calls(ctx, before=cursor or None, limit=limit)
    items = [CallOut.model_validate(call, from_attributes=True) for call in calls]
    return CallsOut(items=items, next=str(last) if last else None, allowed=ctx.settings(AllowedTargets).targets)


@router.post("/outgoing/allowed", response_model=TargetOut, status_code=201)
def outgoing_allow(ctx: Writer, body: TargetIn) -> Response:
    """Let modules ask a machine of the own network, or an unusual port."""
    return created(ctx, TargetOut(target=allow_target(ctx, body.target)))


@router.delete("/outgoing/allowed/{target}", status_code=204)
def outgoing_forbid(ctx: Writer, target: str) -> Response:
    """Take such a permission back."""
    forbid_target(ctx, target)
    return Response(status_code=204)


def module_out(card: Card) -> ModuleOut:
    module, standing = card.manifest, card.standing
    return ModuleOut(
        id=module.id,
        title=module.title,
        summary=module.summary,
        version=module.version,
        state=standing.state,
        since=standing.since,
        requires=list(module.requires),
        data_kept=card.kept,
        people_30_days=card.people,
        memory_mb=module.cost.memory_mb,
        disk_mb=module.cost.disk_mb,
        measured_at=card.measured_at,
        lacking=[LackOut(text=str(lack.text), url=lack.url) for lack in card.lacks],
    )


def door_out(ctx: ReadCtx, door: DoorSettings) -> DoorOut:
    return DoorOut(
        address=door.address,
        listen=door.listen,
        offered=offered_address(company_of(ctx), door),
        tested_at=door.tested_at,
        tested_from=door.tested_from,
        seen_at=door.seen_at,
        seen_from=door.seen_from,
    )
