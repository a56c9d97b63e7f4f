"""Invoices on the screen: look through, issue, correct."""

from collections.abc import Mapping
from typing import Annotated, TypeVar

from fastapi.responses import Response

from boxportal.modules.sales import corrections, invoices, mailing, payments, printed, texts
from boxportal.modules.sales.access import visible_invoices
from boxportal.modules.sales.client import questions_on
from boxportal.modules.sales.forms import CorrectionForm, InvoiceForm, LinesForm, MailForm
from boxportal.modules.sales.issuing import preview_of
from boxportal.modules.sales.lines import row_of
from boxportal.modules.sales.links import has_link, make_new_link, revoke_links
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.pages.acts import deal_address
from boxportal.modules.sales.pages.pdf import InvoicePaper, pdf_answer
from boxportal.modules.sales.panels import can_edit, tax_options
from boxportal.modules.sales.parties import buyer_of
from boxportal.modules.sales.printing.printer import can_print
from boxportal.modules.sales.sellers import seller_name, seller_with, today
from boxportal.modules.sales.shown import money, show_lines, show_totals
from boxportal.modules.sales.steps import next_step
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.forms import FormState, Typed
from boxportal.sdk.forms_web import Options, TypedForm, blank_form, filled_form, form_env, posted, submitted
from boxportal.sdk.i18n import LANGUAGE_NAMES
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = Router()
T = TypeVar("T")
Reader = Annotated[ReadCtx, reads("sales.invoice.see")]
Editor = Annotated[Ctx, writes("sales.invoice.edit")]
Issuer = Annotated[Ctx, writes("sales.invoice.issue")]
Deleter = Annotated[Ctx, writes("sales.invoice.delete")]
Payer = Annotated[Ctx, writes("sales.payment.create")]
HEAD = frozenset(InvoiceForm.model_fields)
ROWS = frozenset(LinesForm.model_fields)
BLANK_ROWS = 1
UNPAID = ("open", "partly", "overdue")
SEEN = "_seen"
"""The field with the total, in minor units, that somebody has before them who issues."""


@router.get("/sales/invoices/{invoice_id}")
def invoice_show(ctx: Reader, invoice_id: RecordId) -> Response:
    return invoice_page(ctx, one(ctx.db, visible_invoices(ctx).where(Invoice.id == invoice_id)))


@router.post("/sales/invoices/{invoice_id}")
def invoice_save(typed: TypedForm, ctx: Editor, invoice_id: RecordId) -> Response:
    return saved(ctx, invoice_id, typed) or see_other(ctx, f"/sales/invoices/{invoice_id}")


@router.post("/sales/invoices/{invoice_id}/issue")
def invoice_issue(typed: TypedForm, ctx: Issuer, invoice_id: RecordId) -> Response:
    """Issue what stands on the screen: the draft's own fields come along."""
    refused = saved(ctx, invoice_id, typed) if "note" in typed else None
    if refused is not None:
        return refused
    if SEEN in typed:
        draft = invoices.draft_to_edit(ctx, invoice_id)
        if typed[SEEN][0] != str(draft.gross):  # what was typed is kept, and looked at before it stands for ever
            return invoice_page(ctx, draft, is_changed=True)
    try:
        invoices.issue_invoice(ctx, invoice_id)
    except Invalid as error:
        invoice = one(ctx.db, visible_invoices(ctx).where(Invoice.id == invoice_id))
        head, rows = draft_forms(ctx, invoice)
        head = head.refused({name: str(text) for name, text in error.fields.items()})
        return invoice_page(ctx, invoice, forms=(head, rows), status=422)
    return see_other(ctx, f"/sales/invoices/{invoice_id}")


@router.get("/sales/invoices/{invoice_id}/pdf")
def invoice_pdf(ctx: Reader, invoice_id: RecordId) -> Response:
    invoice = one(ctx.db, visible_invoices(ctx).where(Invoice.id == invoice_id))
    return pdf_answer(printed.print_invoice(ctx, invoice), invoice.number or "draft")


