"""Pages where the CRM is shaped: its rules, and its pipelines."""

from collections.abc import Sequence
from typing import Annotated

from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy import select

from boxportal.modules.crm import pipeline_changes as changes
from boxportal.modules.crm.choosing import people
from boxportal.modules.crm.models.pipelines import Pipeline, Stage
from boxportal.modules.crm.pipeline_changes import COLORS, KINDS, ORDERS, PipelineData, StageData
from boxportal.modules.crm.pipelines import default_pipeline, pipeline_of, stages_of
from boxportal.modules.crm.settings import CrmSettings
from boxportal.modules.crm.steps import TITLES
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.forms import Choices, FormState, Help, Label, Widget
from boxportal.sdk.forms_web import TypedForm, blank_form, filled_form, submitted
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.i18n import plazy
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = Router(prefix="/crm/deals/settings")
Reader = Annotated[ReadCtx, reads("crm.pipeline.edit")]
Editor = Annotated[Ctx, writes("crm.pipeline.edit")]


class SettingsForm(BaseModel):
    """The rules of the CRM."""

    remind_after_minutes: Annotated[
        int, Label(_l("Remind of an unanswered lead after")), Widget(unit=_l("minutes")), Field(ge=1, le=43_200)
    ]
    tell_head_after_minutes: Annotated[
        int, Label(_l("Tell the head after")), Widget(unit=_l("minutes")), Field(ge=1, le=43_200)
    ]
    turn: Annotated[
        list[int], Label(_l("Who takes leads in turn")),
        Help(_l("For leads that come in by themselves. Nobody: whoever heads the first team.")), Choices(),
    ] = []  # fmt: skip
    won_only_when_paid: Annotated[
        bool, Label(_l("A deal is won only when it is paid")), Widget("switch"),
        Help(_l("Holds while the module with invoices is on.")),
    ] = False  # fmt: skip


class StageRow(BaseModel):
    """A stage in the form of its pipeline."""

    id: Annotated[int | None, Widget("hidden")] = None
    title: Annotated[str, Label(_l("Stage")), Field(max_length=100)] = ""
    kind: Annotated[str, Label(_l("Kind")), Choices(tuple(KINDS.items()))] = "open"
    milestone: Annotated[
        str, Label(_l("Reached by")), Choices((("", _l("hand")), *((name, text) for name, text in TITLES.items())))
    ] = ""
    color: Annotated[str, Label(_l("Colour")), Choices(tuple(COLORS.items()))] = "blue"
    probability: Annotated[int, Label(_l("Chance")), Widget(unit="%"), Field(ge=0, le=100)] = 50
    position: Annotated[int, Label(plazy("stage", "Order")), Field(ge=0, le=1000)] = 100


class PipelineForm(BaseModel):
    """A pipeline with its stages."""

    title: Annotated[str, Label(_l("Pipeline")), Field(min_length=1, max_length=100)]
    steps: Annotated[
        list[str], Label(_l("Steps of a sale")), Help(_l("Leave out what your firm does not do.")),
        Choices(tuple(TITLES.items())),
    ] = []  # fmt: skip
    order: Annotated[
        str, Label(_l("Their order")), Choices(tuple((key, title) for key, (title, _steps) in ORDERS.items()))
    ] = "usual"
    stages: Annotated[list[StageRow], Label(_l("Stages"), one=_l("Stage")), Field(max_length=30)] = []

    def data(self) -> PipelineData:
        rows = sorted(enumerate(self.stages), key=lambda pair: (pair[1].position, pair[0]))
        return PipelineData(
            title=self.title,
            steps=changes.steps_in(self.order, self.steps),
            stages=[StageData(**row.model_dump(exclude={"position"})) for _, row in rows],
        )


@router.get("")
def settings_show(ctx: Reader) -> Response:
    form = filled_form(ctx, SettingsForm, ctx.settings(CrmSettings), choices={"turn": people(ctx)})
    return settings_page(ctx, form)


@router.post("")
def settings_save(typed: TypedForm, ctx: Editor) -> Response:
    def save(form: SettingsForm) -> None:
        old = ctx.settings(CrmSettings)
        ctx.save_settings(old.model_copy(update=form.model_dump()))
        ctx.audit(AuditEntry(action="crm.settings.edit", before=old.model_dump(), after=form.model_dump()))

    result = submitted(ctx, SettingsForm, typed, save, choices={"turn": people(ctx)})
    return settings_page(ctx, result, status=422) if result else see_other(ctx, "/crm/deals/settings")


def settings_page(ctx: ReadCtx, form: FormState[SettingsForm], *, status: int = 200) -> Response:
    pipelines = ctx.db.scalars(select(Pipeline).order_by(Pipeline.position, Pipeline.id)).all()
    return page(ctx, "crm/settings.html", status=status, form=form, pipelines=pipelines)


@router.get("/pipelines/new")
def pipeline_new(ctx: Reader) -> Response:
    """A new pipeline begins as the first one stands."""
    model = default_pipeline(ctx)
    values = values_of(ctx, model) | {"title": ""}
    rows = [{**row, "id": None} for row in stage_rows(stages_of(ctx, model.id))]
    return pipeline_page(ctx, blank_form(ctx, PipelineForm, initial={**values, "stages": rows}), None)


@router.post("/pipelines/new")
def pipeline_create(typed: TypedForm, ctx: Editor) -> Response:
    made = submitted(ctx, PipelineForm, typed, lambda form: changes.create_pipeline(ctx, form.data()))
    if isinstance(made, FormState):
        return pipeline_page(ctx, made, None, status=422)
    return see_other(ctx, "/crm/deals/settings")


@router.get("/pipelines/{pipeline_id}")
def pipeline_show(ctx: Reader, pipeline_id: RecordId) -> Response:
    pipeline = pipeline_of(ctx, pipeline_id)
    return pipeline_page(ctx, filled_form(ctx, PipelineForm, values_of(ctx, pipeline)), pipeline)


@router.post("/pipelines/{pipeline_id}")
def pipeline_change(typed: TypedForm, ctx: Editor, pipeline_id: RecordId) -> Response:
    pipeline = pipeline_of(ctx, pipeline_id)

    def change(form: PipelineForm) -> Pipeline:
        return changes.change_pipeline(ctx, pipeline_id, form.data())

    result = submitted(ctx, PipelineForm, typed, change)
    if isinstance(result, FormState):
        return pipeline_page(ctx, result, pipeline, status=422)
    return see_other(ctx, "/crm/deals/settings")


def values_of(ctx: ReadCtx, pipeline: Pipeline) -> dict[str, object]:
    return {
        "title": pipeline.title,
        "steps": pipeline.steps,
        "order": changes.order_of(pipeline.steps),
        "stages": stage_rows(stages_of(ctx, pipeline.id)),
    }


def stage_rows(stages: Sequence[Stage]) -> list[dict[str, object]]:
    names = ("id", "title", "kind", "milestone", "color", "probability")
    return [{**{name: getattr(s, name) for name in names}, "position": 10 * s.position} for s in stages]


def pipeline_page(
    ctx: ReadCtx, form: FormState[PipelineForm], pipeline: Pipeline | None, *, status: int = 200
) -> Response:
    return page(ctx, "crm/pipeline.html", status=status, form=form, pipeline=pipeline)
