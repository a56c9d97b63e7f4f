"""What a page says of its record: the record, who is responsible, what the actor may do with it. One statement each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import BindParameter, Select, bindparam, select

from boxportal.contracts.crm import DEAL
from boxportal.modules.crm.deals import visible_deals
from boxportal.modules.crm.kinds import MODELS
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.models.pipelines import Pipeline
from boxportal.modules.crm.seeing import KEPT
from boxportal.sdk.access import Scope, within
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


VERBS = ("edit", "delete")
Statement = Select[*tuple[Any, ...]]
RECORD: BindParameter[int] = bindparam("record")
WHOLE_DEAL = (
    select(Deal, Pipeline, Lead, Contact, ClientCompany, person.c.name)
    .join(Pipeline, Pipeline.id == Deal.pipeline_id)
    .outerjoin(Lead, Lead.id == Deal.lead_id)
    .outerjoin(Contact, Contact.id == Deal.contact_id)
    .outerjoin(ClientCompany, ClientCompany.id == Deal.client_company_id)
    .outerjoin(person, person.c.id == Deal.responsible_id)
    .where(Deal.id == RECORD)
)


def sheet_of(ctx: ReadCtx, kind: str, visible: Select[R], record_id: int) -> Sheet[R]:
    """The record of this id among the visible ones of its kind.

    Raises: NotFound.
    """
    (row, name), may = found_with_rights(ctx, kind, named_record(kind, visible), record_id)
    return Sheet(row, name or "", may["edit"], may["delete"])


def deal_sheet(ctx: ReadCtx, deal_id: int) -> DealSheet:
    """A deal that the actor may see; the parts of a page that ask for it share one answer.

    Raises: NotFound.
    """
    return ctx.shared(read_deal, deal_id)


def read_deal(ctx: ReadCtx, deal_id: int) -> DealSheet:
    row, may = found_with_rights(ctx, DEAL, whole_deal(visible_deals(ctx)), deal_id)
    deal, pipeline, lead, contact, company, name = row
    return DealSheet(deal, pipeline, lead, contact, company, name or "", may["edit"], may["delete"])


# Statements are made once for all who see and may do alike: to make one costs more than to run it.


@lru_cache(KEPT)
def named_record(kind: str, visible: Select[R]) -> Statement:
    """One of the visible records, and the name of who is responsible."""
    model = MODELS[kind]
    named = visible.outerjoin(person, person.c.id == model.responsible_id).add_columns(person.c.name)
    return named.where(model.id == RECORD)


@lru_cache(KEPT)
def whole_deal(visible: Select[Deal]) -> Statement:
    """One of the visible deals with all that it names."""
    return WHOLE_DEAL if visible.whereclause is None else WHOLE_DEAL.where(visible.whereclause)


@lru_cache(KEPT)
def with_rights(found: Statement, kind: str, rights: Sequence[tuple[str, Scope]], person_id: int | None) -> Statement:
    """The same, and whether each of these rights of a person reaches the record."""
    owner = MODELS[kind].responsible_id
    return found.add_columns(*(within(scope, person_id, owner).label(verb) for verb, scope in rights))


def found_with_rights(
    ctx: ReadCtx, kind: str, mine: Statement, record_id: int
) -> tuple[Sequence[Any], Mapping[str, bool]]:
    """The row that the statement finds, and whether the actor may change and delete it.

    The database is asked only about a right that reaches less far than the one by which the row was found.

    Raises: NotFound.
    """
    seen = ctx.actor.scope(f"{kind}.see")
    rights = tuple((verb, ctx.actor.scope(f"{kind}.{verb}")) for verb in VERBS)
    unsure = tuple((verb, scope) for verb, scope in rights if scope < seen)
    asked = with_rights(mine, kind, unsure, ctx.actor.id) if unsure else mine
    found = ctx.db.execute(asked, {"record": record_id}).first()
    if found is None:
        raise NotFound
    row = tuple(found)
    told = {verb: value for (verb, _), value in zip(unsure, row[len(row) - len(unsure) :], strict=True)}
    return row[: len(row) - len(unsure)], {verb: bool(told.get(verb, True)) for verb in VERBS}
