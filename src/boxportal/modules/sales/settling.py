"""What is paid of which invoice: reckoned anew from all payments of a deal, so that it can't drift."""

from collections.abc import Sequence

from sqlalchemy import select

from boxportal.modules.sales.access import deals
from boxportal.modules.sales.models.invoices import Invoice, Payment
from boxportal.modules.sales.orders import orders_of
from boxportal.modules.sales.papers import Documents
from boxportal.sdk.context import Ctx, ReadCtx


def settle_deal(ctx: Ctx, deal_id: int) -> None:
    """Share a deal's payments out among its invoices: first to the one a payment names, what is over to the oldest.

    So an advance counts as soon as there is an invoice, and money for a corrected invoice goes on to its successor.
    """
    ctx.db.flush()
    mine = select(Invoice).where(Invoice.deal_id == deal_id, Invoice.state == "issued").order_by(Invoice.id)
    invoices = ctx.db.scalars(mine.with_for_update().execution_options(populate_existing=True)).all()
    payments = payments_of(ctx, deal_id)
    for currency in {invoice.currency for invoice in invoices}:
        _share(
            [invoice for invoice in invoices if invoice.currency == currency],
            [payment for payment in payments if payment.currency == currency],
        )
    ctx.db.flush()
    if is_deal_paid(ctx, deal_id):
        deals(ctx).reached(deal_id, "paid")


def payments_of(ctx: ReadCtx, deal_id: int) -> Sequence[Payment]:
    """The payments of a deal, oldest first."""
    return ctx.db.scalars(select(Payment).where(Payment.deal_id == deal_id).order_by(Payment.id)).all()


def is_deal_paid(ctx: ReadCtx, deal_id: int) -> bool:
    """Whether there is something to pay and nothing of it is open."""
    return Documents(ctx, deal_id).is_paid


def _share(invoices: Sequence[Invoice], payments: Sequence[Payment]) -> None:
    room = {i.id: max(i.gross - i.credited, 0) for i in invoices if i.kind == "invoice"}
    paid = dict.fromkeys(room, 0)
    over = 0
    for payment in payments:
        named = payment.invoice_id if payment.invoice_id in room else None
        part = min(payment.amount, room[named] - paid[named]) if named is not None else 0
        if named is not None:
            paid[named] += part
        over += payment.amount - part
    over = _taken_back(invoices, paid, over)
    for invoice_id, most in room.items():
        part = min(over, most - paid[invoice_id])
        paid[invoice_id] += part
        over -= part
    for invoice in invoices:
        if invoice.kind != "invoice":
            named_by = sum(p.amount for p in payments if p.invoice_id == invoice.id)
            invoice.paid = named_by if invoice.kind == "proforma" else -named_by
        elif invoice.id in paid:
            invoice.paid = paid[invoice.id]
        if invoice.kind != "credit_note":
            invoice.is_open = invoice.paid < invoice.gross - invoice.credited


def _taken_back(invoices: Sequence[Invoice], paid: dict[int, int], over: int) -> int:
    """Take what was paid back beyond what was over from the invoices again, the newest first."""
    for invoice in reversed([i for i in invoices if i.id in paid]):
        part = min(max(-over, 0), paid[invoice.id])
        paid[invoice.id] -= part
        over += part
    return max(over, 0)


def open_amounts(ctx: ReadCtx, deal_id: int, invoice_id: int | None = None) -> int:
    """What is open of an invoice, or of all the deal's; before there is one, of its orders or else of its proformas.

    Minor units.
    """
    charged = select(Invoice).where(
        Invoice.deal_id == deal_id, Invoice.state == "issued", Invoice.kind != "credit_note"
    )
    if invoice_id is not None:
        charged = charged.where(Invoice.id == invoice_id)
    found = ctx.db.scalars(charged).all()
    asked = [i for i in found if invoice_id or i.kind == "invoice"]
    orders = [] if asked else orders_of(ctx, deal_id)
    if orders:
        came = sum(payment.amount for payment in payments_of(ctx, deal_id))
        return max(sum(order.gross for order in orders) - came, 0)
    return sum(max(i.gross - i.credited - i.paid, 0) for i in asked or found)
