"""A client's question is answered from the portal: by mail where a server is set, kept where it was asked."""

from dataclasses import dataclass

from sqlalchemy import select

from boxportal.contracts.sales import INVOICE, QUOTE
from boxportal.modules.sales import invoices, quotes
from boxportal.modules.sales.access import visible_invoices, visible_quotes
from boxportal.modules.sales.forms import ReplyForm
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.models.parts import DocumentColumns
from boxportal.modules.sales.models.quotes import ClientLink, Question, Quote, QuoteVersion
from boxportal.modules.sales.parties import seller_of
from boxportal.modules.sales.texts import INVOICE_KINDS
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import NotFound, RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.i18n import use_locale
from boxportal.sdk.people import person


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what it was asked about: a quote and the version that the client saw, or an invoice."""

    question: Question
    record: Quote | Invoice
    document: DocumentColumns

    @property
    def ref(self) -> RecordRef:
        return RecordRef(QUOTE if isinstance(self.record, Quote) else INVOICE, self.record.id)


def question_asked(ctx: ReadCtx, question_id: int) -> Asked:
    """A question about a document that the actor may see.

    Raises: NotFound.
    """
    question = one(ctx.db, select(Question).where(Question.id == question_id))
    link = one(ctx.db, select(ClientLink).where(ClientLink.id == question.link_id))
    if link.version_id is None:
        invoice = one(ctx.db, visible_invoices(ctx).where(Invoice.id == link.invoice_id))
        return Asked(question, invoice, invoice)
    version = one(ctx.db, select(QuoteVersion).where(QuoteVersion.id == link.version_id))
    return Asked(question, one(ctx.db, visible_quotes(ctx).where(Quote.id == version.quote_id)), version)


def may_answer(ctx: ReadCtx, asked: Asked) -> bool:
    """Whether the actor may answer for the firm."""
    return ctx.can("sales.quote.edit" if isinstance(asked.record, Quote) else "sales.invoice.edit")


def answerer(ctx: ReadCtx, question: Question) -> str:
    """The name of the colleague who answered."""
    return ctx.db.scalar(select(person.c.name).where(person.c.id == question.answered_by)) or ""


def answer_question(ctx: Ctx, question_id: int, form: ReplyForm) -> Asked:
    """Mail the answer and keep it with the question. Clients answer back to the colleague's own address.

    Raises: NotPermitted, NotFound, RuleBroken when it was answered or no mail server is set, Invalid.
    """
    asked = question_asked(ctx, question_id)
    _held(ctx, asked)
    question = one(ctx.db, select(Question).where(Question.id == question_id).with_for_update())
    if question.answered_at is not None:
        raise RuleBroken(_l("This question was answered already."))
    text = f"{form.text}\n\n{_quoted(question.text)}\n"
    ctx.mail(form.to, subject_of(asked), text, reply_to=ctx.actor.email)
    question.answer, question.answered_at, question.answered_by = form.text, ctx.now, ctx.actor.id
    ctx.db.flush()
    after: dict[str, object] = {"to": form.to}
    ctx.audit(AuditEntry(action="sales.question.answer", ref=asked.ref, title=asked.record.title, after=after))
    return asked


def subject_of(asked: Asked) -> str:
    """What a mail about the question is called, in the document's language."""
    with use_locale(asked.document.language):
        seller, number = seller_of(asked.document.seller).legal_name, asked.record.number
        if isinstance(asked.record, Quote):
            return _("Your question about the quote %(number)s from %(seller)s", number=number, seller=seller)
        kind = INVOICE_KINDS[asked.record.kind]
        return _("Your question: %(kind)s %(number)s from %(seller)s", kind=kind, number=number, seller=seller)


def _held(ctx: Ctx, asked: Asked) -> None:
    """Make sure that the actor may act on the document, with its deal held: two who answer at once send one mail."""
    if not may_answer(ctx, asked):
        raise NotFound
    if isinstance(asked.record, Quote):
        quotes.quote_to_edit(ctx, asked.record.id)
    else:
        invoices.invoice_to_edit(ctx, asked.record.id)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())
