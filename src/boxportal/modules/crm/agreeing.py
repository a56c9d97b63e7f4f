"""The client agreed: the contact and client company are made from the lead, once."""

from sqlalchemy import select

from boxportal.modules.crm.clients import Asker, client_for
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.sdk.context import Ctx


def make_client(ctx: Ctx, deal: Deal) -> None:
    """Give the deal its contact and client company from its lead, unless it has them; never twice."""
    if deal.agreed_at is None:
        deal.agreed_at = ctx.now
    if deal.lead_id is None or (deal.contact_id is not None and deal.client_company_id is not None):
        return
    lead = ctx.db.scalar(select(Lead).where(Lead.id == deal.lead_id))
    if lead is None:
        return
    asker = Asker(
        name=lead.name,
        company_name=lead.company_name,
        phone=lead.phone,
        email=lead.email,
        language=lead.language,
        responsible_id=deal.responsible_id,
    )
    contact, company = client_for(ctx, asker)
    if deal.contact_id is None and contact is not None:
        deal.contact_id = contact.id
    if deal.client_company_id is None and company is not None:
        deal.client_company_id = company.id
    lead.contact_id, lead.client_company_id = deal.contact_id, deal.client_company_id
    ctx.db.flush()
