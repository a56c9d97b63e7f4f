"""Pipelines and stages: the first ones, where a new deal stands, and the kept totals."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from boxportal.contracts.crm import Milestone
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.pipelines import Pipeline, Stage, StageTotal
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import WriteSession, one
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import pgettext, use_locale

STEPS: tuple[Milestone, ...] = ("quoted", "agreed", "invoiced", "shipped", "paid")
STAGES = select(Stage).where(Stage.pipeline_id == bindparam("pipeline")).order_by(Stage.position, Stage.id)


def set_up(ctx: Ctx) -> None:
    """Make the first pipeline when CRM is switched on for the first time; its stages follow the paper of a sale.

    It is the company's, and so in the company's language, whoever switches on.
    """
    if ctx.db.scalar(select(Pipeline.id).limit(1)) is None:
        with use_locale(ctx.company.language):
            make_first(ctx)


def make_first(ctx: Ctx) -> None:
    pipeline = Pipeline(title=_("Sales"), position=1, steps=list(STEPS))
    ctx.db.add(pipeline)
    ctx.db.flush()
    stages = (
        (pgettext("stage", "New"), "blue", "open", "", 10),
        (_("Quoted"), "teal", "open", "quoted", 30),
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


def pipeline_of(ctx: ReadCtx, pipeline_id: int) -> Pipeline:
    """Raises: NotFound."""
    return one(ctx.db, select(Pipeline).where(Pipeline.id == pipeline_id))


def stages_of(ctx: ReadCtx, pipeline_id: int) -> Sequence[Stage]:
    """The stages of a pipeline, in order."""
    return ctx.db.scalars(STAGES, {"pipeline": pipeline_id}).all()


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
    responsible_id: int
    amount: int


def shift_totals(db: WriteSession, before: Weight | None, after: Weight | None) -> None:
    """Take a deal's weight from one stage and give it to another, in the deal's own transaction."""
    if before == after:
        return
    changes = [(weight, sign) for weight, sign in ((before, -1), (after, 1)) if weight is not None]
    if db.dialect == "postgresql":
        hold_stages(db, [weight.stage_id for weight, _sign in changes])
    # In one order for everybody, so that two moves against each other can't wait for each other's rows.
    for weight, sign in sorted(
        changes, key=lambda change: (change[0].stage_id, change[0].currency, change[0].responsible_id)
    ):
        add_to_total(db, weight, sign)


def hold_stages(db: WriteSession, stage_ids: Sequence[int]) -> None:
    """Take the stages of a pipeline before anything that is counted for them, in one order for everybody.

    What counts for them takes several rows, one after the other when a deal takes two steps at once: without this two
    such deals could wait for each other. Rows may still refer to the stages meanwhile.
    """
    pipelines = select(Stage.pipeline_id).where(Stage.id.in_(stage_ids))
    mine = select(Stage.id).where(Stage.pipeline_id.in_(pipelines)).order_by(Stage.id)
    db.scalars(mine.with_for_update(key_share=True)).all()


def go_further(deal: Deal, stage: Stage) -> range:
    """Note how far the deal has come; the positions that it reaches for the first time. A lost one reaches nothing."""
    if stage.kind == "lost" or stage.position <= deal.furthest:
        return range(0)
    before, deal.furthest = deal.furthest, stage.position
    return range(before + 1, stage.position + 1)


def count_reached(db: WriteSession, deal: Deal, came: range) -> None:
    """Count a deal for each stage that it reaches for the first time."""
    if came:
        add_reached(db, deal.pipeline_id, came.start - 1, came.stop - 1, 1)


def shift_reached(db: WriteSession, deal: Deal, sign: int) -> None:
    """Take a deal out of the funnel, or back into it."""
    add_reached(db, deal.pipeline_id, 0, deal.furthest, sign)


def add_reached(db: WriteSession, pipeline_id: int, after: int, up_to: int, sign: int) -> None:
    passed = update(Stage).where(
        Stage.pipeline_id == pipeline_id, Stage.kind != "lost", Stage.position > after, Stage.position <= up_to
    )
    db.change(passed.values(reached=Stage.reached + sign).execution_options(synchronize_session="fetch"))


def add_to_total(db: WriteSession, weight: Weight, sign: int) -> None:
    """Add to what is kept, or with sign -1 take away."""
    key = {"stage_id": weight.stage_id, "currency": weight.currency, "responsible_id": weight.responsible_id}
    more = (
        update(StageTotal)
        .filter_by(**key)
        .values(count=StageTotal.count + sign, amount=StageTotal.amount + sign * weight.amount)
    )
    if db.change(more):
        return
    row = StageTotal(**key, count=sign, amount=sign * weight.amount)
    try:
        with db.savepoint():
            db.add(row)
    except IntegrityError:  # another transaction made the row at the same moment
        db.change(more)
