"""Pipelines as the administrator shapes them: stages, their order and meaning, the steps that a deal shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select, update

from boxportal.contracts.crm import Milestone
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.pipelines import Pipeline, Stage
from boxportal.modules.crm.pipelines import STEPS, pipeline_of, stages_of
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.names import clean_line

PIPELINE = "crm.pipeline"
KINDS: Mapping[str, Lazy] = {"open": _l("On the way"), "won": _l("Won"), "lost": _l("Lost")}
COLORS: Mapping[str, Lazy] = {
    "blue": _l("Blue"), "teal": _l("Teal"), "green": _l("Green"), "yellow": _l("Yellow"), "orange": _l("Orange"),
    "red": _l("Red"), "pink": _l("Pink"), "purple": _l("Purple"), "gray": _l("Grey"),
}  # fmt: skip
ORDERS: Mapping[str, tuple[Lazy, tuple[Milestone, ...]]] = {
    "usual": (_l("Invoice, shipment, payment"), ("quoted", "agreed", "invoiced", "shipped", "paid")),
    "paid_first": (_l("Invoice, payment, shipment"), ("quoted", "agreed", "invoiced", "paid", "shipped")),
    "shipped_first": (_l("Shipment, invoice, payment"), ("quoted", "agreed", "shipped", "invoiced", "paid")),
}
MOST_STAGES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class StageData:
    """A stage as it is to be; `id` is None for a new one."""

    id: int | None
    title: str
    color: str
    kind: str
    milestone: str
    probability: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineData:
    """A pipeline as it is to be: `steps` in the order of the step bar, stages in theirs."""

    title: str
    steps: Sequence[str]
    stages: Sequence[StageData]


def order_of(steps: Sequence[str]) -> str:
    """Which of the orders a step bar follows."""
    for name, (_title, order) in ORDERS.items():
        if [step for step in order if step in steps] == list(steps):
            return name
    return "usual"


def steps_in(order: str, chosen: Sequence[str]) -> list[str]:
    """The chosen steps in one of the orders."""
    return [step for step in ORDERS.get(order, ORDERS["usual"])[1] if step in chosen]


def create_pipeline(ctx: Ctx, data: PipelineData) -> Pipeline:
    """Make another pipeline.

    Raises: Invalid.
    """
    ctx.require("crm.pipeline.edit")
    last = ctx.db.scalar(select(func.max(Pipeline.position))) or 0
    pipeline = Pipeline(title=title_of(ctx, data, None), position=last + 1, steps=checked_steps(data))
    require_stages(data)
    ctx.db.add(pipeline)
    ctx.db.flush()
    put_stages(ctx, pipeline, data)
    ctx.audit(AuditEntry(action="crm.pipeline.create", ref=RecordRef(PIPELINE, pipeline.id), title=pipeline.title))
    return pipeline


def change_pipeline(ctx: Ctx, pipeline_id: int, data: PipelineData) -> Pipeline:
    """Save a pipeline. A stage that deals stand in can't be taken out.

    Raises: NotFound, Invalid, RuleBroken.
    """
    ctx.require("crm.pipeline.edit")
    pipeline = pipeline_of(ctx, pipeline_id)
    require_stages(data)
    pipeline.title, pipeline.steps = title_of(ctx, data, pipeline.id), checked_steps(data)
    put_stages(ctx, pipeline, data)
    ctx.audit(AuditEntry(action="crm.pipeline.edit", ref=RecordRef(PIPELINE, pipeline.id), title=pipeline.title))
    return pipeline


def change_steps(ctx: Ctx, pipeline_id: int, steps: Sequence[Milestone]) -> Pipeline:
    """Say which acts of sales a pipeline uses, in one of the known orders.

    Raises: NotPermitted, NotFound, Invalid.
    """
    ctx.require("crm.pipeline.edit")
    pipeline = pipeline_of(ctx, pipeline_id)
    wished = list(steps)
    if steps_in(order_of(wished), wished) != wished:
        raise Invalid({"steps": _("These steps stand in no order that there is, or twice.")})
    before, pipeline.steps = pipeline.steps, [*wished]
    ctx.db.flush()
    ctx.audit(
        AuditEntry(
            action="crm.pipeline.edit",
            ref=RecordRef(PIPELINE, pipeline.id),
            title=pipeline.title,
            before={"steps": before},
            after={"steps": wished},
        )
    )
    return pipeline


def title_of(ctx: ReadCtx, data: PipelineData, own_id: int | None) -> str:
    title = clean_line(data.title)[:100]
    if not title:
        raise Invalid({"title": _("Type a title.")})
    twin = ctx.db.scalar(select(Pipeline.id).where(Pipeline.title == title))
    if twin is not None and twin != own_id:
        raise Invalid({"title": _("There is a pipeline of this name already.")})
    return title


def checked_steps(data: PipelineData) -> list[str]:
    return [step for step in data.steps if step in STEPS]


def require_stages(data: PipelineData) -> None:
    """A pipeline needs a beginning and both ends; a milestone stands at one stage at most."""
    kinds = [stage.kind for stage in data.stages]
    milestones = [stage.milestone for stage in data.stages if stage.milestone]
    problem = ""
    if "open" not in kinds or kinds.count("won") != 1 or kinds.count("lost") != 1:
        problem = _("A pipeline needs a stage on the way, one for won and one for lost.")
    elif any(not clean_line(stage.title) for stage in data.stages):
        problem = _("Each stage needs a title.")
    elif len(set(milestones)) != len(milestones):
        problem = _("Two stages stand for the same step.")
    elif len(data.stages) > MOST_STAGES:
        problem = _("A pipeline holds at most %(num)s stages.", num=MOST_STAGES)
    if problem:
        raise Invalid({"stages": problem})


def put_stages(ctx: Ctx, pipeline: Pipeline, data: PipelineData) -> None:
    """Bring the stages into the wished state and order; what is kept of deals follows the order."""
    known = {stage.id: stage for stage in stages_of(ctx, pipeline.id)}
    before = {stage.id: stage.position for stage in known.values()}
    wanted = {stage.id for stage in data.stages if stage.id is not None}
    if not wanted <= set(known):
        raise Invalid({"stages": _("A stage is no longer there. Load the page again.")})
    for stage_id in set(known) - wanted:
        remove_stage(ctx, known[stage_id])
    # Lost stands last, won before it: both ends are no places to pass through.
    in_order = sorted(data.stages, key=lambda stage: list(KINDS).index(stage.kind))
    for position, wish in enumerate(in_order, 1):
        stage = known[wish.id] if wish.id is not None else Stage(pipeline_id=pipeline.id, reached=0)
        stage.title, stage.color, stage.kind = clean_line(wish.title)[:100], wish.color, wish.kind
        stage.milestone = wish.milestone if wish.kind == "open" else ""
        stage.probability, stage.position = wish.probability, position
        ctx.db.add(stage)
    ctx.db.flush()
    follow_order(ctx, pipeline.id, before)


def remove_stage(ctx: Ctx, stage: Stage) -> None:
    """Raises: RuleBroken when a deal stands there, be it in the trash."""
    if ctx.db.scalar(select(Deal.id).where(Deal.stage_id == stage.id).limit(1)) is not None:
        raise RuleBroken(_("Deals stand in the stage “%(stage)s”: move them first.", stage=stage.title))
    ctx.db.delete(stage)
    ctx.db.flush()


def follow_order(ctx: Ctx, pipeline_id: int, before: Mapping[int, int]) -> None:
    """After stages changed places, the deals' furthest positions and the stages' counts mean the same as before."""
    stages = stages_of(ctx, pipeline_id)
    moved = {before[s.id]: s.position for s in stages if s.id in before and before[s.id] != s.position}
    gone = set(before.values()) - {before[s.id] for s in stages if s.id in before}
    if moved or gone:
        here = case(moved, value=Deal.furthest, else_=Deal.furthest) if moved else Deal.furthest
        ctx.db.change(
            update(Deal)
            .where(Deal.pipeline_id == pipeline_id)
            .values(furthest=here)
            .execution_options(synchronize_session="fetch")
        )
    counts = ctx.db.execute(
        select(Deal.furthest, func.count())
        .where(Deal.pipeline_id == pipeline_id, Deal.deleted_at.is_(None))
        .group_by(Deal.furthest)
    ).all()
    for stage in stages:
        came = sum(count for furthest, count in counts if furthest >= stage.position)
        stage.reached = 0 if stage.kind == "lost" else came
    ctx.db.flush()
