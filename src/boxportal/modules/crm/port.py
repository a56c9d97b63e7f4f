"""What CRM gives to other modules: the port of its deals."""

from collections.abc import Sequence
from typing import get_args

from sqlalchemy import select

from boxportal.contracts.crm import ClientDetails, DealView, Milestone, SampleDeal
from boxportal.modules.crm.agreeing import make_client
from boxportal.modules.crm.deals import editable_deal, held_deal, put_into, visible_deal, weight_of
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.models.pipelines import Pipeline, Stage
from boxportal.modules.crm.pipelines import pipeline_of, shift_totals, stages_of
from boxportal.modules.crm.sample_rows import SOURCE
from boxportal.modules.crm.sheets import deal_sheet
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import NotFound


class DealsPort:
    """Implements `boxportal.contracts.crm.Deals` for one context."""

    def __init__(self, ctx: ReadCtx) -> None:
        self.ctx = ctx

    def view(self, deal_id: int, *, to_edit: bool = False) -> DealView:
        deal, pipeline = self._found(deal_id, to_edit=to_edit)
        known: tuple[Milestone, ...] = get_args(Milestone)
        return DealView(
            id=deal.id,
            title=deal.title,
            currency=deal.currency,
            responsible_id=deal.responsible_id,
            is_open=deal.state == "open",
            steps=tuple(step for name in pipeline.steps for step in known if step == name),
            version=deal.version,
        )

    def _found(self, deal_id: int, *, to_edit: bool) -> tuple[Deal, Pipeline]:
        """A write holds the deal that it is going to change; a read shares what the page has read already."""
        if isinstance(self.ctx, Ctx):
            deal = editable_deal(self.ctx, deal_id) if to_edit else visible_deal(self.ctx, deal_id)
            return deal, pipeline_of(self.ctx, deal.pipeline_id)
        sheet = deal_sheet(self.ctx, deal_id)
        if to_edit and not sheet.may_edit:
            raise NotFound
        return sheet.deal, sheet.pipeline

    def client(self, deal_id: int) -> ClientDetails:
        return client_of(self.ctx, visible_deal(self.ctx, deal_id))

    def reached(self, deal_id: int, milestone: Milestone) -> None:
        ctx = writing(self.ctx)
        deal = held_deal(ctx, deal_id)
        stages = stages_of(ctx, deal.pipeline_id)
        here = next((stage.position for stage in stages if stage.id == deal.stage_id), 0)
        ahead = [s for s in stages if s.kind == "open" and s.milestone == milestone and s.position > here]
        if ahead and deal.state == "open":
            put_into(ctx, deal, ahead[0])

    def agreed(self, deal_id: int) -> ClientDetails:
        ctx = writing(self.ctx)
        deal = held_deal(ctx, deal_id)
        make_client(ctx, deal)
        self.reached(deal_id, "agreed")
        return client_of(ctx, deal)

    def set_amount(self, deal_id: int, amount: int, currency: str) -> None:
        ctx = writing(self.ctx)
        deal = held_deal(ctx, deal_id)
        weight = weight_of(deal)
        deal.amount, deal.currency = amount, currency
        shift_totals(ctx.db, weight, weight_of(deal))
        deal.version += 1
        deal.updated_at = ctx.now

    def sample(self) -> Sequence[SampleDeal]:
        found = select(Deal, Stage.milestone).join(Stage, Stage.id == Deal.stage_id).where(Deal.source == SOURCE)
        known: tuple[Milestone, ...] = get_args(Milestone)
        return [
            SampleDeal(
                id=deal.id,
                title=deal.title,
                milestone=next((step for step in known if step == milestone), ""),
                amount=deal.amount,
                currency=deal.currency,
            )
            for deal, milestone in self.ctx.db.execute(found.order_by(Deal.id))
        ]


def writing(ctx: ReadCtx) -> Ctx:
    """A port call that changes something needs a context that can."""
    if not isinstance(ctx, Ctx):
        raise TypeError(ctx)
    return ctx


def client_of(ctx: ReadCtx, deal: Deal) -> ClientDetails:
    """Whom a deal's documents are for. Its own contact and company count, whoever is responsible for those."""
    contact = ctx.db.get(Contact, deal.contact_id) if deal.contact_id else None
    company = ctx.db.get(ClientCompany, deal.client_company_id) if deal.client_company_id else None
    lead = ctx.db.get(Lead, deal.lead_id) if deal.lead_id else None
    people = [row for row in (contact, lead) if row is not None]
    name = next((row.name for row in people if row.name), "")
    company_name = company.name if company else (lead.company_name if lead else "")
    reached: list[Contact | Lead | ClientCompany] = [*people, *([company] if company else [])]
    return ClientDetails(
        name=name,
        company=company_name,
        email=next((row.email for row in reached if row.email), ""),
        phone=next((row.phone for row in reached if row.phone), ""),
        address=next((row.address for row in (company, contact) if row and row.address), ""),
        tax_number=company.tax_number if company else "",
        language=next((row.language for row in reached if row.language), ctx.company.language),
        country=next((row.country for row in (company, contact) if row and row.country), ctx.company.country),
        contact_id=deal.contact_id,
        client_company_id=deal.client_company_id,
    )
