"""Invoices over the API."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from fastapi.responses import Response
from pydantic import BaseModel, Field

from boxportal.modules.sales import corrections, invoices
from boxportal.modules.sales.access import visible_invoices
from boxportal.modules.sales.api.parts import (
    Language,
    LineIn,
    LineOut,
    Number,
    Origin,
    SumsOut,
    Words,
    keep_origin,
    lines_out,
    money,
    rows_from,
    sums_of,
)
from boxportal.modules.sales.crediting import Piece
from boxportal.modules.sales.forms import InvoiceForm, LinesForm
from boxportal.modules.sales.lines import row_of
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.parties import buyer_of
from boxportal.modules.sales.sellers import today
from boxportal.sdk.api import Cursor, Input, Limit, MoneyValue, RowId, etag_of, page_by_id, version_in
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Stale
from boxportal.sdk.money import MAX_AMOUNT
from boxportal.sdk.routing import Router
from boxportal.sdk.web import IfMatch, RecordId, answered, created, reads, writes

router = Router(prefix="/invoices", tags=["sales"])
Reader = Annotated[ReadCtx, reads("sales.invoice.see")]
Creator = Annotated[Ctx, writes("sales.invoice.create")]
Editor = Annotated[Ctx, writes("sales.invoice.edit")]
Issuer = Annotated[Ctx, writes("sales.invoice.issue")]
Text = Annotated[Words, Field(max_length=1000)]


class InvoiceNew(Origin):
    """A draft of what the deal has left to charge."""

    deal_id: RowId
    kind: Literal["invoice", "proforma"] = "invoice"


class InvoiceIn(Input):
    """What of a draft is to change; with `lines` all of them."""

    supplied_on: date | None = None
    due_on: date | None = None
    note: Annotated[Words, Field(max_length=4000)] = ""
    buyer_name: Annotated[Words, Field(max_length=200)] = ""
    buyer_company: Annotated[Words, Field(max_length=200)] = ""
    buyer_address: Text = ""
    buyer_tax_number: Annotated[Words, Field(max_length=60)] = ""
    language: Language | None = None
    lines: Annotated[list[LineIn], Field(max_length=200)] | None = None


class Why(Input):
    """The reason, which both sides can read."""

    reason: Annotated[Text, Field(min_length=1)]


class Correction(Why):
    """Why an invoice is taken back; with `again` a new draft takes its place."""

    again: bool = True


class Cancelling(Why):
    """Why a proforma is taken back; with `again` a new draft takes its place."""

    again: bool = False


class CreditLine(Input):
    """What of one of the invoice's lines is taken back: a quantity, or an amount in minor units of its price."""

    line_id: RowId
    quantity: Number = Decimal(0)
    amount: Annotated[int, Field(ge=0, le=MAX_AMOUNT)] = 0


class Credit(Why):
    """What of an invoice is credited; with `again` this part is to be invoiced once more."""

    lines: Annotated[list[CreditLine], Field(min_length=1, max_length=500)]
    again: bool = False


class InvoiceOut(BaseModel):
    """An invoice; `state` is draft, open, partly, paid, overdue, credited or cancelled.

    A credit note is issued or refunded.
    """

    id: int
    deal_id: int | None
    seller_id: int
    order_id: int | None
    kind: str
    number: str
    state: str
    issued_on: date | None
    supplied_on: date | None
    due_on: date | None
    note: str
    language: str
    buyer: dict[str, object]
    sums: SumsOut
    paid: MoneyValue
    credited: MoneyValue
    open: MoneyValue
    corrects_id: int | None
    replaces_id: int | None
    reason: str
    lines: list[LineOut]
    source: str | None
    external_id: str | None
    version: int


class InvoiceRow(BaseModel):
    """An invoice in a list; amounts are minor units."""

    id: int
    deal_id: int | None
    kind: str
    number: str
    state: str
    issued_on: date | None
    due_on: date | None
    gross: int
    paid: int
    credited: int
    currency: str


class InvoicesOut(BaseModel):
    """One page of invoices, newest first."""

    items: list[InvoiceRow]
    next: str | None


@router.get("")
def invoice_list(ctx: Reader, limit: Limit = 50, cursor: Cursor = 0, deal_id: int = 0, kind: str = "") -> InvoicesOut:
    """Invoices of deals that the token's person may see."""
    wanted = visible_invoices(ctx)
    wanted = wanted.where(Invoice.deal_id == deal_id) if deal_id else wanted
    wanted = wanted.where(Invoice.kind == kind) if kind else wanted
    rows, following = page_by_id(ctx.db, wanted, Invoice.id, limit=limit, cursor=cursor)
    names = [name for name in InvoiceRow.model_fields if name != "state"]
    day = today(ctx)
    items = [
        InvoiceRow(state=invoices.state_of(row, day), **{name: getattr(row, name) for name in names}) for row in rows
    ]
    return InvoicesOut(items=items, next=following)


