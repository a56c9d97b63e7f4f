"""Contacts and client companies: seen, made, changed; and the one place that makes a client out of a lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Select, or_, select

from boxportal.contracts.crm import CLIENT_COMPANY, CONTACT
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.reach import read_reach
from boxportal.modules.crm.saving import Saved, note_change, require_version, whose
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.database import held, one
from boxportal.sdk.errors import Invalid
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.names import clean_line, company_key, match_key, person_key

PICKED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactData:
    """What can be said of a contact."""

    name: str
    position: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    country: str = ""
    language: str = ""
    client_company_id: int | None = None
    responsible_id: int | None = None
    source: str = ""
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCompanyData:
    """What can be said of a client company."""

    name: str
    tax_number: str = ""
    website: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    country: str = ""
    language: str = ""
    responsible_id: int | None = None
    source: str = ""
    external_id: str | None = None


def visible_contacts(ctx: ReadCtx) -> Select[Contact]:
    """The contacts that the actor may see, without the trash."""
    mine = ctx.reach("crm.contact.see", Contact.responsible_id)
    return select(Contact).where(mine, Contact.deleted_at.is_(None))


def visible_client_companies(ctx: ReadCtx) -> Select[ClientCompany]:
    """The client companies that the actor may see, without the trash."""
    mine = ctx.reach("crm.client_company.see", ClientCompany.responsible_id)
    return select(ClientCompany).where(mine, ClientCompany.deleted_at.is_(None))


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
    contact = Contact(
        created_at=ctx.now,
        updated_at=ctx.now,
        created_by=ctx.actor.id,
        source=data.source,
        external_id=data.external_id,
        version=1,
    )
    fill_contact(ctx, contact, data)
    ctx.db.add(contact)
    ctx.db.flush()
    ref = RecordRef(CONTACT, contact.id)
    ctx.audit(AuditEntry(action="crm.contact.create", ref=ref, title=contact.name))
    ctx.index(ref)
    return contact


def change_contact(ctx: Ctx, contact_id: int, data: ContactData, *, version: int | None) -> Contact:
    """Save a contact's facts.

    Raises: NotFound, Invalid, Stale when somebody saved it since `version` was read.
    """
    contact = editable_contact(ctx, contact_id)
    before = facts_of_contact(contact)
    require_version(contact, version, before)
    fill_contact(ctx, contact, data)
    note_change(ctx, contact, Saved("crm.contact.edit", CONTACT, contact.name, before, facts_of_contact(contact)))
    return contact


def fill_contact(ctx: ReadCtx, contact: Contact, data: ContactData) -> None:
    name = clean_line(data.name)[:200]
    if not name:
        raise Invalid({"name": _("Type a name.")})
    if data.client_company_id is not None:
        one(ctx.db, visible_client_companies(ctx).where(ClientCompany.id == data.client_company_id))
    reach = read_reach(ctx, data.phone, data.email)
    contact.name, contact.name_key = name, person_key(name)[:200]
    contact.position = clean_line(data.position)[:120]
    contact.phone, contact.phone_key = reach.phone, reach.phone_key
    contact.email, contact.email_key = reach.email, reach.email_key
    contact.address, contact.country, contact.language = data.address.strip()[:500], data.country[:2], data.language[:8]
    contact.client_company_id = data.client_company_id
    contact.responsible_id = whose(data.responsible_id, contact.responsible_id, ctx.actor.id)


def facts_of_contact(contact: Contact) -> Mapping[str, object]:
    return {
        "name": contact.name,
        "position": contact.position,
        "phone": contact.phone,
        "email": contact.email,
        "address": contact.address,
        "country": contact.country,
        "language": contact.language,
        "client_company_id": contact.client_company_id,
        "responsible_id": contact.responsible_id,
    }


def create_client_company(ctx: Ctx, data: ClientCompanyData) -> ClientCompany:
    """Keep a new client company.

    Raises: Invalid.
    """
    company = ClientCompany(
        created_at=ctx.now,
        updated_at=ctx.now,
        created_by=ctx.actor.id,
        source=data.source,
        external_id=data.external_id,
        version=1,
    )
    fill_client_company(ctx, company, data)
    ctx.db.add(company)
    ctx.db.flush()
    ref = RecordRef(CLIENT_COMPANY, company.id)
    ctx.audit(AuditEntry(action="crm.client_company.create", ref=ref, title=company.name))
    ctx.index(ref)
    return company


def change_client_company(ctx: Ctx, company_id: int, data: ClientCompanyData, *, version: int | None) -> ClientCompany:
    """Save a client company's facts.

    Raises: NotFound, Invalid, Stale.
    """
    company = editable_client_company(ctx, company_id)
    before = facts_of_client_company(company)
    require_version(company, version, before)
    fill_client_company(ctx, company, data)
    after = facts_of_client_company(company)
    note_change(ctx, company, Saved("crm.client_company.edit", CLIENT_COMPANY, company.name, before, after))
    return company


def fill_client_company(ctx: ReadCtx, company: ClientCompany, data: ClientCompanyData) -> None:
    name = clean_line(data.name)[:200]
    if not name:
        raise Invalid({"name": _("Type a name.")})
    reach = read_reach(ctx, data.phone, data.email)
    company.name, company.name_key = name, company_key(name)[:200]
    company.tax_number, company.website = clean_line(data.tax_number)[:40], clean_line(data.website)[:200]
    company.phone, company.phone_key = reach.phone, reach.phone_key
    company.email, company.email_key = reach.email, reach.email_key
    company.address, company.country, company.language = data.address.strip()[:500], data.country[:2], data.language[:8]
    company.responsible_id = whose(data.responsible_id, company.responsible_id, ctx.actor.id)


def facts_of_client_company(company: ClientCompany) -> Mapping[str, object]:
    return {
        "name": company.name,
        "tax_number": company.tax_number,
        "website": company.website,
        "phone": company.phone,
        "email": company.email,
        "address": company.address,
        "country": company.country,
        "language": company.language,
        "responsible_id": company.responsible_id,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asked, as a lead knows it, and whose client it becomes."""

    name: str
    company_name: str
    phone: str
    email: str
    language: str
    responsible_id: int | None


