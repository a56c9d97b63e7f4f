"""What of the CRM can be found."""

from collections.abc import Sequence

from sqlalchemy import BindParameter, bindparam, select

from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.database import plain_table
from boxportal.sdk.module import SearchRow

# Prepared, and of plain columns: they run with every save.
_lead, _deal = plain_table(Lead).c, plain_table(Deal).c
_contact, _company = plain_table(Contact).c, plain_table(ClientCompany).c
_IDS: BindParameter[Sequence[int]] = bindparam("ids", expanding=True)
_UNCOUNTED = ("spam", "quarantined")
_LEADS = select(
    _lead.id, _lead.title, _lead.name, _lead.company_name, _lead.phone, _lead.phone_key, _lead.email, _lead.request
).where(_lead.id.in_(_IDS), _lead.deleted_at.is_(None), _lead.status.not_in(_UNCOUNTED))
_DEALS = (
    select(_deal.id, _deal.title, _contact.name, _company.name, _lead.name, _lead.company_name)
    .select_from(plain_table(Deal))
    .outerjoin(plain_table(Contact), _contact.id == _deal.contact_id)
    .outerjoin(plain_table(ClientCompany), _company.id == _deal.client_company_id)
    .outerjoin(plain_table(Lead), _lead.id == _deal.lead_id)
    .where(_deal.id.in_(_IDS), _deal.deleted_at.is_(None))
)
_CONTACTS = select(
    _contact.id, _contact.name, _contact.position, _contact.phone, _contact.phone_key, _contact.email, _contact.address
).where(_contact.id.in_(_IDS), _contact.deleted_at.is_(None))
_COMPANIES = select(
    _company.id, _company.name, _company.tax_number, _company.phone, _company.phone_key, _company.email,
    _company.address,
).where(_company.id.in_(_IDS), _company.deleted_at.is_(None))  # fmt: skip


def lead_rows(ctx: ReadCtx, ids: Sequence[int]) -> Sequence[SearchRow]:
    rows = ctx.db.execute(_LEADS, {"ids": ids})
    return [SearchRow(r[0], r[1], in_words(*r[2:7], r.request[:2000])) for r in rows]


def deal_rows(ctx: ReadCtx, ids: Sequence[int]) -> Sequence[SearchRow]:
    return [SearchRow(row[0], row[1], in_words(*row[2:])) for row in ctx.db.execute(_DEALS, {"ids": ids})]


def contact_rows(ctx: ReadCtx, ids: Sequence[int]) -> Sequence[SearchRow]:
    return [SearchRow(row[0], row[1], in_words(*row[2:])) for row in ctx.db.execute(_CONTACTS, {"ids": ids})]


def client_company_rows(ctx: ReadCtx, ids: Sequence[int]) -> Sequence[SearchRow]:
    return [SearchRow(row[0], row[1], in_words(*row[2:])) for row in ctx.db.execute(_COMPANIES, {"ids": ids})]


def in_words(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)
