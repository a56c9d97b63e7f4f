"""Home ("what waits for me") and the inbox."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from fastapi.responses import Response
from sqlalchemy import select

from boxportal.kernel.notify.inbox import mark_read
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.running import company_of, snapshot_of
from boxportal.kernel.work.sample import has_sample, samples_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, safe_path, see_other, writes

router = Router()
INBOX_PAGE = 50
FIRST_STEPS = {"kernel/_dead_disk.html", "kernel/_getting_started.html", "kernel/_let_clients_in.html"}


@dataclass(frozen=True, slots=True)
class HomeBlock:
    """A block of the Home page with its values."""

    title: str
    template: str
    values: dict[str, object]


@router.get("/")
def home(ctx: Annotated[ReadCtx, reads()]) -> Response:
    blocks = []
    for card in snapshot_of(ctx).home:
        values = card.values(ctx) if not card.permission or ctx.can(card.permission) else None
        if values is not None:
            blocks.append(HomeBlock(str(card.title), card.template, dict(values)))
    samples = samples_of(company_of(ctx)) if ctx.actor.is_admin else []
    is_sample = bool(samples) and has_sample(ctx, samples)
    # Offered while there is nothing of the company's own to lose sight of.
    can_sample = bool(samples) and not is_sample and all(block.template in FIRST_STEPS for block in blocks)
    return page(ctx, "kernel/home.html", blocks=blocks, can_sample=can_sample, is_sample=is_sample)


@router.get("/inbox")
def inbox(ctx: Annotated[ReadCtx, reads()], before: int | None = None, show: str = "") -> Response:
    mine = select(InboxNotice).where(InboxNotice.person_id == ctx.actor.id)
    if show == "unread":
        mine = mine.where(InboxNotice.read_at.is_(None))
    if before is not None:
        mine = mine.where(InboxNotice.id < before)
    rows = ctx.db.scalars(mine.order_by(InboxNotice.id.desc()).limit(INBOX_PAGE + 1)).all()
    more = rows[INBOX_PAGE - 1].id if len(rows) > INBOX_PAGE else None
    return page(ctx, "kernel/inbox.html", notices=rows[:INBOX_PAGE], more=more, show=show)


@router.post("/inbox/read")
def inbox_read(ctx: Annotated[Ctx, writes()]) -> Response:
    mark_read(ctx, company_of(ctx))
    return see_other(ctx, "/inbox")


@router.post("/inbox/seen")
def inbox_seen(ctx: Annotated[Ctx, writes()], path: Annotated[str, Form(min_length=1, max_length=500)]) -> Response:
    """What a page's script tells once it is open: the notices that lead to it are read."""
    mark_read(ctx, company_of(ctx), path=path)
    return Response(status_code=204)


@router.post("/inbox/{notice_id}/open")
def inbox_open(ctx: Annotated[Ctx, writes()], notice_id: RecordId) -> Response:
    notice = one(ctx.db, select(InboxNotice).where(InboxNotice.id == notice_id, InboxNotice.person_id == ctx.actor.id))
    mark_read(ctx, company_of(ctx), notice.id)
    return see_other(ctx, safe_path(notice.url or "/inbox"))
