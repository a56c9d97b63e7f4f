"""Quotes and orders over the API."""

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import Depends, Request, UploadFile
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from boxportal.modules.sales import acceptance, orders, quotes
from boxportal.modules.sales.acceptance import Signed
from boxportal.modules.sales.access import deals, visible_orders, visible_quotes
from boxportal.modules.sales.api.parts import (
    Language,
    LineIn,
    LineOut,
    Origin,
    SumsOut,
    Words,
    keep_origin,
    lines_out,
    rows_from,
    sums_of,
)
from boxportal.modules.sales.choosing import choose_seller
from boxportal.modules.sales.forms import AnswerForm, DealLinesForm, QuoteForm
from boxportal.modules.sales.handing_over import Paper, keep_signed
from boxportal.modules.sales.models.orders import Order
from boxportal.modules.sales.models.quotes import Quote
from boxportal.modules.sales.printing.printer import can_print
from boxportal.modules.sales.sellers import today
from boxportal.sdk.api import Cursor, Input, Limit, RowId, page_by_id
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.routing import Router
from boxportal.sdk.web import Door, RecordId, answered, created, edge_of, reads, writes

router = Router(tags=["sales"])
Reader = Annotated[ReadCtx, reads("sales.quote.see")]
Creator = Annotated[Ctx, writes("sales.quote.create")]
Editor = Annotated[Ctx, writes("sales.quote.edit")]
OrderReader = Annotated[ReadCtx, reads("sales.order.see")]
OrderCreator = Annotated[Ctx, writes("sales.order.create")]
Lines = Annotated[list[LineIn], Field(max_length=200)]


class QuoteIn(Input):
    """A quote of a deal's lines. With `lines` these become the deal's first."""

    deal_id: RowId
    lines: Lines | None = None
    seller_id: RowId | None = None
    valid_until: date | None = None
    language: Language | None = None
    note: Annotated[Words, Field(max_length=4000)] = ""


class QuoteNew(QuoteIn, Origin):
    """A new quote, with where it comes from."""


class QuoteOut(BaseModel):
    """A quote with the version that counts.

    `link` is the client's, told once when the quote is sent; it stays empty while clients can't come in.
    """

    id: int
    deal_id: int | None
    seller_id: int
    number: str
    version: int
    state: str
    valid_until: date | None
    note: str
    language: str
    sums: SumsOut
    lines: list[LineOut]
    decided_by: str
    comment: str
    sent_at: datetime | None
    source: str | None
    external_id: str | None
    link: str = ""


class QuoteRow(BaseModel):
    """A quote in a list."""

    id: int
    deal_id: int | None
    number: str
    version: int
    state: str
    gross: int
    currency: str
    valid_until: date | None


class QuotesOut(BaseModel):
    """One page of quotes, newest first."""

    items: list[QuoteRow]
    next: str | None


class Answer(Input):
    """Who agreed, how and when; without a day today. `version` is what they agreed to: refused when another counts."""

    version: int | None = None
    by: Annotated[Words, Field(min_length=1, max_length=200)]
    how: Literal["phone", "mail", "paper", "meeting"] = "phone"
    on: date | None = None
    contract_number: Annotated[Words, Field(max_length=80)] = ""


class Refusal(Input):
    """What the client said."""

    comment: Annotated[Words, Field(max_length=4000)] = ""


class OrderIn(Input):
    """The order of a sale without a quote, from the deal's lines. With `lines` these become the deal's first."""

    deal_id: RowId
    lines: Lines | None = None
    seller_id: RowId | None = None
    contract_number: Annotated[Words, Field(max_length=80)] = ""
    by: Annotated[Words, Field(max_length=200)] = ""
    how: Literal["direct", "phone", "mail", "paper", "meeting"] = "direct"
    on: date | None = None


class OrderNew(OrderIn, Origin):
    """A new order, with where it comes from."""


class OrderChange(Input):
    """What of an order may be noted later."""

    contract_number: Annotated[Words, Field(max_length=80)]


class OrderOut(BaseModel):
    """An order with its lines; invoices and shipments name them by `id`."""

    id: int
    deal_id: int | None
    seller_id: int
    number: str
    ordered_on: date
    contract_number: str
    accepted_by: str
    accepted_how: str
    sums: SumsOut
    lines: list[LineOut]
    source: str | None
    external_id: str | None


class OrderRow(BaseModel):
    """An order in a list."""

    id: int
    deal_id: int | None
    number: str
    ordered_on: date
    gross: int
    currency: str


