"""Both sides get what was agreed: the accepted version as PDF, mailed once where a mail server is set, and kept."""

import io
from contextlib import suppress
from dataclasses import dataclass, replace

from sqlalchemy import select

from boxportal.contracts.crm import DEAL
from boxportal.modules.sales import printed
from boxportal.modules.sales.access import deals
from boxportal.modules.sales.models.orders import Order
from boxportal.modules.sales.models.quotes import Quote, QuoteVersion
from boxportal.modules.sales.orders import Agreement, ref_of
from boxportal.modules.sales.parties import buyer_of, seller_of
from boxportal.modules.sales.shown import money
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.context import Attachment, Ctx, Mail, ReadCtx, StoredFile
from boxportal.sdk.errors import DomainError, Invalid
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import use_locale
from boxportal.sdk.logs import get_logger
from boxportal.sdk.people import person

log = get_logger()
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Colleague:
    """Who answers for the deal, as a mail needs them."""

    name: str
    email: str
    language: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A version as PDF with its acceptance."""

    version_id: int
    content: bytes


def accepted_paper(ctx: ReadCtx, quote: Quote, version: QuoteVersion, agreed: Agreement) -> Paper | None:
    """The version as PDF with who accepts it, made before that is written: printing must hold no writer up.

    None where it can't be printed: an agreement does not fail for want of its paper.
    """
    try:
        return Paper(version.id, printed.print_quote_version(ctx, quote, version, agreed))
    except DomainError as error:
        log.warning("accepted version not printed", quote=quote.number, why=str(error))
        return None


def hand_over(ctx: Ctx, quote: Quote, version: QuoteVersion, paper: bytes) -> None:
    """Keep the paper on the deal and mail it to both sides, once: with the acceptance, in its transaction."""
    if quote.deal_id is None:
        return
    name = f"{quote.number}.pdf" if version.version == 1 else f"{quote.number}-{version.version}.pdf"
    ctx.attach(RecordRef(DEAL, quote.deal_id), name, ctx.services.store_file(io.BytesIO(paper)))
    if ctx.can_mail:
        _mail_both(ctx, quote, version, Attachment(name, PDF, paper))


def keep_signed(ctx: Ctx, order: Order, name: str, file: StoredFile) -> None:
    """Put the signed contract on the order, and on its deal, where it is looked for too."""
    ctx.attach(ref_of(order), name, file)
    if order.deal_id is not None:
        ctx.attach(RecordRef(DEAL, order.deal_id), name, file)


def _mail_both(ctx: Ctx, quote: Quote, version: QuoteVersion, paper: Attachment) -> None:
    buyer, seller = buyer_of(version.buyer), seller_of(version.seller)
    colleague = _colleague(ctx, quote.deal_id or 0)
    amount = money(version.gross, version.currency)
    inside = replace(ctx, actor=SYSTEM)  # it goes out by itself, and counts against nobody's mails
    with use_locale(version.language):
        subject = _("Accepted: quote %(number)s from %(seller)s", number=quote.number, seller=seller.legal_name)
        hello = _("Dear %(name)s,", name=buyer.name) if buyer.name else _("Dear client,")
        text = _("thank you for accepting our offer over %(amount)s. It is attached as it was accepted.", amount=amount)
        bye = f"{_('Kind regards')}\n{colleague.name if colleague else seller.legal_name}\n"
        reply_to = colleague.email if colleague else ""
        _mail(
            inside, Mail(to=buyer.email, subject=subject, text=f"{hello}\n\n{text}\n\n{bye}", reply_to=reply_to), paper
        )
    if colleague is not None:
        with use_locale(colleague.language):
            subject = _("Accepted: %(quote)s", quote=quote.title)
            text = _("The quote over %(amount)s was accepted. It is attached as it was accepted.", amount=amount)
            _mail(inside, Mail(to=colleague.email, subject=subject, text=f"{text}\n\n{_address(ctx, quote)}\n"), paper)


def _mail(ctx: Ctx, mail: Mail, paper: Attachment) -> None:
    """A mail that can't be sent, as to an address that is none, does not undo the agreement."""
    if mail.to:
        with suppress(Invalid):
            ctx.services.mail(ctx, replace(mail, attachments=(paper,)))


def _address(ctx: ReadCtx, quote: Quote) -> str:
    return f"{ctx.company.address}{ctx.services.address(RecordRef(DEAL, quote.deal_id or 0))}"


def _colleague(ctx: ReadCtx, deal_id: int) -> Colleague | None:
    responsible = deals(ctx).view(deal_id).responsible_id
    known = select(person.c.name, person.c.email, person.c.language).where(
        person.c.id == responsible, person.c.state == "active"
    )
    row = ctx.db.execute(known).first() if responsible is not None else None
    return Colleague(row.name, row.email, row.language) if row else None
