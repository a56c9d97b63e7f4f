"""The record kinds of the CRM by their id: for what can be done to any of them."""

from collections.abc import Mapping
from typing import cast

from sqlalchemy import select

from boxportal.contracts.crm import CLIENT_COMPANY, CONTACT, DEAL, LEAD
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import NotFound
from boxportal.sdk.events import RecordRef

Row = Lead | Deal | Contact | ClientCompany
MODELS: Mapping[str, type[Lead] | type[Deal] | type[Contact] | type[ClientCompany]] = {
    LEAD: Lead,
    DEAL: Deal,
    CONTACT: Contact,
    CLIENT_COMPANY: ClientCompany,
}
ADDRESSES = {LEAD: "/crm/leads", DEAL: "/crm/deals", CONTACT: "/crm/contacts", CLIENT_COMPANY: "/crm/companies"}


def address_of(ref: RecordRef) -> str:
    """Where the record's page is."""
    return f"{ADDRESSES[ref.kind]}/{ref.id}"


def visible_row(ctx: ReadCtx, ref: RecordRef) -> Row:
    """A record of any kind of the CRM.

    Raises: NotFound.
    """
    model = MODELS.get(ref.kind)
    if model is None:
        raise NotFound
    row = one(ctx.db, select(model).where(model.id == ref.id, model.id.in_(ctx.visible(ref.kind))))
    return cast("Row", row)


def title_of(row: Row) -> str:
    return row.title if isinstance(row, Lead | Deal) else row.name