class OrdersOut(BaseModel):
    """One page of orders, newest first."""

    items: list[OrderRow]
    next: str | None


def form_of(body: Answer) -> AnswerForm:
    return AnswerForm(version=body.version, by=body.by, how=body.how, on=body.on, contract_number=body.contract_number)


async def accepted_paper(request: Request, quote_id: RecordId, body: Answer) -> Paper | None:
    """The quote as PDF with the acceptance that is about to be recorded, made before the transaction begins."""
    if not can_print():
        return None
    async with edge_of(request).reading(request, Door("sales.quote.edit")) as ctx:
        return await run_in_threadpool(acceptance.paper_by_hand, ctx, quote_id, form_of(body))


async def contract_file(request: Request, order_id: RecordId, file: UploadFile) -> Signed:
    """The contract that was sent as a form's `file`, stored before the transaction begins.

    Raises: NotFound, Invalid (`file`).
    """
    async with edge_of(request).reading(request, Door("sales.order.create")) as ctx:
        one(ctx.db, visible_orders(ctx).where(Order.id == order_id))
        return Signed(file.filename or "contract", await run_in_threadpool(ctx.services.store_file, file.file))


AcceptedPaper = Annotated[Paper | None, Depends(accepted_paper)]
ContractFile = Annotated[Signed, Depends(contract_file)]


@router.get("/quotes")
def quote_list(ctx: Reader, limit: Limit = 50, cursor: Cursor = 0, deal_id: int = 0, state: str = "") -> QuotesOut:
    """Quotes of deals that the token's person may see."""
    wanted = visible_quotes(ctx)
    wanted = wanted.where(Quote.deal_id == deal_id) if deal_id else wanted
    wanted = wanted.where(Quote.state == state) if state else wanted
    rows, following = page_by_id(ctx.db, wanted, Quote.id, limit=limit, cursor=cursor)
    items = [
        QuoteRow(id=q.id, deal_id=q.deal_id, number=q.number, version=q.latest, state=q.state, gross=q.gross,
                 currency=q.currency, valid_until=q.valid_until)
        for q in rows
    ]  # fmt: skip
    return QuotesOut(items=items, next=following)


@router.get("/quotes/{quote_id}", response_model=QuoteOut)
def quote_show(ctx: Reader, quote_id: RecordId) -> Response:
    """One quote, with the version that counts."""
    return answered(ctx, quote_out(ctx, one(ctx.db, visible_quotes(ctx).where(Quote.id == quote_id))))


@router.post("/quotes", response_model=QuoteOut, status_code=201)
def quote_create(ctx: Creator, body: QuoteNew) -> Response:
    """Draft a quote; of a deal whose quote was not accepted, its next version."""
    quote = quote_from(ctx, body)
    keep_origin(ctx, quote, body)
    return created(ctx, quote_out(ctx, quote), location=f"/api/v1/sales/quotes/{quote.id}")


@router.post("/quotes/{quote_id}/send", response_model=QuoteOut)
def quote_send(ctx: Editor, quote_id: RecordId) -> Response:
    """Freeze the draft and get the client's link, if clients can come in."""
    link = quotes.send_quote(ctx, quote_id)
    quote = one(ctx.db, visible_quotes(ctx).where(Quote.id == quote_id))
    return answered(ctx, quote_out(ctx, quote, link=link))


@router.post("/quotes/{quote_id}/accept", response_model=OrderOut)
def quote_accept(paper: AcceptedPaper, ctx: Editor, quote_id: RecordId, body: Answer) -> Response:
    """Record that the client agreed; the answer is the order. Both sides get the accepted version as PDF."""
    return answered(ctx, order_out(ctx, acceptance.accept_by_hand(ctx, quote_id, form_of(body), paper)))


@router.post("/quotes/{quote_id}/decline", response_model=QuoteOut)
def quote_decline(ctx: Editor, quote_id: RecordId, body: Refusal) -> Response:
    """Record that the client declined."""
    return answered(ctx, quote_out(ctx, quotes.decline_by_hand(ctx, quote_id, comment=body.comment)))


