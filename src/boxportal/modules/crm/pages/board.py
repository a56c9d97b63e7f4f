"""The board, where deals are moved by hand, and the funnel."""

from typing import Annotated

from fastapi import Form, Query
from fastapi.responses import JSONResponse, Response
from sqlalchemy import select

from boxportal.modules.crm import deals
from boxportal.modules.crm.boards import Total, board_of, funnel_of, totals_of
from boxportal.modules.crm.models.pipelines import Pipeline
from boxportal.modules.crm.pipelines import default_pipeline, pipeline_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.currencies import exponent
from boxportal.sdk.database import one
from boxportal.sdk.errors import DomainError, Stale
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, writes

router = Router(prefix="/crm/deals")
DealReader = Annotated[ReadCtx, reads("crm.deal.see")]
Chosen = Annotated[int | None, Query(ge=1)]


@router.get("")
def deal_board(ctx: DealReader, pipeline: Chosen = None) -> Response:
    shown = pipeline_of(ctx, pipeline) if pipeline is not None else default_pipeline(ctx)
    columns = board_of(ctx, shown)
    return page(
        ctx,
        "crm/deal_board.html",
        pipeline=shown,
        pipelines=pipelines(ctx),
        columns=columns,
        is_empty=not any(column.count for column in columns),
        digits=exponent(ctx.company.currency),
    )


@router.get("/funnel")
def deal_funnel(ctx: DealReader, pipeline: Chosen = None) -> Response:
    shown = pipeline_of(ctx, pipeline) if pipeline is not None else default_pipeline(ctx)
    return page(
        ctx, "crm/deal_funnel.html", pipeline=shown, pipelines=pipelines(ctx), steps=funnel_of(ctx, shown)
    )  # fmt: skip


def pipelines(ctx: ReadCtx) -> list[Pipeline]:
    return list(ctx.db.scalars(select(Pipeline).order_by(Pipeline.position, Pipeline.id)))


@router.post("/{deal_id}/board-move")
def deal_board_move(
    ctx: Annotated[Ctx, writes("crm.deal.edit")],
    deal_id: RecordId,
    stage: Annotated[int, Form(ge=1)],
    version: Annotated[int | None, Form(ge=1)] = None,
) -> Response:
    """Answer the board's script: the new version and totals, where to go on, or what forbids the move."""
    try:
        target = one(ctx.db, deals.stage_for(ctx, deal_id, stage))
        if target.kind == "lost":
            return JSONResponse({"location": f"/crm/deals/{deal_id}/lose"})
        before = deals.editable_deal(ctx, deal_id).stage_id
        deal = deals.move_deal(ctx, deal_id, stage, version=version)
    except DomainError as error:
        return problem(ctx, error)
    ctx.db.flush()
    totals = totals_of(ctx, deal.pipeline_id)
    changed = {str(one_id): told(ctx, totals.get(one_id, Total(0, {}))) for one_id in (before, stage)}
    return JSONResponse({"version": deal.version, "totals": changed})


def told(ctx: ReadCtx, total: Total) -> dict[str, object]:
    own = ctx.company.currency
    return {"count": total.count, "sum": total.sums.get(own, 0), "sum_text": total.text(own)}


def problem(ctx: Ctx, error: DomainError) -> Response:
    """The sentence that the board shows when it puts the card back (RFC 9457)."""
    ctx.failed = True
    if isinstance(error, Stale):
        text = _("Somebody changed this deal meanwhile. Load the page again.")
    else:
        text = str(error.message) or _("This can't be done now.")
    body = {"type": f"about:{error.code}", "title": text, "status": error.status, "detail": text}
    return JSONResponse(body, status_code=error.status, media_type="application/problem+json")
