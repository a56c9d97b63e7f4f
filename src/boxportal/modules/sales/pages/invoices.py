"""Invoices on the screen: look through, issue, correct."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from boxportal.modules.sales import corrections, invoices, payments, texts
from boxportal.modules.sales.access import visible_invoices
from boxportal.modules.sales.client import questions_on
from boxportal.modules.sales.forms import CorrectionForm, InvoiceForm, LinesForm
from boxportal.modules.sales.lines import rows_of
from boxportal.modules.sales.links import address_of, make_link, revoke_links
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.pages.acts import deal_address
from boxportal.modules.sales.pages.typed import Sent, part_of
from boxportal.modules.sales.panels import can_edit, lines_env
from boxportal.modules.sales.parties import buyer_of, seller_of
from boxportal.modules.sales.sellers import today
from boxportal.modules.sales.shown import money, show_lines, show_totals
from boxportal.modules.sales.steps import next_step
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.forms import FormEnv, FormState, Typed, filled, read
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = APIRouter()
Reader = Annotated[ReadCtx, reads("sales.invoice.see")]
Editor = Annotated[Ctx, writes("sales.invoice.edit")]
Issuer = Annotated[Ctx, writes("sales.invoice.issue")]
Deleter = Annotated[Ctx, writes("sales.invoice.delete")]
Payer = Annotated[Ctx, writes("sales.payment.create")]
HEAD = frozenset(InvoiceForm.model_fields)
ROWS = frozenset(LinesForm.model_fields)
BLANK_ROWS = 1


@router.get("/sales/invoices/{invoice_id}")
def invoice_show(ctx: Reader, invoice_id: RecordId) -> Response:
    return invoice_page(ctx, one(ctx.db, visible_invoices(ctx).where(Invoice.id == invoice_id)))


@router.post("/sales/invoices/{invoice_id}")
def invoice_save(ctx: Editor, invoice_id: RecordId, sent: Sent) -> Response:
    return saved(ctx, invoice_id, sent) or see_other(ctx, f"/sales/invoices/{invoice_id}")


@router.post("/sales/invoices/{invoice_id}/issue")
def invoice_issue(ctx: Issuer, invoice_id: RecordId, sent: Sent) -> Response:
    """Issue what stands on the screen: the draft's own fields come along."""
    refused = saved(ctx, invoice_id, sent) if "note" in sent else None
    if refused is not None:
        return refused
    try:
        invoices.issue_invoice(ctx, invoice_id)
    except Invalid as error:
        invoice = one(ctx.db, visible_invoices(ctx).where(Invoice.id == invoice_id))
        head, rows = draft_forms(ctx, invoice)
        head = head.refused({name: str(text) for name, text in error.fields.items()})
        return invoice_page(ctx, invoice, forms=(head, rows), status=422)
    return see_other(ctx, f"/sales/invoices/{invoice_id}")


@router.post("/sales/invoices/{invoice_id}/delete")
def invoice_delete(ctx: Deleter, invoice_id: RecordId) -> Response:
    deal_id = invoices.delete_draft(ctx, invoice_id)
    return see_other(ctx, deal_address(ctx, deal_id) if deal_id is not None else "/sales/invoices")


@router.post("/sales/invoices/{invoice_id}/correct")
def invoice_correct(ctx: Issuer, invoice_id: RecordId, sent: Sent, again: bool = True) -> Response:  # noqa: FBT001, FBT002 a query
    made = corrections.correct_invoice(ctx, invoice_id, reason=reason_of(ctx, sent), again=again)
    return see_other(ctx, f"/sales/invoices/{made.id}")


@router.post("/sales/invoices/{invoice_id}/cancel")
def invoice_cancel(ctx: Issuer, invoice_id: RecordId, sent: Sent) -> Response:
    invoices.cancel_proforma(ctx, invoice_id, reason=reason_of(ctx, sent))
    return see_other(ctx, f"/sales/invoices/{invoice_id}")


@router.post("/sales/invoices/{invoice_id}/paid")
def invoice_paid(ctx: Payer, invoice_id: RecordId) -> Response:
    payment = payments.pay_rest(ctx, invoice_id)
    return see_other(ctx, deal_address(ctx, payment.deal_id or 0))


@router.post("/sales/invoices/{invoice_id}/link")
def invoice_link(ctx: Editor, invoice_id: RecordId) -> Response:
    invoice = invoices.invoice_to_edit(ctx, invoice_id)
    if invoice.state == "draft":
        raise RuleBroken(_l("Issue the invoice first."))
    if ctx.answer is not None:
        ctx.answer.status, ctx.answer.location = 303, f"/sales/invoices/{invoice_id}"
    return invoice_page(ctx, invoice, link=address_of(ctx, make_link(ctx, invoice_id=invoice.id)))