@router.get("/orders")
def order_list(ctx: OrderReader, limit: Limit = 50, cursor: Cursor = 0, deal_id: int = 0) -> OrdersOut:
    """Orders of deals that the token's person may see."""
    wanted = visible_orders(ctx)
    wanted = wanted.where(Order.deal_id == deal_id) if deal_id else wanted
    rows, following = page_by_id(ctx.db, wanted, Order.id, limit=limit, cursor=cursor)
    items = [
        OrderRow(id=o.id, deal_id=o.deal_id, number=o.number, ordered_on=o.ordered_on, gross=o.gross,
                 currency=o.currency)
        for o in rows
    ]  # fmt: skip
    return OrdersOut(items=items, next=following)


@router.get("/orders/{order_id}", response_model=OrderOut)
def order_show(ctx: OrderReader, order_id: RecordId) -> Response:
    """One order."""
    return answered(ctx, order_out(ctx, one(ctx.db, visible_orders(ctx).where(Order.id == order_id))))


@router.post("/orders", response_model=OrderOut, status_code=201)
def order_create(ctx: OrderCreator, body: OrderNew) -> Response:
    """Make the order of a sale without a quote."""
    order = order_from(ctx, body)
    keep_origin(ctx, order, body)
    return created(ctx, order_out(ctx, order), location=f"/api/v1/sales/orders/{order.id}")


@router.patch("/orders/{order_id}", response_model=OrderOut)
def order_change(ctx: OrderCreator, order_id: RecordId, body: OrderChange) -> Response:
    """Note the contract's number; nothing else of an order changes."""
    return answered(ctx, order_out(ctx, orders.change_contract(ctx, order_id, body.contract_number)))


@router.post("/orders/{order_id}/contract", response_model=OrderOut)
def order_contract(signed: ContractFile, ctx: OrderCreator, order_id: RecordId) -> Response:
    """Put the signed contract, sent as the file of a multipart form, on the order and its deal."""
    order = orders.order_to_edit(ctx, order_id)
    keep_signed(ctx, order, signed.name, signed.file)
    return answered(ctx, order_out(ctx, order))


def quote_from(ctx: Ctx, body: QuoteIn) -> Quote:
    """Draft it as a body says."""
    write_lines(ctx, body.deal_id, body.lines, body.seller_id)
    quote = quotes.make_quote(ctx, body.deal_id)
    if body.valid_until or body.note or body.language:
        until = body.valid_until or quote.valid_until
        form = QuoteForm(valid_until=until, note=body.note, language=body.language or "")
        quotes.change_draft(ctx, quote.id, form)
    return quote


def order_from(ctx: Ctx, body: OrderIn) -> Order:
    """Make it as a body says."""
    write_lines(ctx, body.deal_id, body.lines, body.seller_id)
    form = AnswerForm(by=body.by, how=body.how, on=body.on, contract_number=body.contract_number)
    return orders.order_from_lines(ctx, body.deal_id, acceptance.agreement_from(ctx, form))


def write_lines(ctx: Ctx, deal_id: int, lines: list[LineIn] | None, seller_id: int | None) -> None:
    """Make these the deal's lines, when there are any, and this its seller, when one is named."""
    if seller_id is not None:
        choose_seller(ctx, deal_id, seller_id)
    if lines is not None:
        currency = deals(ctx).view(deal_id, to_edit=True).currency
        quotes.change_lines(ctx, deal_id, DealLinesForm(lines=rows_from(lines, currency)))


def quote_out(ctx: ReadCtx, quote: Quote, *, link: str = "") -> QuoteOut:
    version = quotes.newest(ctx, quote)
    return QuoteOut(
        id=quote.id,
        deal_id=quote.deal_id,
        seller_id=quote.seller_id,
        number=quote.number,
        version=version.version,
        state="expired" if quotes.is_expired(version, today(ctx)) else version.state,
        valid_until=version.valid_until,
        note=version.note,
        language=version.language,
        sums=sums_of(version),
        lines=lines_out(quotes.lines_of(ctx, version.id)),
        decided_by=version.decided_by,
        comment=version.comment,
        sent_at=version.sent_at,
        source=quote.source,
        external_id=quote.external_id,
        link=link,
    )


def order_out(ctx: ReadCtx, order: Order) -> OrderOut:
    return OrderOut(
        id=order.id,
        deal_id=order.deal_id,
        seller_id=order.seller_id,
        number=order.number,
        ordered_on=order.ordered_on,
        contract_number=order.contract_number,
        accepted_by=order.accepted_by,
        accepted_how=order.accepted_how,
        sums=sums_of(order),
        lines=lines_out(orders.lines_of(ctx, order.id)),
        source=order.source,
        external_id=order.external_id,
    )
