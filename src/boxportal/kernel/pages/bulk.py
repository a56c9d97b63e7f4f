"""Acts on the chosen rows of a list: asked first, then done batch by batch, with what became of each row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.types import Message

from boxportal.kernel.lists import bulk
from boxportal.kernel.lists.views import list_kind, listing_of
from boxportal.kernel.once import Repeated
from boxportal.kernel.web.failures import meaning_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import DomainError, NotFound
from boxportal.sdk.forms_web import TypedForm
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.lists_web import csv_response
from boxportal.sdk.routing import Router
from boxportal.sdk.web import Door, edge_of, page, reads, safe_path

router = Router(prefix="/lists/{key}")
Reader = Annotated[ReadCtx, reads()]
SHOWN = 20
ONLY_ONCE = ("content-type", "content-length", "idempotency-key", "x-csrf-token")


@dataclass(frozen=True, slots=True)
class Wish:
    """An act, the rows of a list that it is for, what was picked for it, and the list as it was shown."""

    key: str
    act: str
    rows: Sequence[bulk.RowKey]
    value: str = ""
    back: str = ""

    def part(self, start: int) -> "Wish":
        """The wish for one batch of the rows."""
        return replace(self, rows=self.rows[start : start + bulk.BATCH])


@dataclass(frozen=True, slots=True)
class Stopped:
    """What an act was not done to any more, and why it ended there."""

    rows: Sequence[bulk.RowKey]
    error: DomainError


class Chosen(BaseModel):
    """The rows that were chosen: those of `row`, or with `all` those that the query leaves; `back` is their list."""

    act: str = Field("", max_length=40)
    row: list[str] = []
    all: bool = False
    query: str = Field("", max_length=8000)
    back: str = Field("", max_length=8000)

    def rows(self, ctx: ReadCtx, key: str) -> Sequence[bulk.RowKey]:
        return bulk.matching_rows(ctx, key, self.query) if self.all else bulk.read_rows(self.row)


@router.post("/acts")
def act_ask(ctx: Reader, key: str, chosen: Annotated[Chosen, Form()]) -> Response:
    """What is about to be done, to how many rows, and what is to be chosen for it."""
    return ask_page(ctx, Wish(key, chosen.act, chosen.rows(ctx, key), back=chosen.back))


def ask_page(ctx: ReadCtx, wish: Wish, error: str = "") -> Response:
    act, kind = bulk.act_of(ctx, wish.key, wish.act), list_kind(ctx, wish.key)
    titles = bulk.titles_of(ctx, wish.key, [row.id for row in wish.rows[:SHOWN]])
    return page(
        ctx,
        "kernel/lists/act.html",
        status=422 if error else 200,
        kind=kind,
        act=act,
        number=len(wish.rows),
        rows=",".join(str(row) for row in wish.rows),
        titles=list(titles.values()),
        choices=[("", _("Choose…")), *act.choices(ctx)] if act.choices else [],
        value=wish.value,
        error=error,
        back=back_to(kind.url, wish.back),
        menu_at=kind.url,
    )


@router.post("/acts/{act_id}")
async def act_run(request: Request, typed: TypedForm, key: str, act_id: str) -> Response:
    """Do it: a transaction for each batch, so that others may write in between.

    A batch that fails ends it, and the page says what was done and what was not. Each batch has a one-time token of its
    own, made of the form's: the same form again does what is left, and says of the rest what became of it then.
    """
    value, back, csrf, token = ("".join(typed.get(name, ())[:1]) for name in ("value", "back", "_csrf", "_once"))
    edge, outcome, stopped, turn = edge_of(request), bulk.Outcome(), None, request
    async with edge.reading(request, Door()) as reader:  # a forgery is refused before anything that it holds is read
        wish = Wish(key, act_id, bulk.read_rows(typed.get("rows", ())), value, back)
        refused = await run_in_threadpool(asked_again, reader, wish)
    if refused is not None:
        return refused
    for start in range(0, len(wish.rows), bulk.BATCH):
        turn = turn_of(request, csrf, token, wish.part(start))
        try:
            outcome.add(await batch_done(turn, wish.part(start)))
        except (DomainError, SQLAlchemyError, OSError) as error:
            if not start:
                raise
            stopped = Stopped(wish.rows[start:], error if isinstance(error, DomainError) else meaning_of(error))
            break
    async with edge.reading(turn, Door()) as reader:
        return await run_in_threadpool(result_page, reader, wish, outcome, stopped)


async def batch_done(turn: Request, part: Wish) -> bulk.Outcome:
    """Do one batch, or find what became of it when it came before."""
    try:
        async with edge_of(turn).writing(turn, Door()) as ctx:
            return await run_in_threadpool(one_batch, ctx, part)
    except Repeated as repeated:
        return bulk.Outcome.of_text(repeated.answer.body)


def asked_again(ctx: ReadCtx, wish: Wish) -> Response | None:
    """The question once more, when nothing that is offered was chosen."""
    act = bulk.act_of(ctx, wish.key, wish.act)
    if act.choices is None or wish.value in {str(offered) for offered, _text in act.choices(ctx)}:
        return None
    return ask_page(ctx, wish, _("Choose one from the list."))


def one_batch(ctx: Ctx, part: Wish) -> bulk.Outcome:
    outcome = bulk.run_batch(ctx, part.key, part.act, part.rows, part.value)
    if ctx.answer is not None:
        ctx.answer.body = outcome.as_text()
    return outcome


def turn_of(request: Request, csrf: str, once: str, part: Wish) -> Request:
    """The same request for one of its batches: with a token of the batch, and the batch as its content."""
    kept = [(name, text) for name, text in request.scope["headers"] if name.decode() not in ONLY_ONCE]
    csrf, once = request.headers.get("x-csrf-token") or csrf, request.headers.get("idempotency-key") or once
    names = {"x-csrf-token": csrf, "idempotency-key": f"{once} {part.rows[0].id}" if once else ""}
    kept += [(name.encode(), text.encode("latin-1", "replace")) for name, text in names.items() if text]
    content = repr([part.value, *map(str, part.rows)]).encode()

    async def receive() -> Message:
        return {"type": "http.request", "body": content}

    return Request({**request.scope, "headers": kept}, receive)


def result_page(ctx: ReadCtx, wish: Wish, outcome: bulk.Outcome, stopped: Stopped | None) -> Response:
    act, kind = bulk.act_of(ctx, wish.key, wish.act), list_kind(ctx, wish.key)
    rest = stopped.rows if stopped else []
    return page(
        ctx,
        "kernel/lists/result.html",
        kind=kind,
        act=act,
        done=len(outcome.done),
        refused=outcome.refused,
        rows=",".join(str(row_id) for row_id in outcome.done),
        rest=",".join(str(row) for row in rest),
        left=len(rest),
        titles=list(bulk.titles_of(ctx, wish.key, [row.id for row in rest[:SHOWN]]).values()),
        reason=bulk.reason_of(stopped.error) if stopped else "",
        value=wish.value,
        back=back_to(kind.url, wish.back),
        menu_at=kind.url,
    )


@router.post("/export")
def export_chosen(ctx: Reader, key: str, chosen: Annotated[Chosen, Form()]) -> Response:
    """The chosen rows as CSV, in the columns that the list shows. Raises: NotFound, NotPermitted, Invalid."""
    kind = list_kind(ctx, key)
    if not kind.export:
        raise NotFound
    ctx.require(kind.export)
    listing = listing_of(ctx, key, chosen.query)
    base = listing.base
    if not chosen.all:
        ids = [row.id for row in bulk.read_rows(chosen.row)]
        base = base.where(listing.spec.row_id.in_(ids))
    kept = ctx.kept_of_list(key)
    return csv_response(ctx, listing.spec, base, choices=listing.choices, query=chosen.query, kept=kept)


def back_to(url: str, back: str) -> str:
    """The list as it was shown; its own address where something else was sent."""
    return safe_path(back, url) if back == url or back.startswith(f"{url}?") else url
