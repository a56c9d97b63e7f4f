"""The board and the funnel: a pipeline's stages with their counts, sums and newest deals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from boxportal.modules.crm.deals import visible_deals
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.models.pipelines import Pipeline, Stage, StageTotal
from boxportal.modules.crm.pipelines import stages_of
from boxportal.sdk.access import Scope
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.money import Money, format_money
from boxportal.sdk.people import person

CARDS = 30


@dataclass(frozen=True, slots=True)
class Total:
    """How many deals, and their sums in minor units by currency."""

    count: int
    sums: Mapping[str, int]

    def text(self, own: str) -> str:
        """The sums as people read them, the company's currency first."""
        order = sorted((currency for currency, amount in self.sums.items() if amount), key=lambda c: (c != own, c))
        return " + ".join(format_money(Money(self.sums[currency], currency)) for currency in order)


@dataclass(frozen=True, slots=True)
class Card:
    """A deal on the board."""

    id: int
    title: str
    url: str
    version: int
    move_url: str
    amount: int
    amount_text: str
    client: str
    owner: str
    days: int
    next_at: object
    has_next: bool


@dataclass(frozen=True, slots=True)
class Column:
    """A stage with its newest deals."""

    id: int
    title: str
    tone: str
    icon: str
    kind: str
    count: int
    sum: int
    sum_text: str
    cards: Sequence[Card]
    more: str


KIND_ICONS = {"open": "circle-dot", "won": "trophy", "lost": "thumb-down"}


def totals_of(ctx: ReadCtx, pipeline_id: int) -> Mapping[int, Total]:
    """Each stage's total over the deals that the actor sees, from what is kept per person."""
    rows = ctx.db.execute(
        select(StageTotal.stage_id, StageTotal.currency, func.sum(StageTotal.count), func.sum(StageTotal.amount))
        .join(Stage, Stage.id == StageTotal.stage_id)
        .where(Stage.pipeline_id == pipeline_id, ctx.reach("crm.deal.see", StageTotal.responsible_id))
        .group_by(StageTotal.stage_id, StageTotal.currency)
    ).all()
    totals: dict[int, Total] = {}
    for stage_id, currency, count, amount in rows:
        known = totals.get(stage_id, Total(0, {}))
        totals[stage_id] = Total(known.count + int(count), {**known.sums, currency: int(amount)})
    return totals


def board_of(ctx: ReadCtx, pipeline: Pipeline) -> Sequence[Column]:
    """The pipeline's columns; each holds its newest deals and says how many there are."""
    totals = totals_of(ctx, pipeline.id)
    own = ctx.company.currency
    columns = []
    for stage in stages_of(ctx, pipeline.id):
        total = totals.get(stage.id, Total(0, {}))
        cards = cards_of(ctx, stage)
        columns.append(
            Column(
                id=stage.id,
                title=stage.title,
                tone=stage.color,
                icon=KIND_ICONS[stage.kind],
                kind=stage.kind,
                count=total.count,
                sum=total.sums.get(own, 0),
                sum_text=total.text(own),
                cards=cards,
                more=f"/crm/deals/list?stage={stage.id}" if total.count > len(cards) else "",
            )
        )
    return columns


def cards_of(ctx: ReadCtx, stage: Stage) -> Sequence[Card]:
    rows = ctx.db.execute(
        visible_deals(ctx)
        .where(Deal.stage_id == stage.id)
        .outerjoin(ClientCompany, ClientCompany.id == Deal.client_company_id)
        .outerjoin(Contact, Contact.id == Deal.contact_id)
        .outerjoin(Lead, Lead.id == Deal.lead_id)
        .outerjoin(person, person.c.id == Deal.responsible_id)
        .with_only_columns(
            Deal.id, Deal.title, Deal.version, Deal.amount, Deal.currency, Deal.moved_at, Deal.next_at,
            Deal.open_activities, ClientCompany.name, Contact.name, Lead.company_name, Lead.name, person.c.name,
        )
        .order_by(Deal.moved_at.desc(), Deal.id.desc())
        .limit(CARDS)
    ).all()  # fmt: skip
    return [
        Card(
            id=row[0],
            title=row[1],
            url=f"/crm/deals/{row[0]}",
            version=row[2],
            move_url=f"/crm/deals/{row[0]}/board-move",
            amount=row[3] if row[4] == ctx.company.currency else 0,
            amount_text=format_money(Money(row[3], row[4])) if row[3] else "",
            client=row[8] or row[9] or row[10] or row[11] or "",
            owner=row[12] or "",
            days=(ctx.now - row[5]).days,
            next_at=row[6],
            has_next=row[7] > 0,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """A stage of the funnel. `reached` counts the deals that came so far, `share` how many of the step before did."""

    title: str
    tone: str
    kind: str
    count: int
    sum_text: str
    reached: int
    share: int | None
    of_all: int


def funnel_of(ctx: ReadCtx, pipeline: Pipeline) -> Sequence[FunnelStep]:
    """The way of all deals through a pipeline."""
    totals, reached = totals_of(ctx, pipeline.id), reached_of(ctx, pipeline.id)
    steps: list[FunnelStep] = []
    stages = [stage for stage in stages_of(ctx, pipeline.id) if stage.kind != "lost"]
    first = reached.get(stages[0].id, 0) if stages else 0
    before: int | None = None
    for stage in stages:
        total, came = totals.get(stage.id, Total(0, {})), reached.get(stage.id, 0)
        steps.append(
            FunnelStep(
                title=stage.title,
                tone=stage.color,
                kind=stage.kind,
                count=total.count,
                sum_text=total.text(ctx.company.currency),
                reached=came,
                share=round(100 * came / before) if before else None,
                of_all=round(100 * came / first) if first else 0,
            )
        )
        before = came
    return steps


def reached_of(ctx: ReadCtx, pipeline_id: int) -> Mapping[int, int]:
    """How many deals ever came to each stage: kept for who sees all, else counted over what the actor sees."""
    stages = stages_of(ctx, pipeline_id)
    if ctx.actor.scope("crm.deal.see") is Scope.ALL:
        return {stage.id: stage.reached for stage in stages}
    mine = visible_deals(ctx).where(Deal.pipeline_id == pipeline_id).subquery()
    rows = ctx.db.execute(select(mine.c.furthest, func.count()).group_by(mine.c.furthest)).all()
    return {stage.id: sum(count for furthest, count in rows if furthest >= stage.position) for stage in stages}
