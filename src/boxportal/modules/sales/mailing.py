"""Quotes and invoices by mail: in the client's language, with the private link, if clients can come in, and as PDF."""

from dataclasses import dataclass

from boxportal.modules.sales import quotes
from boxportal.modules.sales.forms import MailForm
from boxportal.modules.sales.invoices import invoice_to_edit
from boxportal.modules.sales.invoices import ref_of as invoice_ref
from boxportal.modules.sales.links import make_link
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.models.parts import DocumentColumns
from boxportal.modules.sales.models.quotes import Quote, QuoteVersion
from boxportal.modules.sales.parties import buyer_of, seller_of
from boxportal.modules.sales.printing.printer import can_print
from boxportal.modules.sales.shown import money
from boxportal.modules.sales.texts import INVOICE_KINDS
from boxportal.sdk.context import Attachment, AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.i18n import use_locale


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it is proposed."""

    to: str
    subject: str
    text: str


def can_send(ctx: ReadCtx) -> bool:
    """Whether there is a mail server, and something to send: a link for the client, or the document as PDF."""
    return ctx.can_mail and (bool(ctx.company.door) or can_print())


def quote_letter(ctx: ReadCtx, quote: Quote, version: QuoteVersion) -> Letter:
    """What a mail with a quote would say."""
    with use_locale(version.language):
        seller = seller_of(version.seller).legal_name
        subject = _("Quote %(number)s from %(seller)s", number=quote.number, seller=seller)
        about = _("here is our offer over %(amount)s.", amount=money(version.gross, version.currency))
        return _letter(ctx, version, subject, about)


def invoice_letter(ctx: ReadCtx, invoice: Invoice) -> Letter:
    """What a mail with an invoice would say."""
    with use_locale(invoice.language):
        kind, seller = INVOICE_KINDS[invoice.kind], seller_of(invoice.seller).legal_name
        subject = _("%(kind)s %(number)s from %(seller)s", kind=kind, number=invoice.number, seller=seller)
        about = _("here is our document over %(amount)s.", amount=money(invoice.gross, invoice.currency))
        return _letter(ctx, invoice, subject, about)


def mail_quote(ctx: Ctx, quote_id: int, form: MailForm, paper: bytes | None) -> None:
    """Mail the version that counts, with a new link if clients can come in.

    Raises: NotPermitted, NotFound, RuleBroken (a draft, or no mail server), Invalid.
    """
    quote = quotes.quote_to_edit(ctx, quote_id)
    version = quotes.newest(ctx, quote)
    if version.state == "draft":
        raise RuleBroken(_l("Send the quote first."))
    link = make_link(ctx, version_id=version.id)
    _mail(ctx, quote_letter(ctx, quote, version).subject, form, link, _paper(quote.number, paper))
    ctx.audit(AuditEntry(action="sales.quote.mail", ref=quotes.ref_of(quote), title=quote.title, after={"to": form.to}))


def mail_invoice(ctx: Ctx, invoice_id: int, form: MailForm, paper: bytes | None) -> None:
    """Mail an issued invoice, with a new link if clients can come in.

    Raises: as `mail_quote`.
    """
    invoice = invoice_to_edit(ctx, invoice_id)
    if invoice.state == "draft":
        raise RuleBroken(_l("Issue the invoice first."))
    link = make_link(ctx, invoice_id=invoice.id)
    _mail(ctx, invoice_letter(ctx, invoice).subject, form, link, _paper(invoice.number, paper))
    ctx.audit(
        AuditEntry(action="sales.invoice.mail", ref=invoice_ref(invoice), title=invoice.title, after={"to": form.to})
    )


def _letter(ctx: ReadCtx, document: DocumentColumns, subject: str, about: str) -> Letter:
    buyer = buyer_of(document.buyer)
    hello = _("Dear %(name)s,", name=buyer.name) if buyer.name else _("Dear client,")
    bye = _("Kind regards")
    return Letter(buyer.email, subject, f"{hello}\n\n{about}\n\n{bye}\n{ctx.actor.name}")


def _mail(ctx: Ctx, subject: str, form: MailForm, link: str, papers: tuple[Attachment, ...]) -> None:
    if not link and not papers:
        raise RuleBroken(_l("There is nothing to send: no link for the client, and no PDF."))
    text = f"{form.text}\n\n{link}\n" if link else f"{form.text}\n"
    ctx.mail(form.to, subject, text, attachments=papers, reply_to=ctx.actor.email)


def _paper(number: str, content: bytes | None) -> tuple[Attachment, ...]:
    return (Attachment(f"{number}.pdf", "application/pdf", content),) if content else ()