@router.post("/sales/invoices/{invoice_id}/delete")
def invoice_delete(ctx: Deleter, invoice_id: RecordId) -> Response:
    deal_id = invoices.delete_draft(ctx, invoice_id)
    return see_other(ctx, deal_address(ctx, deal_id) if deal_id is not None else "/sales/invoices")


@router.post("/sales/invoices/{invoice_id}/correct")
def invoice_correct(typed: TypedForm, ctx: Issuer, invoice_id: RecordId, *, again: bool = True) -> Response:
    made = corrections.correct_invoice(ctx, invoice_id, reason=reason_of(ctx, typed), again=again)
    return see_other(ctx, f"/sales/invoices/{made.id}")


@router.post("/sales/invoices/{invoice_id}/cancel")
def invoice_cancel(typed: TypedForm, ctx: Issuer, invoice_id: RecordId, *, again: bool = False) -> Response:
    """Take a proforma back; with `again` a new draft takes its place."""
    reason = reason_of(ctx, typed)
    cancel = corrections.replace_proforma if again else invoices.cancel_proforma
    return see_other(ctx, f"/sales/invoices/{cancel(ctx, invoice_id, reason=reason).id}")


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
    return invoice_page(ctx, invoice, link=make_new_link(ctx, invoice_id=invoice.id))


@router.post("/sales/invoices/{invoice_id}/mail")
def invoice_mail(paper: InvoicePaper, typed: TypedForm, ctx: Editor, invoice_id: RecordId) -> Response:
    done = submitted(ctx, MailForm, typed, lambda form: mailing.mail_invoice(ctx, invoice_id, form, paper))
    if isinstance(done, FormState):
        invoice = one(ctx.db, visible_invoices(ctx).where(Invoice.id == invoice_id))
        return invoice_page(ctx, invoice, letter=done, status=422)
    return see_other(ctx, f"/sales/invoices/{invoice_id}")


@router.post("/sales/invoices/{invoice_id}/revoke")
def invoice_revoke(ctx: Editor, invoice_id: RecordId) -> Response:
    invoices.invoice_to_edit(ctx, invoice_id)
    revoke_links(ctx, invoice_id=invoice_id)
    return see_other(ctx, f"/sales/invoices/{invoice_id}")


def saved(ctx: Ctx, invoice_id: int, typed: Typed) -> Response | None:
    """Keep a draft's fields and lines; the page with what is wrong, or None when it is kept."""
    invoice = invoices.draft_to_edit(ctx, invoice_id)
    taxes, lines_typed, head_typed = taxes_of(ctx, invoice), part_of(typed, ROWS), part_of(typed, HEAD)
    rows = posted(ctx, LinesForm, lines_typed, choices=taxes, currency=invoice.currency)
    if isinstance(rows, FormState):
        head = posted(ctx, InvoiceForm, head_typed)
        shown = head if isinstance(head, FormState) else filled_form(ctx, InvoiceForm, head)
        return invoice_page(ctx, invoice, forms=(shown, rows), status=422)
    done = submitted(ctx, InvoiceForm, head_typed, lambda form: invoices.change_draft(ctx, invoice_id, form, rows))
    if not isinstance(done, FormState):
        return None
    again = FormState(LinesForm, lines_typed, part_of(done.errors, ROWS), form_env(ctx, taxes, invoice.currency))
    return invoice_page(ctx, invoice, forms=(done, again), status=422)


def draft_forms(ctx: ReadCtx, invoice: Invoice) -> tuple[FormState[InvoiceForm], FormState[LinesForm]]:
    """The form of a draft in its two halves: its own fields, and its lines."""
    buyer = buyer_of(invoice.buyer)
    head = {
        "supplied_on": invoice.supplied_on,
        "due_on": invoice.due_on,
        "note": invoice.note,
        "language": invoice.language,
        "buyer_name": buyer.name,
        "buyer_company": buyer.company,
        "buyer_address": buyer.address,
        "buyer_tax_number": buyer.tax_number,
    }
    kept = [row_of(line, invoice.currency) for line in invoices.lines_of(ctx, invoice.id)]
    rows = {"lines": [*kept, *[{}] * BLANK_ROWS]}
    lines = filled_form(ctx, LinesForm, rows, choices=taxes_of(ctx, invoice), currency=invoice.currency)
    return filled_form(ctx, InvoiceForm, head), lines


