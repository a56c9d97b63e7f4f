"""Parts of invoices credited, and money paid back, on the screen."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from fastapi.responses import Response

from boxportal.modules.sales import corrections, payments
from boxportal.modules.sales.access import visible_invoices
from boxportal.modules.sales.corrections import Left
from boxportal.modules.sales.crediting import Piece
from boxportal.modules.sales.forms import CreditForm, PaymentForm
from boxportal.modules.sales.models.invoices import Invoice, Payment
from boxportal.modules.sales.sellers import today
from boxportal.modules.sales.shown import money
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.forms import FormState
from boxportal.sdk.forms_web import TypedForm, blank_form, submitted
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.money import Money
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = Router()
Reader = Annotated[ReadCtx, reads("sales.invoice.issue")]
Issuer = Annotated[Ctx, writes("sales.invoice.issue")]
RefundReader = Annotated[ReadCtx, reads("sales.payment.create")]
Payer = Annotated[Ctx, writes("sales.payment.create")]


@router.get("/sales/invoices/{invoice_id}/credit")
def credit_new(ctx: Reader, invoice_id: RecordId) -> Response:
    invoice = one(ctx.db, visible_invoices(ctx).where(Invoice.id == invoice_id))
    left = [each for each in corrections.left_of(ctx, invoice) if each.quantity]
    if not corrections.can_credit(ctx, invoice):
        raise RuleBroken(_l("Nothing of this document is left to credit."))
    rows = [{"line_id": each.line.id} for each in left]
    return credit_page(
        ctx, invoice, left, blank_form(ctx, CreditForm, initial={"lines": rows}, currency=invoice.currency)
    )


@router.post("/sales/invoices/{invoice_id}/credit")
def credit_create(typed: TypedForm, ctx: Issuer, invoice_id: RecordId) -> Response:
    invoice = one(ctx.db, visible_invoices(ctx).where(Invoice.id == invoice_id))

    def credit(form: CreditForm) -> Invoice:
        parts = {
            row.line_id: Piece(row.quantity or Decimal(0), row.amount.amount if row.amount else 0) for row in form.lines
        }
        return corrections.credit_part(ctx, invoice_id, parts, reason=form.reason, again=form.again)

    done = submitted(ctx, CreditForm, typed, credit, currency=invoice.currency)
    if isinstance(done, FormState):
        left = corrections.left_of(ctx, invoice)
        return credit_page(ctx, invoice, left, done, status=422)
    return see_other(ctx, f"/sales/invoices/{done.id}")


@router.get("/sales/invoices/{invoice_id}/refund")
def refund_new(ctx: RefundReader, invoice_id: RecordId) -> Response:
    note = one(ctx.db, visible_invoices(ctx).where(Invoice.id == invoice_id))
    most = payments.refundable(ctx, note)
    if not most:
        raise RuleBroken(_l("There is nothing to pay back for this document."))
    initial = {"amount": Money(most, note.currency), "paid_on": today(ctx), "method": payments.usual_method(ctx)}
    return refund_page(ctx, note, blank_form(ctx, PaymentForm, initial=initial, currency=note.currency))


@router.post("/sales/invoices/{invoice_id}/refund")
def refund_create(typed: TypedForm, ctx: Payer, invoice_id: RecordId) -> Response:
    note = one(ctx.db, visible_invoices(ctx).where(Invoice.id == invoice_id))

    def record(form: PaymentForm) -> Payment:
        return payments.record_refund(ctx, invoice_id, form)

    done = submitted(ctx, PaymentForm, typed, record, currency=note.currency)
    if isinstance(done, FormState):
        return refund_page(ctx, note, done, status=422)
    return see_other(ctx, f"/sales/invoices/{invoice_id}")


def credit_page(
    ctx: ReadCtx, invoice: Invoice, left: Sequence[Left], form: FormState[CreditForm], status: int = 200
) -> Response:
    texts = {str(each.line.id): each for each in left if each.quantity}
    amounts = {key: money(each.amount, invoice.currency) for key, each in texts.items() if each.amount > 0}
    values = {"form": form, "invoice": invoice, "texts": texts, "amounts": amounts,
              "here": f"/sales/invoices/{invoice.id}"}  # fmt: skip
    return page(ctx, "sales/credit_new.html", status=status, **values)


def refund_page(ctx: ReadCtx, note: Invoice, form: FormState[PaymentForm], status: int = 200) -> Response:
    values = {"form": form, "note": note, "here": f"/sales/invoices/{note.id}"}
    return page(ctx, "sales/refund_new.html", status=status, **values)
