"""Contacts over the API."""

from datetime import datetime
from typing import Annotated

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from boxportal.modules.crm import clients
from boxportal.modules.crm.api.records import ExternalId, Source, Sourced, data_of, known_id
from boxportal.modules.crm.clients import ContactData
from boxportal.modules.crm.models.clients import Contact
from boxportal.sdk.api import Cursor, Input, Limit, RowId, etag_of, page_by_id, version_in
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.routing import Router
from boxportal.sdk.web import IfMatch, RecordId, answered, created, reads, writes

router = Router(prefix="/contacts", tags=["crm"])
Reader = Annotated[ReadCtx, reads("crm.contact.see")]
Creator = Annotated[Ctx, writes("crm.contact.create")]
Editor = Annotated[Ctx, writes("crm.contact.edit")]


class ContactIn(Input):
    """A person on the client's side; `language` is that of their documents (en, ru, sw, or empty: the company's)."""

    name: str = ""
    position: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    country: Annotated[str, Field(max_length=2)] = ""
    language: Annotated[str, Field(max_length=8)] = ""
    client_company_id: RowId | None = None
    responsible_id: RowId | None = None


class ContactNew(Sourced, ContactIn):
    """A new contact, with where it comes from: (source, external_id) is unique together."""


class ContactOut(BaseModel):
    """A contact as it is kept."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    name: str
    position: str
    phone: str
    email: str
    address: str
    country: str
    language: str
    client_company_id: int | None
    responsible_id: int | None
    source: str
    external_id: str | None
    created_at: datetime
    updated_at: datetime
    version: int


class ContactsOut(BaseModel):
    """One page of contacts, newest first."""

    items: list[ContactOut]
    next: str | None


@router.get("")
def contact_list(ctx: Reader, limit: Limit = 50, cursor: Cursor = 0) -> ContactsOut:
    """Contacts that the token's person may see."""
    rows, following = page_by_id(ctx.db, clients.visible_contacts(ctx), Contact.id, limit=limit, cursor=cursor)
    return ContactsOut(items=[ContactOut.model_validate(row) for row in rows], next=following)


@router.get("/{contact_id}", response_model=ContactOut)
def contact_show(ctx: Reader, contact_id: RecordId) -> Response:
    """One contact, with its version as ETag."""
    return answer(ctx, one(ctx.db, clients.visible_contacts(ctx).where(Contact.id == contact_id)))


@router.post("", response_model=ContactOut, status_code=201)
def contact_create(ctx: Creator, body: ContactNew) -> Response:
    """Keep a new contact."""
    return made(ctx, clients.create_contact(ctx, ContactData(**body.model_dump())))


@router.patch("/{contact_id}", response_model=ContactOut)
def contact_change(ctx: Editor, contact_id: RecordId, body: ContactIn, if_match: IfMatch = None) -> Response:
    """Change the fields that are sent, and no others."""
    contact = clients.editable_contact(ctx, contact_id)
    data = data_of(contact, ContactData, body.model_dump(exclude_unset=True))
    return answer(ctx, clients.change_contact(ctx, contact_id, data, version=version_in(if_match)))


@router.put("/external/{source}/{external_id}", response_model=ContactOut)
def contact_put(ctx: Creator, source: Source, external_id: ExternalId, body: ContactIn) -> Response:
    """Create the contact that another program knows by this id, or change it."""
    known = known_id(ctx, Contact, source, external_id)
    if known is None:
        data = ContactData(**body.model_dump(), source=source, external_id=external_id)
        return made(ctx, clients.create_contact(ctx, data))
    ctx.require("crm.contact.edit")
    return contact_change(ctx, known, body)


def made(ctx: Ctx, contact: Contact) -> Response:
    return created(ctx, ContactOut.model_validate(contact), location=f"/api/v1/crm/contacts/{contact.id}")


def answer(ctx: ReadCtx, contact: Contact) -> Response:
    return answered(ctx, ContactOut.model_validate(contact), etag=etag_of(contact))
