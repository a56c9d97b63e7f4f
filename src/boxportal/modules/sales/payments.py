"""Payments: money that came in for an invoice, or ahead of one."""

from sqlalchemy import select

from boxportal.contracts import sales as events
from boxportal.contracts.crm import DEAL
from boxportal.modules.sales.access import deals, visible_invoices, visible_payments
from boxportal.modules.sales.forms import PaymentForm
from boxportal.modules.sales.invoices import invoice_to_edit, open_amount
from boxportal.modules.sales.models.invoices import Invoice, Payment
from boxportal.modules.sales.papers import Documents
from boxportal.modules.sales.sellers import seller_of_deal, today
from boxportal.modules.sales.settling import settle_deal
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, NotFound, RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.money import Money, format_money


def record_payment(ctx: Ctx, deal_id: int, form: PaymentForm, *, invoice_id: int | None = None) -> Payment:
    """Record money for an invoice of the deal, or without one as an advance. More than is open stays for the next one.

    Raises: NotPermitted, NotFound, RuleBroken, Invalid.
    """
    ctx.require("sales.payment.create")
    deal = deals(ctx).view(deal_id, to_edit=True)
    if form.amount.amount <= 0:
        raise Invalid({"amount": _l("Type an amount above zero.")})
    invoice = _invoice_of(ctx, deal_id, invoice_id) if invoice_id is not None else None
    if form.amount.currency != (invoice.currency if invoice else deal.currency):
        raise Invalid({"amount": _l("This is another currency than the invoice's.")})
    return _keep(ctx, deal_id, form, form.amount, invoice)


def _keep(ctx: Ctx, deal_id: int, form: PaymentForm, amount: Money, invoice: Invoice | None) -> Payment:
    if form.paid_on > today(ctx):
        raise Invalid({"paid_on": _l("This day is still to come.")})
    payment = Payment(
        deal_id=deal_id,
        invoice_id=invoice.id if invoice else None,
        seller_id=_seller_of(ctx, deal_id, invoice),
        title=_title(amount, invoice),
        amount=amount.amount,
        currency=amount.currency,
        paid_on=form.paid_on,
        method=form.method,
        note=form.note,
        created_by=ctx.actor.id,
        created_at=ctx.now,
    )
    ctx.db.add(payment)
    ctx.db.flush()
    _tell(ctx, payment, invoice)
    return payment


def record_refund(ctx: Ctx, note_id: int, form: PaymentForm, *, deal_id: int | None = None) -> Payment:
    """Record money that was paid back for a credit note: kept as a payment of less than nothing.

    Raises: NotPermitted, NotFound, RuleBroken, Invalid when more would go back than the note says, or than came in.
    """
    ctx.require("sales.payment.create")
    note = invoice_to_edit(ctx, note_id)
    if deal_id is not None and note.deal_id != deal_id:
        raise NotFound
    most = refundable(ctx, note)
    if not most or note.deal_id is None:
        raise RuleBroken(_l("There is nothing to pay back for this document."))
    if form.amount.currency != note.currency:
        raise Invalid({"amount": _l("This is another currency than the invoice's.")})
    if not 0 < form.amount.amount <= most:
        rest = format_money(Money(most, note.currency))
        raise Invalid({"amount": _l("Type an amount of up to %(amount)s.", amount=rest)})
    return _keep(ctx, note.deal_id, form, Money(-form.amount.amount, note.currency), note)


def refundable(ctx: ReadCtx, note: Invoice) -> int:
    """What can be paid back for a credit note: what is left of it, as far as money is over. Minor units."""
    return Documents(ctx, note.deal_id).refundable(note) if note.deal_id is not None else 0


def pay_rest(ctx: Ctx, invoice_id: int) -> Payment:
    """Record that what was open of an invoice came in today, in the way that the last payment came.

    Raises: NotPermitted, NotFound, RuleBroken when nothing is open.
    """
    mine = visible_invoices(ctx).where(Invoice.id == invoice_id)
    deal_id = one(ctx.db, mine).deal_id
    if deal_id is not None:
        deals(ctx).view(deal_id, to_edit=True)  # who records the same at this moment waits here
    invoice = one(ctx.db, mine.execution_options(populate_existing=True))
    if not open_amount(invoice) or invoice.deal_id is None:
        raise RuleBroken(_l("Nothing of this invoice is open."))
    form = PaymentForm(
        amount=Money(open_amount(invoice), invoice.currency), paid_on=today(ctx), method=usual_method(ctx)
    )
    return record_payment(ctx, invoice.deal_id, form, invoice_id=invoice.id)


def remove_payment(ctx: Ctx, payment_id: int) -> int | None:
    """Take a payment out that was recorded wrongly; the invoices follow. Returns the deal.

    Raises: NotPermitted, NotFound.
    """
    ctx.require("sales.payment.delete")
    payment = one(ctx.db, visible_payments(ctx).where(Payment.id == payment_id))
    deal_id, ref = payment.deal_id, RecordRef(events.PAYMENT, payment.id)
    if deal_id is not None:
        deals(ctx).view(deal_id, to_edit=True)
    before: dict[str, object] = {"amount": payment.amount, "currency": payment.currency}
    ctx.audit(AuditEntry(action="sales.payment.delete", ref=ref, title=payment.title, before=before))
    ctx.forget(ref)
    ctx.db.delete(payment)
    ctx.db.flush()
    if deal_id is not None:
        settle_deal(ctx, deal_id)
    return deal_id


def usual_method(ctx: ReadCtx) -> str:
    """How the last payment came."""
    return ctx.db.scalar(select(Payment.method).order_by(Payment.id.desc()).limit(1)) or "bank"


def _invoice_of(ctx: Ctx, deal_id: int, invoice_id: int) -> Invoice:
    invoice = one(ctx.db, visible_invoices(ctx).where(Invoice.id == invoice_id, Invoice.deal_id == deal_id))
    if invoice.state != "issued" or invoice.kind == "credit_note":
        raise RuleBroken(_l("Money is recorded for an issued invoice."))
    return invoice


def _seller_of(ctx: ReadCtx, deal_id: int, invoice: Invoice | None) -> int | None:
    """To whom the money came: the invoice's seller, else the deal's."""
    if invoice is not None:
        return invoice.seller_id
    seller = seller_of_deal(ctx, deal_id)
    return seller.id if seller else None


def _title(amount: Money, invoice: Invoice | None) -> str:
    return f"{format_money(amount)} · {invoice.number}" if invoice else format_money(amount)


def _tell(ctx: Ctx, payment: Payment, invoice: Invoice | None) -> None:
    deal = RecordRef(DEAL, payment.deal_id or 0)
    after: dict[str, object] = {"amount": payment.amount, "currency": payment.currency}
    ref = RecordRef(events.PAYMENT, payment.id)
    ctx.audit(AuditEntry(action="sales.payment.create", ref=ref, title=payment.title, after=after))
    ctx.index(ref)
    settle_deal(ctx, payment.deal_id or 0)
    if invoice is not None and payment.amount > 0:
        ctx.publish(
            events.PaymentRecorded(
                payment=ref,
                invoice=RecordRef(events.INVOICE, invoice.id),
                deal=deal,
                amount=payment.amount,
                currency=payment.currency,
            )
        )
