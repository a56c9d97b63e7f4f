"""What of the CRM can be found."""

from collections.abc import Sequence

from sqlalchemy import select

from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.module import SearchRow


def lead_rows(ctx: ReadCtx, ids: Sequence[int]) -> Sequence[SearchRow]:
    rows = ctx.db.scalars(select(Lead).where(Lead.id.in_(ids), Lead.deleted_at.is_(None)))
    return [
        SearchRow(r.id, r.title, f"{r.name} {r.company_name} {r.phone} {r.phone_key} {r.email} {r.request[:2000]}")
        for r in rows
        if r.status not in ("spam", "quarantined")
    ]


def deal_rows(ctx: ReadCtx, ids: Sequence[int]) -> Sequence[SearchRow]:
    rows = ctx.db.execute(
        select(Deal.id, Deal.title, Contact.name, ClientCompany.name, Lead.name, Lead.company_name)
        .outerjoin(Contact, Contact.id == Deal.contact_id)
        .outerjoin(ClientCompany, ClientCompany.id == Deal.client_company_id)
        .outerjoin(Lead, Lead.id == Deal.lead_id)
        .where(Deal.id.in_(ids), Deal.deleted_at.is_(None))
    )
    return [SearchRow(row[0], row[1], " ".join(part for part in row[2:] if part)) for row in rows]


def contact_rows(ctx: ReadCtx, ids: Sequence[int]) -> Sequence[SearchRow]:
    rows = ctx.db.scalars(select(Contact).where(Contact.id.in_(ids), Contact.deleted_at.is_(None)))
    return [SearchRow(r.id, r.name, f"{r.position} {r.phone} {r.phone_key} {r.email} {r.address}") for r in rows]


def client_company_rows(ctx: ReadCtx, ids: Sequence[int]) -> Sequence[SearchRow]:
    rows = ctx.db.scalars(select(ClientCompany).where(ClientCompany.id.in_(ids), ClientCompany.deleted_at.is_(None)))
    return [SearchRow(r.id, r.name, f"{r.tax_number} {r.phone} {r.phone_key} {r.email} {r.address}") for r in rows]
