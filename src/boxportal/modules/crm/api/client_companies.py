"""Client companies over the API."""

from datetime import datetime
from typing import Annotated

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from boxportal.modules.crm import clients
from boxportal.modules.crm.api.records import ExternalId, Source, Sourced, data_of, known_id
from boxportal.modules.crm.clients import ClientCompanyData
from boxportal.modules.crm.models.clients import ClientCompany
from boxportal.sdk.api import Cursor, Input, Limit, RowId, etag_of, page_by_id, version_in
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.routing import Router
from boxportal.sdk.web import IfMatch, RecordId, answered, created, reads, writes

router = Router(prefix="/client-companies", tags=["crm"])
Reader = Annotated[ReadCtx, reads("crm.client_company.see")]
Creator = Annotated[Ctx, writes("crm.client_company.create")]
Editor = Annotated[Ctx, writes("crm.client_company.edit")]


class CompanyIn(Input):
    """A firm that buys; `language` is that of its documents (en, ru, sw, or empty: the company's)."""

    name: str = ""
    tax_number: str = ""
    website: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    country: Annotated[str, Field(max_length=2)] = ""
    language: Annotated[str, Field(max_length=8)] = ""
    responsible_id: RowId | None = None


class CompanyNew(Sourced, CompanyIn):
    """A new company, with where it comes from: (source, external_id) is unique together."""


class CompanyOut(BaseModel):
    """A client company as it is kept."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    name: str
    tax_number: str
    website: str
    phone: str
    email: str
    address: str
    country: str
    language: str
    responsible_id: int | None
    source: str
    external_id: str | None
    created_at: datetime
    updated_at: datetime
    version: int


class CompaniesOut(BaseModel):
    """One page of client companies, newest first."""

    items: list[CompanyOut]
    next: str | None


@router.get("")
def client_company_list(ctx: Reader, limit: Limit = 50, cursor: Cursor = 0) -> CompaniesOut:
    """Client companies that the token's person may see."""
    rows, following = page_by_id(
        ctx.db, clients.visible_client_companies(ctx), ClientCompany.id, limit=limit, cursor=cursor
    )
    return CompaniesOut(items=[CompanyOut.model_validate(row) for row in rows], next=following)


@router.get("/{company_id}", response_model=CompanyOut)
def client_company_show(ctx: Reader, company_id: RecordId) -> Response:
    """One company, with its version as ETag."""
    return answer(ctx, one(ctx.db, clients.visible_client_companies(ctx).where(ClientCompany.id == company_id)))


@router.post("", response_model=CompanyOut, status_code=201)
def client_company_create(ctx: Creator, body: CompanyNew) -> Response:
    """Keep a new company."""
    return made(ctx, clients.create_client_company(ctx, ClientCompanyData(**body.model_dump())))


@router.patch("/{company_id}", response_model=CompanyOut)
def client_company_change(ctx: Editor, company_id: RecordId, body: CompanyIn, if_match: IfMatch = None) -> Response:
    """Change the fields that are sent, and no others."""
    company = clients.editable_client_company(ctx, company_id)
    data = data_of(company, ClientCompanyData, body.model_dump(exclude_unset=True))
    return answer(ctx, clients.change_client_company(ctx, company_id, data, version=version_in(if_match)))


@router.put("/external/{source}/{external_id}", response_model=CompanyOut)
def client_company_put(ctx: Creator, source: Source, external_id: ExternalId, body: CompanyIn) -> Response:
    """Create the company that another program knows by this id, or change it."""
    known = known_id(ctx, ClientCompany, source, external_id)
    if known is None:
        data = ClientCompanyData(**body.model_dump(), source=source, external_id=external_id)
        return made(ctx, clients.create_client_company(ctx, data))
    ctx.require("crm.client_company.edit")
    return client_company_change(ctx, known, body)


def made(ctx: Ctx, company: ClientCompany) -> Response:
    return created(ctx, CompanyOut.model_validate(company), location=f"/api/v1/crm/client-companies/{company.id}")


def answer(ctx: ReadCtx, company: ClientCompany) -> Response:
    return answered(ctx, CompanyOut.model_validate(company), etag=etag_of(company))