def client_for(ctx: Ctx, asker: Asker) -> tuple[Contact | None, ClientCompany | None]:
    """Find the contact and client company that the details mean, or make them; nobody is made twice.

    A contact is the same when its mail address or telephone is; a company when its name is, but for legal form.
    """
    company = company_for(ctx, asker)
    if not (asker.name or asker.email or asker.phone):
        return None, company
    reach = read_reach(ctx, asker.phone, asker.email, strict=False)
    contact = known_contact(ctx, reach.email_key, reach.phone_key)
    if contact is None:
        data = ContactData(
            name=asker.name or asker.email or asker.phone,
            phone=asker.phone,
            email=asker.email if reach.email_key else "",
            language=asker.language,
            client_company_id=company.id if company else None,
            responsible_id=asker.responsible_id,
        )
        contact = create_contact(ctx, replace(data))
    elif company is not None and contact.client_company_id is None:
        contact.client_company_id = company.id
    return contact, company


def company_for(ctx: Ctx, asker: Asker) -> ClientCompany | None:
    key = company_key(asker.company_name)[:200]
    if not key:
        return None
    same = select(ClientCompany).where(ClientCompany.name_key == key, ClientCompany.deleted_at.is_(None))
    known = ctx.db.scalar(same.order_by(ClientCompany.id).limit(1))
    if known is not None:
        return known
    data = ClientCompanyData(name=asker.company_name, language=asker.language, responsible_id=asker.responsible_id)
    return create_client_company(ctx, data)


def known_contact(ctx: ReadCtx, email_key: str, phone_key: str) -> Contact | None:
    """The contact with this mail address, else the one with this telephone number.

    Access does not matter here: a client must not be kept twice because two sellers may not see each other's.
    """
    for column, key in ((Contact.email_key, email_key), (Contact.phone_key, phone_key)):
        if key:
            same = select(Contact).where(column == key, Contact.deleted_at.is_(None)).order_by(Contact.id)
            found = ctx.db.scalar(same.limit(1))
            if found is not None:
                return found
    return None


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
