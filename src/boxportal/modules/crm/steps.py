"""The step bar of a deal, and the one next step: from the papers of sales where it is on, else from the stages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from boxportal.contracts.crm import Milestone, SalesStep, SalesWork
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.pipelines import Pipeline, Stage
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.i18n import Lazy, Text
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l

TITLES: Mapping[Milestone, Lazy] = {
    "quoted": _l("Quote"),
    "agreed": _l("Agreed"),
    "invoiced": _l("Invoice"),
    "shipped": _l("Shipment"),
    "paid": _l("Payment"),
}
STATES = {"done": "done", "partly": "current", "open": "todo"}


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the bar; `state` is done, current or todo."""

    title: Text
    state: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one thing to do now: a page to open, or with `posts` an address to post `values` to."""

    title: Text
    url: str
    posts: bool
    values: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Way:
    """How far a deal is: the steps in order, and the next one; None for a closed deal."""

    steps: Sequence[Step]
    next: NextStep | None


def way_of(ctx: ReadCtx, deal: Deal, pipeline: Pipeline, stages: Sequence[Stage]) -> Way:
    """The step bar and the next step of a deal that the actor may see, in its pipeline with its stages."""
    names: list[Milestone] = [n for n in pipeline.steps if n in get_args(Milestone)]  # type: ignore[misc]  # as the check says
    sales = ctx.find(SalesWork)
    papers = {step.milestone: step for step in sales.steps(deal.id)} if sales is not None else {}
    if sales is not None:
        middle = [paper_step(papers[name]) for name in names if name in papers]
    else:
        middle = [stage_step(deal, stages, name) for name in names if name in {stage.milestone for stage in stages}]
    steps = [*([Step(_l("Lead"), "done", url=f"/crm/leads/{deal.lead_id}")] if deal.lead_id else [])]
    steps += [Step(_l("Deal"), "done"), *middle, last_step(deal)]
    following = next_step(deal, stages, [papers[name] for name in names if name in papers])
    return Way(with_current(steps) if deal.state == "open" else steps, following)


def paper_step(paper: SalesStep) -> Step:
    note = " · ".join(part for part in (paper.document, paper.label if paper.state == "partly" else "") if part)
    return Step(TITLES[paper.milestone], STATES[paper.state], note, paper.document_url)


def stage_step(deal: Deal, stages: Sequence[Stage], name: Milestone) -> Step:
    """Without sales the stages that the deal went through say what is done."""
    stage = next(stage for stage in stages if stage.milestone == name)
    if name == "agreed" and deal.agreed_at is not None:
        return Step(TITLES[name], "done")
    here = next((s.position for s in stages if s.id == deal.stage_id), 0)
    is_done = deal.state == "won" or (deal.state == "open" and here >= stage.position)
    return Step(TITLES[name], "done" if is_done else "todo")


def last_step(deal: Deal) -> Step:
    if deal.state == "won":
        return Step(_l("Won"), "done")
    if deal.state == "lost":
        return Step(_l("Lost"), "done", deal.reason)
    return Step(_l("Closed"), "todo")


def with_current(steps: Sequence[Step]) -> list[Step]:
    """The first step that is not done is the one where the deal stands."""
    first = next((number for number, step in enumerate(steps) if step.state in ("todo", "current")), None)
    return [
        Step(step.title, "current", step.note, step.url) if number == first else step
        for number, step in enumerate(steps)
    ]


def next_step(deal: Deal, stages: Sequence[Stage], papers: Sequence[SalesStep]) -> NextStep | None:
    if deal.state != "open":
        return None
    for paper in papers:
        if paper.state != "done" and paper.act_url:
            return NextStep(paper.act, paper.act_url, paper.act_posts, {})
    here = next((s.position for s in stages if s.id == deal.stage_id), 0)
    ahead = next((s for s in stages if s.kind == "open" and s.position > here), None)
    if ahead is None or (papers and all(paper.state == "done" for paper in papers)):
        return NextStep(_l("Close as won"), f"/crm/deals/{deal.id}/win", posts=True, values={"version": deal.version})
    values = {"stage": ahead.id, "version": deal.version}
    return NextStep(
        _("Go on to: %(stage)s", stage=ahead.title), f"/crm/deals/{deal.id}/move", posts=True, values=values
    )
