"""The steps of pipelines and the rule of closing over the API; their lists are with the deals."""

from typing import Annotated

from fastapi.responses import Response
from pydantic import BaseModel, Field

from boxportal.contracts.crm import Milestone
from boxportal.modules.crm import pipeline_changes as changes
from boxportal.modules.crm.api.deals import PipelineOut, pipeline_out
from boxportal.modules.crm.settings import CrmSettings
from boxportal.sdk.api import Input
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, answered, reads, writes

router = Router(tags=["crm"])
Reader = Annotated[ReadCtx, reads("crm.pipeline.edit")]
Editor = Annotated[Ctx, writes("crm.pipeline.edit")]


class StepsIn(Input):
    """The acts of sales that a pipeline uses, in the order of its step bar; what a firm does not do is left out."""

    steps: Annotated[list[Milestone], Field(max_length=5)]


class RulesIn(Input):
    """What closing a deal asks for."""

    won_only_when_paid: bool


class RulesOut(BaseModel):
    """The rules in force."""

    won_only_when_paid: bool


@router.patch("/pipelines/{pipeline_id}", response_model=PipelineOut)
def pipeline_change(ctx: Editor, pipeline_id: RecordId, body: StepsIn) -> Response:
    """Say which steps a pipeline uses, and in which order."""
    return answered(ctx, pipeline_out(ctx, changes.change_steps(ctx, pipeline_id, body.steps)))


@router.get("/rules", response_model=RulesOut)
def rules_show(ctx: Reader) -> Response:
    """The rules of closing a deal."""
    return answered(ctx, RulesOut(won_only_when_paid=ctx.settings(CrmSettings).won_only_when_paid))


@router.patch("/rules", response_model=RulesOut)
def rules_change(ctx: Editor, body: RulesIn) -> Response:
    """Switch the rule that a deal is won only when it is paid."""
    old = ctx.settings(CrmSettings)
    ctx.save_settings(old.model_copy(update=body.model_dump()))
    before = {"won_only_when_paid": old.won_only_when_paid}
    ctx.audit(AuditEntry(action="crm.settings.edit", before=before, after=body.model_dump()))
    return answered(ctx, RulesOut(won_only_when_paid=body.won_only_when_paid))
