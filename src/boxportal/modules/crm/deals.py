"""Deals: seen, made, changed, moved through their stages, closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select

from boxportal.contracts.crm import DealLost, DealMoved, DealWon, SalesWork
from boxportal.modules.crm.agreeing import make_client
from boxportal.modules.crm.clients import visible_client_companies, visible_contacts
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.pipelines import Stage
from boxportal.modules.crm.pipelines import (
    Weight,
    closing_stage,
    count_reached,
    default_pipeline,
    first_stage,
    go_further,
    pipeline_of,
    shift_totals,
)
from boxportal.modules.crm.saving import Saved, keep_new, note_change, require_version, whose
from boxportal.modules.crm.seeing import seen
from boxportal.modules.crm.settings import CrmSettings
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import held, one
from boxportal.sdk.errors import Invalid, NotFound, RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.names import clean_line

MAX_AMOUNT = 10**15
AGREED = frozenset({"agreed", "invoiced", "shipped", "paid"})  # whoever comes so far is a client


@dataclass(frozen=True, slots=True, kw_only=True)
class DealData:
    """What can be said of a deal. Amount in minor units of the currency."""

    title: str = ""
    amount: int = 0
    currency: str = ""
    expected_on: date | None = None
    responsible_id: int | None = None
    lead_id: int | None = None
    contact_id: int | None = None
    client_company_id: int | None = None
    pipeline_id: int | None = None
    source: str = ""
    external_id: str | None = None


def visible_deals(ctx: ReadCtx) -> Select[Deal]:
    """The deals that the actor may see, without the trash."""
    return seen(ctx, Deal)


def visible_deal(ctx: ReadCtx, deal_id: int) -> Deal:
    """Raises: NotFound."""
    return one(ctx.db, visible_deals(ctx).where(Deal.id == deal_id))


def held_deal(ctx: Ctx, deal_id: int) -> Deal:
    """A deal that follows from what is done elsewhere, for the actor need not be one who may edit it.

    Raises: NotFound.
    """
    return one(ctx.db, held(ctx.db, visible_deals(ctx).where(Deal.id == deal_id), Deal))


def editable_deal(ctx: ReadCtx, deal_id: int) -> Deal:
    """Raises: NotFound."""
    mine = ctx.reach("crm.deal.edit", Deal.responsible_id)
    return one(ctx.db, held(ctx.db, visible_deals(ctx).where(mine, Deal.id == deal_id), Deal))


def create_deal(ctx: Ctx, data: DealData) -> Deal:
    """Begin a deal in the first stage of its pipeline.

    Raises: Invalid, NotFound for a client that the actor may not see.
    """
    pipeline = pipeline_of(ctx, data.pipeline_id) if data.pipeline_id is not None else default_pipeline(ctx)
    stage = first_stage(ctx, pipeline.id)
    deal = Deal(
        pipeline_id=pipeline.id,
        stage_id=stage.id,
        furthest=0,
        state="open",
        lead_id=data.lead_id,
        source=data.source,
        external_id=data.external_id,
        moved_at=ctx.now,
    )
    fill_deal(ctx, deal, data)
    came = go_further(deal, stage)
    keep_new(ctx, deal, deal.title)
    shift_totals(ctx.db, None, weight_of(deal))
    count_reached(ctx.db, deal, came)
    ctx.index(deal.ref)
    return deal


def change_deal(ctx: Ctx, deal_id: int, data: DealData, *, version: int | None) -> Deal:
    """Save a deal's facts.

    Raises: NotFound, Invalid, Stale.
    """
    deal = editable_deal(ctx, deal_id)
    before, weight = facts_of_deal(deal), weight_of(deal)
    require_version(deal, version, before)
    fill_deal(ctx, deal, data)
    shift_totals(ctx.db, weight, weight_of(deal))
    note_change(ctx, deal, Saved("edit", deal.title, before, facts_of_deal(deal)))
    if before["expected_on"] != facts_of_deal(deal)["expected_on"]:
        ctx.deadline_moved(deal.ref)
    return deal


def fill_deal(ctx: ReadCtx, deal: Deal, data: DealData) -> None:
    title = clean_line(data.title)[:200]
    if not title:
        raise Invalid({"title": _("Type what the deal is about.")})
    if not 0 <= data.amount <= MAX_AMOUNT:
        raise Invalid({"amount": _("The amount is too large, or less than nothing.")})
    if data.contact_id is not None and data.contact_id != deal.contact_id:
        one(ctx.db, visible_contacts(ctx).where(Contact.id == data.contact_id))
    if data.client_company_id is not None and data.client_company_id != deal.client_company_id:
        one(ctx.db, visible_client_companies(ctx).where(ClientCompany.id == data.client_company_id))
    deal.title, deal.amount = title, data.amount
    deal.currency = (data.currency or ctx.company.currency).upper()[:3]
    deal.expected_on = data.expected_on
    deal.contact_id, deal.client_company_id = data.contact_id, data.client_company_id
    deal.responsible_id = whose(data.responsible_id, deal.responsible_id, ctx.actor.id)


def facts_of_deal(deal: Deal) -> Mapping[str, object]:
    return {
        "title": deal.title,
        "amount": deal.amount,
        "currency": deal.currency,
        "expected_on": deal.expected_on.isoformat() if deal.expected_on else None,
        "contact_id": deal.contact_id,
        "client_company_id": deal.client_company_id,
        "responsible_id": deal.responsible_id,
        "stage_id": deal.stage_id,
        "state": deal.state,
        "reason": deal.reason,
    }


def weight_of(deal: Deal) -> Weight | None:
    """What the deal adds to its stage's total; nothing from the trash."""
    return None if deal.deleted_at else Weight(deal.stage_id, deal.currency, deal.responsible_id or 0, deal.amount)


