"""What a page says of its record: the record, who is responsible, what the actor may do with it. One statement each."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select

from boxportal.contracts.crm import DEAL
from boxportal.modules.crm.deals import visible_deals
from boxportal.modules.crm.kinds import MODELS
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.models.pipelines import Pipeline
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import NotFound
from boxportal.sdk.people import person

R = TypeVar("R", Lead, Contact, ClientCompany)


@dataclass(frozen=True, slots=True)
class Sheet(Generic[R]):
    """A record; `responsible` is a name, empty for nobody."""

    row: R
    responsible: str
    may_edit: bool
    may_delete: bool


@dataclass(frozen=True, slots=True)
class DealSheet:
    """A deal with all that it names, whoever is responsible for those."""

    deal: Deal
    pipeline: Pipeline
    lead: Lead | None
    contact: Contact | None
    client_company: ClientCompany | None
    responsible: str
    may_edit: bool
    may_delete: bool


def sheet_of(ctx: ReadCtx, kind: str, visible: Select[R], record_id: int) -> Sheet[R]:
    """The record of this id among the visible ones of its kind.

    Raises: NotFound.
    """
    mine = visible.where(MODELS[kind].id == record_id)
    found = ctx.db.execute(with_reach(ctx, kind, mine)).first()
    if found is None:
        raise NotFound
    row, name, may_edit, may_delete = found
    return Sheet(row, name or "", bool(may_edit), bool(may_delete))


def deal_sheet(ctx: ReadCtx, deal_id: int) -> DealSheet:
    """A deal that the actor may see; the parts of a page that ask for it share one answer.

    Raises: NotFound.
    """
    return ctx.shared(read_deal, deal_id)


def read_deal(ctx: ReadCtx, deal_id: int) -> DealSheet:
    mine = (
        visible_deals(ctx)
        .where(Deal.id == deal_id)
        .join(Pipeline, Pipeline.id == Deal.pipeline_id)
        .outerjoin(Lead, Lead.id == Deal.lead_id)
        .outerjoin(Contact, Contact.id == Deal.contact_id)
        .outerjoin(ClientCompany, ClientCompany.id == Deal.client_company_id)
        .add_columns(Pipeline, Lead, Contact, ClientCompany)
    )
    found = ctx.db.execute(with_reach(ctx, DEAL, mine)).first()
    if found is None:
        raise NotFound
    deal, pipeline, lead, contact, company, name, may_edit, may_delete = found
    return DealSheet(deal, pipeline, lead, contact, company, name or "", bool(may_edit), bool(may_delete))


def with_reach(ctx: ReadCtx, kind: str, mine: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The same with the name of who is responsible, and whether the actor may change and delete the record."""
    owner = MODELS[kind].responsible_id
    may = (ctx.reach(f"{kind}.{verb}", owner).label(f"may_{verb}") for verb in ("edit", "delete"))
    return mine.outerjoin(person, person.c.id == owner).add_columns(person.c.name, *may)
