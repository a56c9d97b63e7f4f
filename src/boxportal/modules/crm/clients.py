"""Contacts and client companies: seen, made, changed, chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, or_

from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.reach import read_reach
from boxportal.modules.crm.saving import Saved, keep_new, note_change, require_version, whose
from boxportal.modules.crm.seeing import seen
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import held, one
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.names import clean_line, company_key, match_key, person_key

PICKED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientData:
    """What can be said of a contact and of a client company alike."""

    name: str
    phone: str = ""
    email: str = ""
    address: str = ""
    country: str = ""
    language: str = ""
    responsible_id: int | None = None
    source: str = ""
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactData(ClientData):
    """What can be said of a contact."""

    position: str = ""
    client_company_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCompanyData(ClientData):
    """What can be said of a client company."""

    tax_number: str = ""
    website: str = ""


def visible_contacts(ctx: ReadCtx) -> Select[Contact]:
    """The contacts that the actor may see, without the trash."""
    return seen(ctx, Contact)


def visible_client_companies(ctx: ReadCtx) -> Select[ClientCompany]:
    """The client companies that the actor may see, without the trash."""
    return seen(ctx, ClientCompany)


def editable_contact(ctx: ReadCtx, contact_id: int) -> Contact:
    """Raises: NotFound."""
    mine = ctx.reach("crm.contact.edit", Contact.responsible_id)
    return one(ctx.db, held(ctx.db, visible_contacts(ctx).where(mine, Contact.id == contact_id), Contact))


def editable_client_company(ctx: ReadCtx, company_id: int) -> ClientCompany:
    """Raises: NotFound."""
    mine = ctx.reach("crm.client_company.edit", ClientCompany.responsible_id)
    found = visible_client_companies(ctx).where(mine, ClientCompany.id == company_id)
    return one(ctx.db, held(ctx.db, found, ClientCompany))


def create_contact(ctx: Ctx, data: ContactData) -> Contact:
    """Keep a new contact. Without a responsible person it is the actor's.

    Raises: Invalid.
    """
    contact = Contact(source=data.source, external_id=data.external_id)
    fill_contact(ctx, contact, data)
    keep_new(ctx, contact, contact.name)
    ctx.index(contact.ref)
    return contact


def change_contact(ctx: Ctx, contact_id: int, data: ContactData, *, version: int | None) -> Contact:
    """Save a contact's facts.

    Raises: NotFound, Invalid, Stale when somebody saved it since `version` was read.
    """
    contact = editable_contact(ctx, contact_id)
    before = facts_of_contact(contact)
    require_version(contact, version, before)
    fill_contact(ctx, contact, data)
    note_change(ctx, contact, Saved("edit", contact.name, before, facts_of_contact(contact)))
    return contact


def fill_contact(ctx: ReadCtx, contact: Contact, data: ContactData) -> None:
    if data.client_company_id is not None:
        one(ctx.db, visible_client_companies(ctx).where(ClientCompany.id == data.client_company_id))
    fill_client(ctx, contact, data)
    contact.name_key = person_key(contact.name)[:200]
    contact.position = clean_line(data.position)[:120]
    contact.client_company_id = data.client_company_id


def facts_of_contact(contact: Contact) -> Mapping[str, object]:
    return {
        "name": contact.name,
        "position": contact.position,
        **reach_of(contact),
        "client_company_id": contact.client_company_id,
        "responsible_id": contact.responsible_id,
    }


def create_client_company(ctx: Ctx, data: ClientCompanyData) -> ClientCompany:
    """Keep a new client company.

    Raises: Invalid.
    """
    company = ClientCompany(source=data.source, external_id=data.external_id)
    fill_client_company(ctx, company, data)
    keep_new(ctx, company, company.name)
    ctx.index(company.ref)
    return company


def change_client_company(ctx: Ctx, company_id: int, data: ClientCompanyData, *, version: int | None) -> ClientCompany:
    """Save a client company's facts.

    Raises: NotFound, Invalid, Stale.
    """
    company = editable_client_company(ctx, company_id)
    before = facts_of_client_company(company)
    require_version(company, version, before)
    fill_client_company(ctx, company, data)
    note_change(ctx, company, Saved("edit", company.name, before, facts_of_client_company(company)))
    return company


def fill_client_company(ctx: ReadCtx, company: ClientCompany, data: ClientCompanyData) -> None:
    fill_client(ctx, company, data)
    company.name_key = company_key(company.name)[:200]
    company.tax_number, company.website = clean_line(data.tax_number)[:40], clean_line(data.website)[:200]


def facts_of_client_company(company: ClientCompany) -> Mapping[str, object]:
    return {
        "name": company.name,
        "tax_number": company.tax_number,
        "website": company.website,
        **reach_of(company),
        "responsible_id": company.responsible_id,
    }


def fill_client(ctx: ReadCtx, client: Contact | ClientCompany, data: ClientData) -> None:
    """Write what contacts and companies have alike: the name, how to reach them, and whose they are.

    Raises: Invalid.
    """
    name = clean_line(data.name)[:200]
    if not name:
        raise Invalid({"name": _("Type a name.")})
    reach = read_reach(ctx, data.phone, data.email)
    client.name = name
    client.phone, client.phone_key = reach.phone, reach.phone_key
    client.email, client.email_key = reach.email, reach.email_key
    client.address, client.country, client.language = data.address.strip()[:500], data.country[:2], data.language[:8]
    client.responsible_id = whose(data.responsible_id, client.responsible_id, ctx.actor.id)


def reach_of(client: Contact | ClientCompany) -> Mapping[str, object]:
    return {
        "phone": client.phone,
        "email": client.email,
        "address": client.address,
        "country": client.country,
        "language": client.language,
    }


def contacts_like(ctx: ReadCtx, typed: str) -> Sequence[Contact]:
    """The contacts to choose from whose name holds what was typed, or whose mail address begins so; newest first."""
    found = visible_contacts(ctx).order_by(Contact.id.desc()).limit(PICKED)
    key, mail = match_key(typed), typed.strip().casefold()
    if key:
        named = Contact.name_key.contains(key, autoescape=True)
        found = found.where(or_(named, Contact.email_key.startswith(mail, autoescape=True)))
    return ctx.db.scalars(found).all()


def companies_like(ctx: ReadCtx, typed: str) -> Sequence[ClientCompany]:
    """The companies to choose from whose name holds what was typed; newest first."""
    found = visible_client_companies(ctx).order_by(ClientCompany.id.desc()).limit(PICKED)
    key = company_key(typed)
    return ctx.db.scalars(found.where(ClientCompany.name_key.contains(key, autoescape=True)) if key else found).all()