def move_deal(ctx: Ctx, deal_id: int, stage_id: int, *, version: int | None = None, reason: str = "") -> Deal:
    """Put a deal into a stage of its pipeline; a closing stage closes it, an open one opens it again.

    Raises: NotFound, Stale, RuleBroken when it may not be won yet.
    """
    deal, stages = deal_and_stages(ctx, deal_id, stage_id)
    require_version(deal, version, facts_of_deal(deal))
    put_into(ctx, deal, stages[stage_id], reason=reason)
    return deal


@dataclass(frozen=True, slots=True)
class Drop:
    """What came of a card that a person let go: where the deal was before, and whether a reason is asked for first."""

    deal: Deal
    before: int
    asks_why: bool = False


def drop_deal(ctx: Ctx, deal_id: int, stage_id: int, *, version: int | None = None) -> Drop:
    """Move a deal as a person does it by hand: into the stage of lost ones it goes only with a reason.

    Raises: as `move_deal`.
    """
    deal, stages = deal_and_stages(ctx, deal_id, stage_id)
    before = deal.stage_id
    if stages[stage_id].kind == "lost":
        return Drop(deal, before, asks_why=True)
    require_version(deal, version, facts_of_deal(deal))
    put_into(ctx, deal, stages[stage_id])
    return Drop(deal, before)


def deal_and_stages(ctx: Ctx, deal_id: int, stage_id: int) -> tuple[Deal, Mapping[int, Stage]]:
    """The deal, its stage and another of its pipeline: both, for the history names both.

    Raises: NotFound.
    """
    deal = editable_deal(ctx, deal_id)
    both = select(Stage).where(Stage.id.in_((deal.stage_id, stage_id)), Stage.pipeline_id == deal.pipeline_id)
    stages = {stage.id: stage for stage in ctx.db.scalars(both)}
    if stage_id not in stages:
        raise NotFound
    return deal, stages


def put_into(ctx: Ctx, deal: Deal, stage: Stage, *, reason: str = "") -> None:
    """The one place where a deal's stage changes: totals, state, history and events follow from it."""
    if deal.stage_id == stage.id:
        return
    if stage.kind == "won":
        require_paid_if_ruled(ctx, deal)
    before, weight, old = facts_of_deal(deal), weight_of(deal), deal.stage_id
    deal.stage_id, deal.state, deal.moved_at = stage.id, stage.kind, ctx.now
    deal.closed_at = None if stage.kind == "open" else ctx.now
    deal.reason = clean_line(reason)[:300] if stage.kind != "open" else ""
    came = go_further(deal, stage)
    verb = {"open": "move", "won": "win", "lost": "lose"}[stage.kind]
    note_change(ctx, deal, Saved(verb, deal.title, before, facts_of_deal(deal)))
    shift_totals(ctx.db, weight, weight_of(deal))
    count_reached(ctx.db, deal, came)
    if stage.milestone in AGREED:
        make_client(ctx, deal)
    tell_moved(ctx, deal, old)


def tell_moved(ctx: Ctx, deal: Deal, old: int) -> None:
    ctx.publish(DealMoved(deal=deal.ref, stage=deal.stage_id, before=old))
    if deal.state == "won":
        make_client(ctx, deal)
        ctx.publish(DealWon(deal=deal.ref, amount=deal.amount, currency=deal.currency))
    elif deal.state == "lost":
        ctx.publish(DealLost(deal=deal.ref, reason=deal.reason))


def win_deal(ctx: Ctx, deal_id: int, *, version: int | None = None) -> Deal:
    """Close a deal as won; the contact is made from the lead, if it was not before.

    Raises: NotFound, Stale, RuleBroken when the company asks for payment first.
    """
    deal = editable_deal(ctx, deal_id)
    require_version(deal, version, facts_of_deal(deal))
    put_into(ctx, deal, closing_stage(ctx, deal.pipeline_id, won=True))
    return deal


def lose_deal(ctx: Ctx, deal_id: int, *, reason: str, version: int | None = None) -> Deal:
    """Close a deal as lost, with the reason.

    Raises: NotFound, Stale, Invalid without a reason.
    """
    deal = editable_deal(ctx, deal_id)
    require_version(deal, version, facts_of_deal(deal))
    if not reason.strip():
        raise Invalid({"reason": _("Say why: it is what one learns from.")})
    put_into(ctx, deal, closing_stage(ctx, deal.pipeline_id, won=False), reason=reason)
    return deal


def require_paid_if_ruled(ctx: Ctx, deal: Deal) -> None:
    """The administrator's rule "won only when paid" holds while sales is on to say what is paid."""
    sales = ctx.find(SalesWork)
    if ctx.settings(CrmSettings).won_only_when_paid and sales is not None and not sales.is_paid(deal.id):
        raise RuleBroken(_("This deal can be won only when it is paid: the company's rule."))
