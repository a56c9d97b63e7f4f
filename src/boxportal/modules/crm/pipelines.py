"""Pipelines and stages: the first ones, where a new deal stands, and the kept totals."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select, update

from boxportal.contracts.crm import Milestone
from boxportal.modules.crm.models.pipelines import Pipeline, Stage, StageTotal
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import WriteSession, one
from boxportal.sdk.i18n import gettext as _

STEPS: tuple[Milestone, ...] = ("quoted", "agreed", "invoiced", "shipped", "paid")


def set_up(ctx: Ctx) -> None:
    """Make the first pipeline when CRM is switched on for the first time; its stages follow the paper of a sale."""
    if ctx.db.scalar(select(Pipeline.id).limit(1)) is not None:
        return
    pipeline = Pipeline(title=_("Sales"), position=1, steps=list(STEPS))
    ctx.db.add(pipeline)
    ctx.db.flush()
    stages = (
        (_("New"), "blue", "open", "", 10),
        (_("Quoted"), "cyan", "open", "quoted", 30),
        (_("Agreed"), "yellow", "open", "agreed", 60),
        (_("Invoiced"), "orange", "open", "invoiced", 80),
        (_("To be paid"), "purple", "open", "shipped", 90),
        (_("Won"), "green", "won", "", 100),
        (_("Lost"), "gray", "lost", "", 0),
    )
    ctx.db.add_all(
        [
            Stage(
                pipeline_id=pipeline.id,
                title=title,
                position=position,
                color=color,
                kind=kind,
                milestone=milestone,
                probability=probability,
            )
            for position, (title, color, kind, milestone, probability) in enumerate(stages, 1)
        ]
    )
    ctx.db.flush()


def default_pipeline(ctx: ReadCtx) -> Pipeline:
    """The pipeline that new deals enter."""
    return one(ctx.db, select(Pipeline).order_by(Pipeline.position, Pipeline.id))


def stages_of(ctx: ReadCtx, pipeline_id: int) -> Sequence[Stage]:
    """The stages of a pipeline, in order."""
    in_order = select(Stage).where(Stage.pipeline_id == pipeline_id).order_by(Stage.position, Stage.id)
    return ctx.db.scalars(in_order).all()


def first_stage(ctx: ReadCtx, pipeline_id: int) -> Stage:
    """Where a deal begins."""
    return one(ctx.db, of_kind(pipeline_id, "open"))


def closing_stage(ctx: ReadCtx, pipeline_id: int, *, won: bool) -> Stage:
    """Where a deal ends."""
    return one(ctx.db, of_kind(pipeline_id, "won" if won else "lost"))


def of_kind(pipeline_id: int, kind: str) -> Select[Stage]:
    in_order = select(Stage).where(Stage.pipeline_id == pipeline_id, Stage.kind == kind)
    return in_order.order_by(Stage.position, Stage.id)


@dataclass(frozen=True, slots=True)
class Weight:
    """What one deal adds to its stage's total."""

    stage_id: int
    currency: str
    amount: int


def shift_totals(db: WriteSession, before: Weight | None, after: Weight | None) -> None:
    """Take a deal's weight from one stage and give it to another, in the deal's own transaction."""
    if before == after:
        return
    for weight, sign in ((before, -1), (after, 1)):
        if weight is not None:
            add_to_total(db, weight, sign)


def add_to_total(db: WriteSession, weight: Weight, sign: int) -> None:
    total = update(StageTotal).where(StageTotal.stage_id == weight.stage_id, StageTotal.currency == weight.currency)
    changed = db.change(total.values(count=StageTotal.count + sign, amount=StageTotal.amount + sign * weight.amount))
    if not changed:
        db.add(StageTotal(stage_id=weight.stage_id, currency=weight.currency, count=sign, amount=sign * weight.amount))
        db.flush()
