"""What sales does by itself: says once that an invoice is overdue."""

from datetime import timedelta

from sqlalchemy import select

from boxportal.contracts.crm import DEAL
from boxportal.modules.sales.access import deals
from boxportal.modules.sales.invoices import ref_of
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.sellers import today
from boxportal.sdk.context import Ctx, Notice
from boxportal.sdk.errors import NotFound
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.money import Money, format_money

EVERY = timedelta(hours=1)
AT_ONCE = 200


def tell_overdue(ctx: Ctx) -> None:
    """Tell the responsible person of each invoice that went past its day with something open, once."""
    late = (
        select(Invoice)
        .where(
            Invoice.is_open.is_(True),
            Invoice.due_on < today(ctx),
            Invoice.kind == "invoice",
            Invoice.told_overdue_at.is_(None),
        )
        .order_by(Invoice.due_on)
        .limit(AT_ONCE)
    )
    for invoice in ctx.db.scalars(late).all():
        invoice.told_overdue_at = ctx.now
        _tell(ctx, invoice)


def _tell(ctx: Ctx, invoice: Invoice) -> None:
    if invoice.deal_id is None:
        return
    try:
        responsible = deals(ctx).view(invoice.deal_id).responsible_id
    except NotFound:  # the deal lies in the trash
        return
    if responsible is None:
        return
    rest = Money(invoice.gross - invoice.credited - invoice.paid, invoice.currency)
    ctx.notify(
        Notice(
            to=responsible,
            kind="sales.overdue",
            text=_n("Invoice %(number)s is overdue: %(amount)s is open."),
            values={"number": invoice.title, "amount": format_money(rest)},
            url=f"/sales/invoices/{invoice.id}",
            ref=RecordRef(DEAL, invoice.deal_id),
            key=f"overdue:{ref_of(invoice)}",
        )
    )
