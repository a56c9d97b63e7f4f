"""The board, where deals are moved by hand, and the funnel."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Form, Query
from fastapi.responses import JSONResponse, Response
from sqlalchemy import select

from boxportal.modules.crm import deals
from boxportal.modules.crm.boards import Place, Total, board_of, column_after, funnel_of, totals_of
from boxportal.modules.crm.models.pipelines import Pipeline
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.currencies import exponent
from boxportal.sdk.errors import DomainError, NotFound, Stale
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, writes

router = Router(prefix="/crm/deals")
DealReader = Annotated[ReadCtx, reads("crm.deal.see")]
Chosen = Annotated[int | None, Query(ge=1)]


@router.get("")
def deal_board(ctx: DealReader, pipeline: Chosen = None, stage: Chosen = None, after: str = "") -> Response:
    """The board. With a place (`stage`, `after`) that column goes on from there; htmx gets its cards alone."""
    known = pipelines(ctx)
    shown = chosen(known, pipeline)
    place = Place(stage, after) if stage is not None and after else None
    if place is not None and ctx.origin.is_htmx:
        return page(ctx, "crm/_board_cards.html", column=column_after(ctx, shown, place))
    columns = board_of(ctx, shown, place)
    return page(
        ctx,
        "crm/deal_board.html",
        pipeline=shown,
        pipelines=known,
        columns=columns,
        is_empty=not any(column.count for column in columns),
        digits=exponent(ctx.company.currency),
    )


@router.get("/funnel")
def deal_funnel(ctx: DealReader, pipeline: Chosen = None) -> Response:
    known = pipelines(ctx)
    shown = chosen(known, pipeline)
    return page(ctx, "crm/deal_funnel.html", pipeline=shown, pipelines=known, steps=funnel_of(ctx, shown))


def pipelines(ctx: ReadCtx) -> Sequence[Pipeline]:
    return ctx.db.scalars(select(Pipeline).order_by(Pipeline.position, Pipeline.id)).all()


def chosen(known: Sequence[Pipeline], wanted: int | None) -> Pipeline:
    """Raises: NotFound."""
    found = next((one for one in known if wanted is None or one.id == wanted), None)
    if found is None:
        raise NotFound
    return found


@router.post("/{deal_id}/board-move")
def deal_board_move(
    ctx: Annotated[Ctx, writes("crm.deal.edit")],
    deal_id: RecordId,
    stage: Annotated[int, Form(ge=1)],
    version: Annotated[int | None, Form(ge=1)] = None,
) -> Response:
    """Answer the board's script: the new version and totals, where to go on, or what forbids the move."""
    try:
        done = deals.drop_deal(ctx, deal_id, stage, version=version)
    except DomainError as error:
        return problem(ctx, error)
    if done.asks_why:
        return JSONResponse({"location": f"/crm/deals/{deal_id}/lose"})
    totals = totals_of(ctx, (done.before, stage))
    changed = {str(stage_id): told(ctx, total) for stage_id, total in totals.items()}
    return JSONResponse({"version": done.deal.version, "totals": changed})


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
    body = {"type": "about:blank", "code": error.code, "title": text, "status": error.status, "detail": text}
    return JSONResponse(body, status_code=error.status, media_type="application/problem+json")