@router.get("/{invoice_id}", response_model=InvoiceOut)
def invoice_show(ctx: Reader, invoice_id: RecordId) -> Response:
    """One invoice, with its version as ETag."""
    return answer(ctx, one(ctx.db, visible_invoices(ctx).where(Invoice.id == invoice_id)))


@router.post("", response_model=InvoiceOut, status_code=201)
def invoice_create(ctx: Creator, body: InvoiceNew) -> Response:
    """Draft an invoice; a draft that is there already is given back, with a name of yours only one of that name."""
    invoice = invoices.make_invoice(ctx, body.deal_id, kind=body.kind, name=body.name())
    keep_origin(ctx, invoice, body)
    return created(ctx, invoice_out(ctx, invoice), location=f"/api/v1/sales/invoices/{invoice.id}")


@router.patch("/{invoice_id}", response_model=InvoiceOut)
def invoice_change(ctx: Editor, invoice_id: RecordId, body: InvoiceIn, if_match: IfMatch = None) -> Response:
    """Change the fields of a draft that are sent, and no others."""
    invoice, version = invoices.draft_to_edit(ctx, invoice_id), version_in(if_match)
    if version is not None and version != invoice.version:
        raise Stale({"version": invoice.version})
    return answer(ctx, changed(ctx, invoice, body))


@router.post("/{invoice_id}/issue", response_model=InvoiceOut)
def invoice_issue(ctx: Issuer, invoice_id: RecordId) -> Response:
    """Give the draft the next number of its series and freeze it."""
    return answer(ctx, invoices.issue_invoice(ctx, invoice_id))


@router.post("/{invoice_id}/correct", response_model=InvoiceOut)
def invoice_correct(ctx: Issuer, invoice_id: RecordId, body: Correction) -> Response:
    """Take the invoice back by a credit note; the answer is the new draft, or the credit note when there is none."""
    return answer(ctx, corrections.correct_invoice(ctx, invoice_id, reason=body.reason, again=body.again))


@router.post("/{invoice_id}/credit", response_model=InvoiceOut)
def invoice_credit(ctx: Issuer, invoice_id: RecordId, body: Credit) -> Response:
    """Take a part of the invoice back; the answer is the credit note."""
    parts = {line.line_id: Piece(line.quantity, line.amount) for line in body.lines}
    note = corrections.credit_part(ctx, invoice_id, parts, reason=body.reason, again=body.again)
    return answer(ctx, note)


@router.post("/{invoice_id}/cancel", response_model=InvoiceOut)
def invoice_cancel(ctx: Issuer, invoice_id: RecordId, body: Cancelling) -> Response:
    """Take a proforma back; the answer is it, or the new draft that takes its place."""
    cancel = corrections.replace_proforma if body.again else invoices.cancel_proforma
    return answer(ctx, cancel(ctx, invoice_id, reason=body.reason))


def changed(ctx: Ctx, draft: Invoice, body: InvoiceIn) -> Invoice:
    """The draft with those of its facts replaced that the body names."""
    facts = facts_of(draft)
    told = {name: value for name, value in body.model_dump(exclude_unset=True).items() if name in facts}
    form = InvoiceForm.model_validate(facts | told)
    if body.lines is None:
        rows = [row_of(line, draft.currency) for line in invoices.lines_of(ctx, draft.id)]
    else:
        rows = rows_from(body.lines, draft.currency)
    return invoices.change_draft(ctx, draft.id, form, LinesForm(lines=rows))


def facts_of(invoice: Invoice) -> dict[str, object]:
    buyer = buyer_of(invoice.buyer)
    return {
        "supplied_on": invoice.supplied_on,
        "due_on": invoice.due_on,
        "note": invoice.note,
        "language": invoice.language,
        "buyer_name": buyer.name,
        "buyer_company": buyer.company,
        "buyer_address": buyer.address,
        "buyer_tax_number": buyer.tax_number,
    }


def answer(ctx: ReadCtx, invoice: Invoice) -> Response:
    return answered(ctx, invoice_out(ctx, invoice), etag=etag_of(invoice))


def invoice_out(ctx: ReadCtx, invoice: Invoice) -> InvoiceOut:
    reckoned = {"state", "sums", "paid", "credited", "open", "lines"}
    own = {name: getattr(invoice, name) for name in InvoiceOut.model_fields if name not in reckoned}
    return InvoiceOut(
        state=invoices.state_of(invoice, today(ctx)),
        sums=sums_of(invoice),
        paid=money(invoice.paid, invoice.currency),
        credited=money(invoice.credited, invoice.currency),
        open=money(invoices.open_amount(invoice), invoice.currency),
        lines=lines_out(invoices.lines_of(ctx, invoice.id)),
        **own,
    )
