"""Deals and pipelines over the API."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from boxportal.modules.crm import deals
from boxportal.modules.crm.api.records import ExternalId, Source, Sourced, data_of, known_id
from boxportal.modules.crm.deals import DealData
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.pipelines import Pipeline
from boxportal.modules.crm.pipelines import stages_of
from boxportal.sdk.api import Cursor, Input, Limit, MoneyValue, RowId, etag_of, page_by_id, version_in
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.routing import Router
from boxportal.sdk.web import IfMatch, RecordId, answered, created, reads, writes

router = Router(tags=["crm"])
Reader = Annotated[ReadCtx, reads("crm.deal.see")]
Creator = Annotated[Ctx, writes("crm.deal.create")]
Editor = Annotated[Ctx, writes("crm.deal.edit")]


class DealIn(Input):
    """A deal's facts. Without an amount it is 0 in the company's currency."""

    title: str = ""
    amount: MoneyValue | None = None
    expected_on: date | None = None
    responsible_id: RowId | None = None
    contact_id: RowId | None = None
    client_company_id: RowId | None = None


class DealStart(DealIn):
    """A new deal's facts; without a pipeline it enters the first."""

    pipeline_id: RowId | None = None


class DealNew(Sourced, DealStart):
    """A new deal, with where it comes from: (source, external_id) is unique together."""


class DealOut(BaseModel):
    """A deal as it is kept."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    title: str
    pipeline_id: int
    stage_id: int
    state: str
    amount: MoneyValue
    expected_on: date | None
    responsible_id: int | None
    lead_id: int | None
    contact_id: int | None
    client_company_id: int | None
    reason: str
    source: str
    external_id: str | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    version: int


class DealsOut(BaseModel):
    """One page of deals, newest first."""

    items: list[DealOut]
    next: str | None


class Move(Input):
    """The stage to move to; the reason is kept where the stage closes the deal."""

    stage_id: RowId
    reason: str = ""


class Loss(Input):
    """Why the deal was lost."""

    reason: str


class StageOut(BaseModel):
    """A stage of a pipeline: `kind` is open, won or lost."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    title: str
    position: int
    kind: str
    milestone: str
    probability: int


class PipelineOut(BaseModel):
    """A pipeline with its stages, in order."""

    id: int
    title: str
    steps: list[str]
    stages: list[StageOut]


class PipelinesOut(BaseModel):
    """All pipelines."""

    items: list[PipelineOut]
    next: str | None = None


@router.get("/deals")
def deal_list(ctx: Reader, limit: Limit = 50, cursor: Cursor = 0, state: str = "", stage_id: int = 0) -> DealsOut:
    """Deals that the token's person may see."""
    wanted = deals.visible_deals(ctx)
    wanted = wanted.where(Deal.state == state) if state else wanted
    wanted = wanted.where(Deal.stage_id == stage_id) if stage_id else wanted
    rows, following = page_by_id(ctx.db, wanted, Deal.id, limit=limit, cursor=cursor)
    return DealsOut(items=[deal_out(row) for row in rows], next=following)


@router.get("/deals/{deal_id}", response_model=DealOut)
def deal_show(ctx: Reader, deal_id: RecordId) -> Response:
    """One deal, with its version as ETag."""
    return answer(ctx, deals.visible_deal(ctx, deal_id))


@router.post("/deals", response_model=DealOut, status_code=201)
def deal_create(ctx: Creator, body: DealNew) -> Response:
    """Begin a deal."""
    data = replace(deal_data(ctx, body), source=body.source, external_id=body.external_id)
    return made(ctx, deals.create_deal(ctx, data))


@router.patch("/deals/{deal_id}", response_model=DealOut)
def deal_change(ctx: Editor, deal_id: RecordId, body: DealIn, if_match: IfMatch = None) -> Response:
    """Change the fields that are sent, and no others."""
    data = changed_data(deals.editable_deal(ctx, deal_id), body)
    return answer(ctx, deals.change_deal(ctx, deal_id, data, version=version_in(if_match)))


@router.put("/deals/external/{source}/{external_id}", response_model=DealOut)
def deal_put(ctx: Creator, source: Source, external_id: ExternalId, body: DealStart) -> Response:
    """Create the deal that another program knows by this id, or change it."""
    known = known_id(ctx, Deal, source, external_id)
    if known is None:
        data = replace(deal_data(ctx, body), source=source, external_id=external_id)
        return made(ctx, deals.create_deal(ctx, data))
    ctx.require("crm.deal.edit")
    return deal_change(ctx, known, body)


@router.post("/deals/{deal_id}/move", response_model=DealOut)
def deal_move(ctx: Editor, deal_id: RecordId, body: Move, if_match: IfMatch = None) -> Response:
    """Put the deal into another stage of its pipeline."""
    version = version_in(if_match)
    return answer(ctx, deals.move_deal(ctx, deal_id, body.stage_id, version=version, reason=body.reason))


@router.post("/deals/{deal_id}/win", response_model=DealOut)
def deal_win(ctx: Editor, deal_id: RecordId, if_match: IfMatch = None) -> Response:
    """Close the deal as won."""
    return answer(ctx, deals.win_deal(ctx, deal_id, version=version_in(if_match)))


@router.post("/deals/{deal_id}/lose", response_model=DealOut)
def deal_lose(ctx: Editor, deal_id: RecordId, body: Loss, if_match: IfMatch = None) -> Response:
    """Close the deal as lost."""
    return answer(ctx, deals.lose_deal(ctx, deal_id, reason=body.reason, version=version_in(if_match)))


@router.get("/pipelines")
def pipeline_list(ctx: Reader) -> PipelinesOut:
    """All pipelines with their stages."""
    rows = ctx.db.scalars(select(Pipeline).order_by(Pipeline.position, Pipeline.id)).all()
    return PipelinesOut(items=[pipeline_out(ctx, row) for row in rows])


def pipeline_out(ctx: ReadCtx, row: Pipeline) -> PipelineOut:
    stages = [StageOut.model_validate(stage) for stage in stages_of(ctx, row.id)]
    return PipelineOut(id=row.id, title=row.title, steps=row.steps, stages=stages)


def made(ctx: Ctx, deal: Deal) -> Response:
    return created(ctx, deal_out(deal), location=f"/api/v1/crm/deals/{deal.id}")


def answer(ctx: ReadCtx, deal: Deal) -> Response:
    return answered(ctx, deal_out(deal), etag=etag_of(deal))


def deal_out(deal: Deal) -> DealOut:
    own = {name: getattr(deal, name) for name in DealOut.model_fields if name != "amount"}
    return DealOut(amount=MoneyValue(amount=deal.amount, currency=deal.currency), **own)


def deal_data(ctx: ReadCtx, body: DealStart) -> DealData:
    """What a body says of a new deal."""
    money = body.amount or MoneyValue(amount=0, currency=ctx.company.currency)
    told = body.model_dump(exclude={"amount", "source", "external_id"})
    return DealData(amount=money.amount, currency=money.currency, **told)


def changed_data(deal: Deal, body: DealIn) -> DealData:
    """The deal's facts with those replaced that the body names."""
    told = body.model_dump(exclude_unset=True, exclude={"amount", "pipeline_id"})
    if body.amount is not None:
        told |= {"amount": body.amount.amount, "currency": body.amount.currency}
    return data_of(deal, DealData, told)
