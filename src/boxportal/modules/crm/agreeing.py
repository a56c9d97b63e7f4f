"""The client agreed: the contact and client company are made from the lead, once."""

from sqlalchemy import select

from boxportal.modules.crm.clients import ClientCompanyData, ContactData, create_client_company, create_contact
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.reach import read_reach
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.names import company_key


def make_client(ctx: Ctx, deal: Deal) -> None:
    """Give the deal its contact and client company from its lead, unless it has them; never twice."""
    if deal.agreed_at is None:
        deal.agreed_at = ctx.now
    if deal.lead_id is None or (deal.contact_id is not None and deal.client_company_id is not None):
        return
    lead = ctx.db.scalar(select(Lead).where(Lead.id == deal.lead_id))
    if lead is None:
        return
    company = company_of(ctx, lead, deal.responsible_id)
    contact = contact_of(ctx, lead, company, deal.responsible_id)
    if deal.contact_id is None and contact is not None:
        deal.contact_id = contact.id
    if deal.client_company_id is None and company is not None:
        deal.client_company_id = company.id
    lead.contact_id, lead.client_company_id = deal.contact_id, deal.client_company_id
    ctx.db.flush()


def company_of(ctx: Ctx, lead: Lead, responsible_id: int | None) -> ClientCompany | None:
    """The company that asked, found or made: it is the same when its name is, but for legal form."""
    key = company_key(lead.company_name)[:200]
    if not key:
        return None
    same = select(ClientCompany).where(ClientCompany.name_key == key, ClientCompany.deleted_at.is_(None))
    known = ctx.db.scalar(same.order_by(ClientCompany.id).limit(1))
    if known is not None:
        return known
    data = ClientCompanyData(name=lead.company_name, language=lead.language, responsible_id=responsible_id)
    return create_client_company(ctx, data)


def contact_of(ctx: Ctx, lead: Lead, company: ClientCompany | None, responsible_id: int | None) -> Contact | None:
    """The person who asked, found or made: it is the same when the mail address or telephone is."""
    if not (lead.name or lead.email or lead.phone):
        return None
    reach = read_reach(ctx, lead.phone, lead.email, strict=False)
    known = known_contact(ctx, reach.email_key, reach.phone_key)
    if known is not None:
        if company is not None and known.client_company_id is None:
            known.client_company_id = company.id
        return known
    data = ContactData(
        name=lead.name or lead.email or lead.phone,
        phone=lead.phone,
        email=lead.email if reach.email_key else "",
        language=lead.language,
        client_company_id=company.id if company else None,
        responsible_id=responsible_id,
    )
    return create_contact(ctx, data)


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
