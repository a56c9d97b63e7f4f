"""Invoices: drafted from what is still to be charged, issued with the next number, then never changed again."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from sqlalchemy import delete, select

from boxportal.contracts import sales as events
from boxportal.contracts.crm import DEAL
from boxportal.modules.sales import lines as deal_lines
from boxportal.modules.sales.access import deals, visible_invoices
from boxportal.modules.sales.drafting import copied, footing, titled
from boxportal.modules.sales.forms import InvoiceForm, LinesForm
from boxportal.modules.sales.issuing import SERIES, supply_date
from boxportal.modules.sales.models.invoices import Invoice, InvoiceLine, Payment
from boxportal.modules.sales.models.orders import Order, OrderLine
from boxportal.modules.sales.numbering import take_number
from boxportal.modules.sales.orders import order_to_work_on, orders_of, progress_of
from boxportal.modules.sales.parties import buyer_of, seller_text
from boxportal.modules.sales.reckoning import copy_line, reckon_document, scaled_line
from boxportal.modules.sales.sellers import due_date, seller_with, today
from boxportal.modules.sales.settling import settle_deal
from boxportal.modules.sales.taxes import require_fit
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import lazy as _l

NO_DISCOUNTS: Mapping[int, int] = MappingProxyType({})
Kind = Literal["invoice", "proforma"]
Name = tuple[str, str | None]
OTHERS_DRAFT = _l("The deal has a draft already that does not go by this id. Issue or delete that one first.")
InvoiceState = Literal["draft", "cancelled", "issued", "refunded", "credited", "paid", "overdue", "partly", "open"]


def ref_of(invoice: Invoice) -> RecordRef:
    return RecordRef(events.INVOICE, invoice.id)


def lines_of(ctx: ReadCtx, invoice_id: int) -> Sequence[InvoiceLine]:
    mine = select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id)
    return ctx.db.scalars(mine.order_by(InvoiceLine.position, InvoiceLine.id)).all()


def open_amount(invoice: Invoice) -> int:
    """What is still to be paid, in minor units."""
    return max(invoice.gross - invoice.credited - invoice.paid, 0)


def state_of(invoice: Invoice, day: date) -> InvoiceState:
    """How an invoice stands, from what is recorded."""
    if invoice.state != "issued":
        return "cancelled" if invoice.state == "cancelled" else "draft"
    if invoice.kind == "credit_note":
        return "refunded" if invoice.paid and invoice.paid >= invoice.gross else "issued"
    if invoice.credited and invoice.credited >= invoice.gross:
        return "credited"
    if not open_amount(invoice):
        return "paid"
    if invoice.due_on and invoice.due_on < day:
        return "overdue"
    return "partly" if invoice.paid else "open"


def make_invoice(ctx: Ctx, deal_id: int, *, kind: Kind = "invoice", name: Name | None = None) -> Invoice:
    """Draft an invoice of what is not charged yet; a draft that is there already is given back.

    A sale without an order gets one from the deal's lines; a proforma needs none.
    `name`, a source and the id there, is how another program calls it: only its own draft is given back to it.
    Raises: NotPermitted, NotFound, RuleBroken when nothing is left to charge or such a draft is there, SellerMissing.
    """
    ctx.require("sales.invoice.create")
    ground = footing(ctx, deal_id)
    draft = ctx.db.scalar(
        select(Invoice).where(Invoice.deal_id == deal_id, Invoice.state == "draft", Invoice.kind == kind).limit(1)
    )
    if draft is not None:
        if name is not None and (draft.source, draft.external_id) != name:
            raise RuleBroken(OTHERS_DRAFT)
        return draft
    if kind == "proforma" and not orders_of(ctx, deal_id):
        invoice = _new(ctx, kind, deal_id, ground.seller.id, ground.columns(ctx))
        source = deal_lines.deal_lines(ctx, deal_id)
        if not source:
            raise RuleBroken(_l("Add what is sold first."))
        require_fit(ground.seller, source)
        return _with_lines(ctx, invoice, [copy_line(line, InvoiceLine) for line in source])
    order = order_to_work_on(ctx, deal_id, to_ship=False)
    seller = seller_with(ctx, order.seller_id)
    columns = copied(order) | {"seller": seller_text(ctx, seller), "buyer": ground.columns(ctx)["buyer"]}
    invoice = _new(ctx, kind, deal_id, seller.id, columns, order=order)
    return _with_lines(ctx, invoice, _rest_of(ctx, order))


def change_draft(ctx: Ctx, invoice_id: int, form: InvoiceForm, lines: LinesForm) -> Invoice:
    """Change a draft: its dates, the buyer's details, its lines.

    Raises: NotPermitted, NotFound, RuleBroken, Invalid.
    """
    invoice = draft_to_edit(ctx, invoice_id)
    _require_own_lines(ctx, invoice, lines)
    buyer = {"name": form.buyer_name, "company": form.buyer_company, "address": form.buyer_address}
    invoice.buyer = dict(invoice.buyer) | buyer | {"tax_number": form.buyer_tax_number}
    invoice.supplied_on, invoice.due_on, invoice.note = form.supplied_on, form.due_on, form.note
    ctx.deadline_moved(ref_of(invoice))
    invoice.language = form.language or invoice.language
    invoice.title = titled("", buyer_of(invoice.buyer), invoice.title)
    trade = deal_lines.Trade(invoice.currency, seller_with(ctx, invoice.seller_id))
    made = deal_lines.lines_from(ctx, lines.lines, InvoiceLine, trade)
    return _with_lines(ctx, invoice, made)


def issue_invoice(ctx: Ctx, invoice_id: int) -> Invoice:
    """Give the draft the next number of its series and freeze it; dates that were left out are as `preview_of` says.

    Raises: NotPermitted, NotFound, RuleBroken, Invalid.
    """
    invoice = draft_to_edit(ctx, invoice_id)
    ctx.require("sales.invoice.issue")
    lines = lines_of(ctx, invoice.id)
    if not lines:
        raise RuleBroken(_l("An invoice without a line can't be issued."))
    if not buyer_of(invoice.buyer).title:
        raise Invalid({"buyer_name": _l("An invoice names whom it is for.")})
    seller, day = seller_with(ctx, invoice.seller_id), today(ctx)
    require_fit(seller, lines)
    if invoice.due_on and invoice.due_on < day:
        raise Invalid({"due_on": _l("This day is past.")})
    invoice.seller, invoice.due_on = seller_text(ctx, seller), invoice.due_on or due_date(seller, day)
    invoice.supplied_on = supply_date(ctx, invoice, day)
    reckon_document(invoice, lines)
    if invoice.gross < 0:
        raise RuleBroken(_l("An invoice can't be for less than nothing; correct an earlier one instead."))
    number_invoice(ctx, invoice, day)
    ctx.deadline_moved(ref_of(invoice))
    _announce(ctx, invoice)
    return invoice


def delete_draft(ctx: Ctx, invoice_id: int) -> int | None:
    """Drop a draft. Returns the deal.

    Raises: NotPermitted, NotFound, RuleBroken.
    """
    ctx.require("sales.invoice.delete")
    invoice = draft_to_edit(ctx, invoice_id)
    deal_id = invoice.deal_id
    ctx.forget(ref_of(invoice))
    ctx.db.delete(invoice)
    ctx.db.flush()
    return deal_id


def cancel_proforma(ctx: Ctx, invoice_id: int, *, reason: str) -> Invoice:
    """Take a proforma back.

    Raises: NotPermitted, NotFound, RuleBroken for a tax invoice, or when money came in for it.
    """
    invoice = invoice_to_edit(ctx, invoice_id)
    if invoice.kind != "proforma" or invoice.state != "issued":
        raise RuleBroken(_l("Only a proforma can be cancelled. A tax invoice is corrected by a credit note."))
    if ctx.db.scalar(select(Payment.id).where(Payment.invoice_id == invoice.id).limit(1)) is not None:
        raise RuleBroken(_l("Money came in for this proforma, so it can't be cancelled."))
    invoice.state, invoice.reason, invoice.is_open = "cancelled", reason, False
    _audit(ctx, "sales.invoice.cancel", invoice, {"reason": reason})
    return invoice


def invoice_to_edit(ctx: Ctx, invoice_id: int) -> Invoice:
    """An invoice that the actor may change, locked: its deal first, as payments do, so that none waits for the other.

    Raises: NotPermitted, NotFound.
    """
    mine = visible_invoices(ctx).where(Invoice.id == invoice_id)
    invoice = one(ctx.db, mine)
    ctx.require("sales.invoice.edit")
    if invoice.deal_id is not None:
        deals(ctx).view(invoice.deal_id, to_edit=True)
    return one(ctx.db, mine.with_for_update(of=Invoice).execution_options(populate_existing=True))


def draft_to_edit(ctx: Ctx, invoice_id: int) -> Invoice:
    """A draft that the actor may change, locked.

    Raises: NotPermitted, NotFound, RuleBroken for an issued one.
    """
    invoice = invoice_to_edit(ctx, invoice_id)
    if invoice.state != "draft":
        raise RuleBroken(_l("An issued invoice stands still. Correct it by a credit note."))
    return invoice


def number_invoice(ctx: Ctx, invoice: Invoice, day: date) -> None:
    """Make it issued: number, date, title."""
    number = take_number(ctx, invoice.seller_id, SERIES[invoice.kind], day)
    invoice.number, invoice.year, invoice.sequence = number.text, number.year, number.sequence
    invoice.title = titled(number.text, buyer_of(invoice.buyer))
    invoice.state, invoice.issued_on, invoice.issued_at = "issued", day, ctx.now
    invoice.is_open = invoice.kind != "credit_note" and open_amount(invoice) > 0
    ctx.db.flush()
    ctx.index(ref_of(invoice))


def begin_like(ctx: Ctx, invoice: Invoice, kind: str) -> Invoice:
    """A new draft for the same buyer and order as an invoice, without lines."""
    made = _new(ctx, kind, invoice.deal_id, invoice.seller_id, copied(invoice))
    made.order_id, made.supplied_on = invoice.order_id, invoice.supplied_on
    return made


def new_like(
    ctx: Ctx, invoice: Invoice, kind: str, parts: Mapping[int, Decimal], discounts: Mapping[int, int] = NO_DISCOUNTS
) -> Invoice:
    """A new draft that says the same as an invoice for so much of its lines, which count against the same order.

    `discounts` are those that some lines have now, in minor units.
    """
    lines = [
        scaled_line(line, InvoiceLine, parts[line.id], ordered_id=line.ordered_id)
        for line in lines_of(ctx, invoice.id)
        if line.id in parts
    ]
    for line, source in zip(lines, [line for line in lines_of(ctx, invoice.id) if line.id in parts], strict=True):
        if source.id in discounts:
            line.discount_percent, line.discount_amount = Decimal(0), discounts[source.id]
    return _with_lines(ctx, begin_like(ctx, invoice, kind), lines)


def _new(
    ctx: Ctx, kind: str, deal_id: int | None, seller_id: int, columns: dict[str, object], *, order: Order | None = None
) -> Invoice:
    invoice = Invoice(
        kind=kind,
        state="draft",
        deal_id=deal_id,
        order_id=order.id if order else None,
        seller_id=seller_id,
        reason="",
        number="",
        title="",
        prepaid=0,
        paid=0,
        credited=0,
        is_open=False,
        created_by=ctx.actor.id,
        created_at=ctx.now,
        **columns,
    )
    invoice.title = titled("", buyer_of(invoice.buyer))
    ctx.db.add(invoice)
    ctx.db.flush()
    return invoice


def _rest_of(ctx: Ctx, order: Order) -> list[InvoiceLine]:
    """Lines for what the order has left to charge."""
    return [
        scaled_line(p.line, InvoiceLine, p.to_invoice, ordered_id=p.line.id)
        for p in progress_of(ctx, [order.id])
        if p.to_invoice
    ]


def _with_lines(ctx: Ctx, invoice: Invoice, lines: Sequence[InvoiceLine]) -> Invoice:
    ctx.db.change(delete(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id))
    for position, line in enumerate(lines):
        line.invoice_id, line.position = invoice.id, position
    reckon_document(invoice, lines)
    ctx.db.add_all(lines)
    ctx.db.flush()
    return invoice


def _require_own_lines(ctx: ReadCtx, invoice: Invoice, form: LinesForm) -> None:
    """Refuse lines that would count against another order than the invoice's."""
    named = {row.ordered_id for row in form.lines if row.ordered_id is not None}
    mine = set(ctx.db.scalars(select(OrderLine.id).where(OrderLine.order_id == invoice.order_id)).all())
    if not named <= mine:
        raise Invalid({"": _l("A line names another order than this invoice's.")})


def _announce(ctx: Ctx, invoice: Invoice) -> None:
    _audit(ctx, "sales.invoice.issue", invoice, {"number": invoice.number})
    if invoice.deal_id is None:
        return
    if invoice.kind == "invoice":
        deals(ctx).reached(invoice.deal_id, "invoiced")
    settle_deal(ctx, invoice.deal_id)
    invoice.prepaid = invoice.paid
    deal = RecordRef(DEAL, invoice.deal_id)
    ctx.publish(
        events.InvoiceIssued(invoice=ref_of(invoice), deal=deal, total=invoice.gross, currency=invoice.currency)
    )


def _audit(ctx: Ctx, action: str, invoice: Invoice, after: dict[str, object]) -> None:
    ctx.audit(AuditEntry(action=action, ref=ref_of(invoice), title=invoice.title, after=after))