@router.post("/sales/invoices/{invoice_id}/revoke")
def invoice_revoke(ctx: Editor, invoice_id: RecordId) -> Response:
    invoices.invoice_to_edit(ctx, invoice_id)
    revoke_links(ctx, invoice_id=invoice_id)
    return see_other(ctx, f"/sales/invoices/{invoice_id}")


def saved(ctx: Ctx, invoice_id: int, sent: Typed) -> Response | None:
    """Keep a draft's fields and lines; a page with what is wrong, or None when it is kept."""
    invoice = invoices.draft_to_edit(ctx, invoice_id)
    head_env, lines_env_ = FormEnv(zone=ctx.actor.timezone), rows_env(ctx, invoice)
    head = read(InvoiceForm, part_of(sent, HEAD), head_env)
    rows = read(LinesForm, part_of(sent, ROWS), lines_env_)
    errors: dict[str, object] = {}
    if not isinstance(head, FormState) and not isinstance(rows, FormState):
        try:
            invoices.change_draft(ctx, invoice_id, head, rows)
        except Invalid as error:
            errors = error.fields
        else:
            return None
    head_form = head if isinstance(head, FormState) else filled(InvoiceForm, head, head_env)
    rows_form = rows if isinstance(rows, FormState) else filled(LinesForm, rows, lines_env_)
    wrong = {name: str(text) for name, text in errors.items()}
    forms = (
        head_form.refused({n: t for n, t in wrong.items() if n in HEAD}),
        rows_form.refused({n: t for n, t in wrong.items() if n not in HEAD}),
    )
    return invoice_page(ctx, invoice, forms=forms, status=422)


def draft_forms(ctx: ReadCtx, invoice: Invoice) -> tuple[FormState[InvoiceForm], FormState[LinesForm]]:
    """The form of a draft in its two halves: its own fields, and its lines."""
    buyer = buyer_of(invoice.buyer)
    head = {
        "supplied_on": invoice.supplied_on,
        "due_on": invoice.due_on,
        "note": invoice.note,
        "buyer_name": buyer.name,
        "buyer_company": buyer.company,
        "buyer_address": buyer.address,
        "buyer_tax_number": buyer.tax_number,
    }
    rows = [*rows_of(invoices.lines_of(ctx, invoice.id), invoice.currency), *[{}] * BLANK_ROWS]
    env = FormEnv(zone=ctx.actor.timezone)
    return filled(InvoiceForm, head, env), filled(LinesForm, {"lines": rows}, rows_env(ctx, invoice))


def rows_env(ctx: ReadCtx, invoice: Invoice) -> FormEnv:
    return lines_env(ctx, invoices.lines_of(ctx, invoice.id), invoice.currency)


def reason_of(ctx: ReadCtx, sent: Typed) -> str:
    form = read(CorrectionForm, sent, FormEnv(zone=ctx.actor.timezone))
    if isinstance(form, FormState):
        raise Invalid(form.errors)
    return form.reason


def invoice_page(
    ctx: ReadCtx,
    invoice: Invoice,
    *,
    forms: tuple[FormState[InvoiceForm], FormState[LinesForm]] | None = None,
    link: str = "",
    status: int = 200,
) -> Response:
    """An invoice: a draft with its forms, an issued one as it stands."""
    is_draft = invoice.state == "draft"
    state = invoices.state_of(invoice, today(ctx))
    head, rows = forms or (draft_forms(ctx, invoice) if is_draft else (None, None))
    deal_id = invoice.deal_id
    return page(
        ctx,
        "sales/invoice.html",
        status=status,
        invoice=invoice,
        kind=texts.INVOICE_KINDS[invoice.kind],
        state=texts.INVOICE_STATES[state],
        is_draft=is_draft,
        head=head,
        rows=rows,
        lines=show_lines(invoices.lines_of(ctx, invoice.id), invoice.currency),
        totals=show_totals(invoice),
        paid=money(invoice.paid, invoice.currency) if invoice.paid else "",
        open=money(invoices.open_amount(invoice), invoice.currency) if state in ("open", "partly", "overdue") else "",
        buyer=buyer_of(invoice.buyer),
        seller=seller_of(invoice.seller),
        related=[(texts.INVOICE_KINDS[other.kind], other) for other in corrections.related_to(ctx, invoice)],
        questions=questions_on(ctx, invoice_id=invoice.id),
        link=link,
        may_edit=deal_id is None or can_edit(ctx, deal_id),
        deal_url=deal_address(ctx, deal_id) if deal_id is not None else "",
        step=next_step(ctx, deal_id) if deal_id is not None else None,
        side=ctx.side(invoices.ref_of(invoice)),
    )