def taxes_of(ctx: ReadCtx, invoice: Invoice) -> Options:
    return tax_options(ctx, seller_with(ctx, invoice.seller_id), invoices.lines_of(ctx, invoice.id))


def part_of(typed: Mapping[str, T], names: frozenset[str]) -> Mapping[str, T]:
    """What was typed, or is wrong, in one of the two forms of the page; names of rows begin with theirs."""
    return {name: of_field for name, of_field in typed.items() if name.partition(".")[0] in names}


def reason_of(ctx: ReadCtx, typed: Typed) -> str:
    form = posted(ctx, CorrectionForm, typed)
    if isinstance(form, FormState):
        raise Invalid(form.errors)
    return form.reason


def may_go_out(ctx: ReadCtx, invoice: Invoice, state: str) -> bool:
    """Whether an invoice is issued, in force, and no link to it was given to the client yet, as a mail does too.

    Where clients can't come in nobody knows whether they have the PDF: then it is only said while there is no mail.
    """
    if state not in (*UNPAID, "issued"):
        return False
    return not has_link(ctx, invoice.id) if ctx.company.door else not mailing.can_send(ctx)


def mail_form(ctx: ReadCtx, invoice: Invoice) -> FormState[MailForm]:
    letter = mailing.invoice_letter(ctx, invoice)
    return blank_form(ctx, MailForm, initial={"to": letter.to, "text": letter.text})


def invoice_page(
    ctx: ReadCtx,
    invoice: Invoice,
    *,
    forms: tuple[FormState[InvoiceForm], FormState[LinesForm]] | None = None,
    letter: FormState[MailForm] | None = None,
    link: str = "",
    is_changed: bool = False,
    status: int = 200,
) -> Response:
    """An invoice: a draft with its forms and what issuing fixes, an issued one as it stands."""
    lines = invoices.lines_of(ctx, invoice.id)
    is_draft = invoice.state == "draft"
    head, rows = forms or (draft_forms(ctx, invoice) if is_draft else (None, None))
    deal_id = invoice.deal_id
    return page(
        ctx,
        "sales/invoice.html",
        status=status,
        invoice=invoice,
        kind=texts.INVOICE_KINDS[invoice.kind],
        is_draft=is_draft,
        head=head,
        rows=rows,
        lines=show_lines(lines, invoice.currency),
        preview=preview_of(ctx, invoice, lines) if is_draft else None,
        is_changed=is_changed,
        totals=show_totals(invoice),
        buyer=buyer_of(invoice.buyer),
        language=LANGUAGE_NAMES.get(invoice.language, invoice.language),
        sold_by=seller_name(ctx, invoice.seller_id),
        related=[(texts.INVOICE_KINDS[other.kind], other) for other in corrections.related_to(ctx, invoice)],
        questions=questions_on(ctx, invoice_id=invoice.id),
        link=link,
        letter=letter or (mail_form(ctx, invoice) if mailing.can_send(ctx) and not is_draft else None),
        may_edit=deal_id is None or can_edit(ctx, deal_id),
        deal_url=deal_address(ctx, deal_id) if deal_id is not None else "",
        step=next_step(ctx, deal_id) if deal_id is not None else None,
        side=ctx.side(invoices.ref_of(invoice)),
        can_print=can_print(),
        **standing_of(ctx, invoice),
    )


def standing_of(ctx: ReadCtx, invoice: Invoice) -> dict[str, object]:
    """How an invoice stands: its state, what was paid and credited, what is open, and what may follow of that."""
    state = invoices.state_of(invoice, today(ctx))
    return {
        "state": texts.INVOICE_STATES[state],
        "paid": money(invoice.paid, invoice.currency) if invoice.paid else "",
        "credited": money(invoice.credited, invoice.currency) if invoice.credited else "",
        "open": money(invoices.open_amount(invoice), invoice.currency) if state in UNPAID else "",
        "waits_to_go": may_go_out(ctx, invoice, state),
        "can_credit": corrections.can_credit(ctx, invoice),
        "refundable": payments.refundable(ctx, invoice),
    }
