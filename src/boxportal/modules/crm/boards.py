"""The board and the funnel: a pipeline's stages with their counts, sums and newest deals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from boxportal.modules.crm.board_cards import Card, Cards, first_cards, next_cards
from boxportal.modules.crm.deals import visible_deals
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.pipelines import Pipeline, Stage, StageTotal
from boxportal.modules.crm.pipelines import stages_of
from boxportal.sdk.access import Scope
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.decimals import format_number
from boxportal.sdk.errors import NotFound
from boxportal.sdk.money import Money, format_money

KIND_ICONS = {"open": "circle-dot", "won": "trophy", "lost": "thumb-down"}
NO_CARDS = Cards((), "")


@dataclass(frozen=True, slots=True)
class Total:
    """How many deals, and their sums in minor units by currency."""

    count: int
    sums: Mapping[str, int]

    def text(self, own: str) -> str:
        """The sums as people read them, the company's currency first."""
        order = sorted((currency for currency, amount in self.sums.items() if amount), key=lambda c: (c != own, c))
        return " + ".join(format_money(Money(self.sums[currency], currency)) for currency in order)


NOTHING = Total(0, {})


@dataclass(frozen=True, slots=True)
class Column:
    """A stage with its newest deals, or with those after a place: then `start` is the address of the newest.

    `more` is the address of the deals that come next, empty after the last one.
    """

    id: int
    title: str
    tone: str
    icon: str
    count: int
    count_text: str
    sum: int
    sum_text: str
    cards: Sequence[Card]
    more: str
    start: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column of the board goes on: its stage, and the cursor of the last card before."""

    stage_id: int
    after: str


def totals_of(ctx: ReadCtx, stage_ids: Sequence[int]) -> Mapping[int, Total]:
    """Each stage's total over the deals that the actor sees, from what is kept per person."""
    rows = ctx.db.execute(
        select(StageTotal.stage_id, StageTotal.currency, func.sum(StageTotal.count), func.sum(StageTotal.amount))
        .where(StageTotal.stage_id.in_(stage_ids), ctx.reach("crm.deal.see", StageTotal.responsible_id))
        .group_by(StageTotal.stage_id, StageTotal.currency)
    ).all()
    totals = dict.fromkeys(stage_ids, NOTHING)
    for stage_id, currency, count, amount in rows:
        totals[stage_id] = added(totals[stage_id], currency, count, amount)
    return totals


def added(total: Total, currency: str, count: int, amount: int) -> Total:
    return Total(total.count + int(count), {**total.sums, currency: int(amount)})


def board_of(ctx: ReadCtx, pipeline: Pipeline, place: Place | None = None) -> Sequence[Column]:
    """The pipeline's columns; each says how many deals it has and holds the newest, or those after a place.

    Two statements, however many stages and deals there are; a third for the column that goes on from a place.

    Raises: NotFound for a place in no column of this pipeline.
    """
    stages = stages_of(ctx, pipeline.id)
    totals = totals_of(ctx, [stage.id for stage in stages])
    found = dict(first_cards(ctx, [stage.id for stage in stages if totals[stage.id].count]))
    if place is not None:
        if place.stage_id not in totals:
            raise NotFound
        found[place.stage_id] = next_cards(ctx, place.stage_id, place.after)
    return [column_of(ctx, stage, totals[stage.id], found.get(stage.id, NO_CARDS), place) for stage in stages]


def column_of(ctx: ReadCtx, stage: Stage, total: Total, found: Cards, place: Place | None = None) -> Column:
    own = ctx.company.currency
    board = f"/crm/deals?pipeline={stage.pipeline_id}"
    return Column(
        id=stage.id,
        title=stage.title,
        tone=stage.color,
        icon=KIND_ICONS[stage.kind],
        count=total.count,
        count_text=format_number(total.count),
        sum=total.sums.get(own, 0),
        sum_text=total.text(own),
        cards=found.cards,
        more=f"{board}&stage={stage.id}&after={found.after}" if found.after else "",
        start=f"{board}#stage-{stage.id}" if place is not None and place.stage_id == stage.id else "",
    )


def column_after(ctx: ReadCtx, pipeline: Pipeline, place: Place) -> Column:
    """The next cards of one column, for a board that is there already.

    Raises: NotFound for a place in no column of this pipeline.
    """
    stage = next((one for one in stages_of(ctx, pipeline.id) if one.id == place.stage_id), None)
    if stage is None:
        raise NotFound
    return column_of(ctx, stage, NOTHING, next_cards(ctx, stage.id, place.after))


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
    stages = [stage for stage in stages_of(ctx, pipeline.id) if stage.kind != "lost"]
    totals, reached = totals_of(ctx, [stage.id for stage in stages]), reached_of(ctx, pipeline.id)
    steps: list[FunnelStep] = []
    first = reached.get(stages[0].id, 0) if stages else 0
    before: int | None = None
    for stage in stages:
        total, came = totals[stage.id], reached.get(stage.id, 0)
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
