"""Requests over the API."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from boxportal.modules.crm import leads
from boxportal.modules.crm.api.deals import DealOut, DealStart, deal_data, deal_out
from boxportal.modules.crm.api.records import ExternalId, Source, Sourced, data_of, known_id
from boxportal.modules.crm.leads import LeadData
from boxportal.modules.crm.models.leads import Lead
from boxportal.sdk.api import Cursor, Input, Limit, RowId, etag_of, page_by_id, version_in
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.routing import Router
from boxportal.sdk.web import IfMatch, RecordId, answered, created, reads, writes

router = Router(prefix="/leads", tags=["crm"])
Reader = Annotated[ReadCtx, reads("crm.lead.see")]
Creator = Annotated[Ctx, writes("crm.lead.create")]
Editor = Annotated[Ctx, writes("crm.lead.edit")]
Reason = Annotated[str, Query(max_length=120)]


class LeadIn(Input):
    """A request; one of its fields is enough. Without `responsible_id` it is given out as the company set it."""

    title: str = ""
    request: str = ""
    name: str = ""
    company_name: str = ""
    phone: str = ""
    email: str = ""
    language: str = ""
    responsible_id: RowId | None = None


class LeadNew(Sourced, LeadIn):
    """A new request, with where it comes from: (source, external_id) is unique together."""


class LeadOut(BaseModel):
    """A request as it is kept."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    title: str
    request: str
    name: str
    company_name: str
    phone: str
    email: str
    language: str
    status: str
    responsible_id: int | None
    source: str
    external_id: str | None
    created_at: datetime
    updated_at: datetime
    answered_at: datetime | None
    version: int


class LeadsOut(BaseModel):
    """One page of requests, newest first."""

    items: list[LeadOut]
    next: str | None


@router.get("")
def lead_list(ctx: Reader, limit: Limit = 50, cursor: Cursor = 0, status: str = "") -> LeadsOut:
    """Requests that the token's person may see; quarantined ones and spam only when `status` asks for them."""
    hidden = Lead.status.notin_(("quarantined", "spam"))
    wanted = leads.visible_leads(ctx).where(Lead.status == status if status else hidden)
    rows, following = page_by_id(ctx.db, wanted, Lead.id, limit=limit, cursor=cursor)
    return LeadsOut(items=[LeadOut.model_validate(row) for row in rows], next=following)


@router.get("/{lead_id}", response_model=LeadOut)
def lead_show(ctx: Reader, lead_id: RecordId) -> Response:
    """One request, with its version as ETag."""
    lead = one(ctx.db, leads.visible_leads(ctx).where(Lead.id == lead_id))
    return answer(ctx, lead)


@router.post("", response_model=LeadOut, status_code=201)
def lead_create(ctx: Creator, body: LeadNew) -> Response:
    """Take a request in; its responsible person is told."""
    return made(ctx, leads.create_lead(ctx, LeadData(**body.model_dump())))


@router.patch("/{lead_id}", response_model=LeadOut)
def lead_change(ctx: Editor, lead_id: RecordId, body: LeadIn, if_match: IfMatch = None) -> Response:
    """Change the fields that are sent, and no others."""
    lead = leads.editable_lead(ctx, lead_id)
    data = data_of(lead, LeadData, body.model_dump(exclude_unset=True))
    return answer(ctx, leads.change_lead(ctx, lead_id, data, version=version_in(if_match)))


@router.put("/external/{source}/{external_id}", response_model=LeadOut)
def lead_put(ctx: Creator, source: Source, external_id: ExternalId, body: LeadIn) -> Response:
    """Create the request that another program knows by this id, or change it."""
    known = known_id(ctx, Lead, source, external_id)
    if known is None:
        return made(ctx, leads.create_lead(ctx, LeadData(**body.model_dump(), source=source, external_id=external_id)))
    ctx.require("crm.lead.edit")
    return lead_change(ctx, known, body)


@router.post("/{lead_id}/convert", response_model=DealOut, status_code=201)
def lead_convert(ctx: Editor, lead_id: RecordId, body: DealStart) -> Response:
    """Make a deal of the request; what is not sent comes from the request."""
    ctx.require("crm.deal.create")
    deal = leads.convert_lead(ctx, lead_id, deal_data(ctx, body))
    return created(ctx, deal_out(deal), location=f"/api/v1/crm/deals/{deal.id}")


@router.post("/{lead_id}/answer", response_model=LeadOut)
def lead_answer(ctx: Editor, lead_id: RecordId) -> Response:
    """Note that somebody answered: reminders of it stop."""
    return answer(ctx, leads.answer_lead(ctx, lead_id))


@router.post("/{lead_id}/drop", response_model=LeadOut)
def lead_drop(ctx: Editor, lead_id: RecordId, reason: Reason = "") -> Response:
    """Close a request that leads to nothing."""
    return answer(ctx, leads.drop_lead(ctx, lead_id, reason=reason))


def made(ctx: Ctx, lead: Lead) -> Response:
    return created(ctx, LeadOut.model_validate(lead), location=f"/api/v1/crm/leads/{lead.id}")


def answer(ctx: ReadCtx, lead: Lead) -> Response:
    return answered(ctx, LeadOut.model_validate(lead), etag=etag_of(lead))
