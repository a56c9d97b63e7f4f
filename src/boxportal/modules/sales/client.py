"""The client's own page: what a private link shows, and what can be done there without an account."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, TypeVar

from sqlalchemy import func, select

from boxportal.contracts.crm import DEAL
from boxportal.modules.sales import acceptance, invoices, quotes
from boxportal.modules.sales.access import deals
from boxportal.modules.sales.handing_over import Paper, accepted_paper
from boxportal.modules.sales.links import find_link
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.models.parts import DocumentColumns, LineColumns
from boxportal.modules.sales.models.quotes import ClientLink, Question, Quote, QuoteVersion
from boxportal.modules.sales.orders import Agreement
from boxportal.modules.sales.parties import seller_of
from boxportal.modules.sales.sellers import today
from boxportal.sdk.access import Actor
from boxportal.sdk.context import Ctx, Notice, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, NotFound, RuleBroken, TooManyTries
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.names import clean_line, clean_text
from boxportal.sdk.people import person

C = TypeVar("C", bound=ReadCtx)
ClientState = Literal[
    "waiting", "accepted", "declined", "expired", "replaced", "open", "paid", "overdue", "credited", "gone"
]
MAX_NAME, MAX_TEXT, QUESTIONS_A_DAY = 200, 4000, 20


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom the client may call or write to."""

    name: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class ClientPage:
    """Everything that the page shows. `replaced_by` is the version that counts now, 0 when this one does.

    Of an invoice `notes` are the credit notes that took of it; of a credit note `corrected` is the invoice's number.
    """

    kind: Literal["quote", "invoice", "proforma", "credit_note"]
    number: str
    version: int
    state: ClientState
    document: DocumentColumns
    lines: Sequence[LineColumns]
    caller: Caller
    quote: Quote | None = None
    answer: QuoteVersion | None = None
    invoice: Invoice | None = None
    replaced_by: int = 0
    notes: Sequence[Invoice] = ()
    corrected: str = ""


def open_page(ctx: ReadCtx, token: str) -> ClientPage:
    """What the holder of a link sees.

    Raises: NotFound for an unknown or revoked link.
    """
    link, inside = find_link(ctx, token), _as_firm(ctx)
    if link.expires_at <= ctx.now:
        raise NotFound
    return _quote_page(inside, link) if link.version_id is not None else _invoice_page(inside, link)


def accept(ctx: Ctx, token: str, *, name: str, paper: Paper | None = None) -> None:
    """The client agrees, with their name typed; `paper` is what `paper_to_accept` made.

    Raises: NotFound, Invalid without a name, RuleBroken when the quote does not wait for an answer any more.
    """
    by = clean_line(name)[:MAX_NAME]
    if not by:
        raise Invalid({"name": _l("Type your name: it says who accepted.")})
    inside = _as_firm(ctx, by)
    quote, version = _answerable(inside, token)
    is_new = version.state != "accepted"
    agreed = Agreement(by=by, how="link", on=today(ctx))
    order = acceptance.accept_version(inside, quote, version, agreed, by_hand=False, paper=paper)
    if is_new:
        text, key = _n("%(name)s accepted the quote %(number)s."), f"sales.accepted:{version.id}"
        _tell(inside, quote, text, f"/sales/orders/{order.id}", name=by, key=key)


def paper_to_accept(ctx: ReadCtx, token: str, *, name: str) -> Paper | None:
    """The offer as PDF with the acceptance that is about to be recorded; None where there is none to accept.

    Raises: NotFound for an unknown or revoked link.
    """
    by, shown = clean_line(name)[:MAX_NAME], open_page(ctx, token)
    if not by or shown.state != "waiting" or shown.quote is None or shown.answer is None:
        return None
    return accepted_paper(ctx, shown.quote, shown.answer, Agreement(by=by, how="link", on=today(ctx)))


def decline(ctx: Ctx, token: str, *, comment: str) -> None:
    """The client does not want the quote.

    Raises: NotFound, RuleBroken when the quote does not wait for an answer any more.
    """
    inside = _as_firm(ctx, str(_l("The client")))
    quote, version = _answerable(inside, token)
    said = clean_text(comment)[:MAX_TEXT]
    quotes.decline_version(inside, version, quote, comment=said, by="")
    text, url = _n("%(name)s declined the quote %(number)s."), f"/sales/quotes/{quote.id}"
    _tell(inside, quote, text, url, name=quote.title, key=f"sales.declined:{version.id}")


def ask(ctx: Ctx, token: str, *, name: str, text: str) -> None:
    """The client asks something; the responsible person is told.

    Raises: NotFound, Invalid without a text, TooManyTries.
    """
    link, asked = find_link(ctx, token), clean_text(text)[:MAX_TEXT]
    if not asked:
        raise Invalid({"text": _l("Type your question.")})
    lately = select(func.count(Question.id)).where(
        Question.link_id == link.id, Question.asked_at > ctx.now - timedelta(days=1)
    )
    if (ctx.db.scalar(lately) or 0) >= QUESTIONS_A_DAY:
        raise TooManyTries(3600)
    question = Question(link_id=link.id, name=clean_line(name)[:MAX_NAME], text=asked, asked_at=ctx.now)
    ctx.db.add(question)
    ctx.db.flush()
    inside = _as_firm(ctx, question.name)
    page = _quote_page(inside, link) if link.version_id is not None else _invoice_page(inside, link)
    thing = page.quote or page.invoice
    if thing is not None:
        words, url = _n("%(name)s asks about %(number)s: %(text)s"), f"/sales/questions/{question.id}"
        _tell(inside, thing, words, url, name=question.name or thing.title, said=asked[:200])


def questions_on(ctx: ReadCtx, *, quote_id: int | None = None, invoice_id: int | None = None) -> Sequence[Question]:
    """What clients asked about a document that the caller has made sure is visible, newest first."""
    mine = select(Question).join(ClientLink, ClientLink.id == Question.link_id)
    if quote_id is not None:
        mine = mine.join(QuoteVersion, QuoteVersion.id == ClientLink.version_id).where(
            QuoteVersion.quote_id == quote_id
        )
    else:
        mine = mine.where(ClientLink.invoice_id == invoice_id)
    return ctx.db.scalars(mine.order_by(Question.id.desc()).limit(100)).all()


def _as_firm(ctx: C, name: str = "") -> C:
    """The same context for services that act for the firm: whoever holds the link may do what its page offers."""
    return replace(ctx, actor=Actor(kind="system", id=None, name=name or "BoxPortal", language=ctx.company.language))


def _answerable(ctx: Ctx, token: str) -> tuple[Quote, QuoteVersion]:
    """The quote of a link and its version, held against everyone else's answer: the deal first, as colleagues do.

    Raises: NotFound, RuleBroken when the offer has expired or its deal is gone.
    """
    link = find_link(ctx, token)
    if link.expires_at <= ctx.now:
        raise NotFound
    version = one(ctx.db, select(QuoteVersion).where(QuoteVersion.id == link.version_id))
    quote = one(ctx.db, select(Quote).where(Quote.id == version.quote_id))
    is_in_force = _is_in_force(ctx, quote, to_edit=True)
    if version.state == "sent" and not is_in_force:
        raise RuleBroken(_l("This offer is no longer in force. Ask us for a new one."))
    version = quotes.locked_version(ctx, version.quote_id, version.version)
    if quotes.is_expired(version, today(ctx)):
        raise RuleBroken(_l("This offer has expired. Ask for a new one."))
    return quote, version


def _is_in_force(ctx: ReadCtx, quote: Quote, *, to_edit: bool = False) -> bool:
    """Whether the quote's deal is still there, so that it could be agreed to."""
    if quote.deal_id is None:
        return False
    try:
        deals(_as_firm(ctx)).view(quote.deal_id, to_edit=to_edit)
    except NotFound:
        return False
    return True


def _quote_page(ctx: ReadCtx, link: ClientLink) -> ClientPage:
    version = one(ctx.db, select(QuoteVersion).where(QuoteVersion.id == link.version_id))
    quote = one(ctx.db, select(Quote).where(Quote.id == version.quote_id))
    state: ClientState = "waiting"
    if quotes.is_expired(version, today(ctx)):
        state = "expired"
    elif version.state == "sent" and not _is_in_force(ctx, quote):
        state = "gone"
    elif version.state in ("accepted", "declined", "replaced"):
        state = version.state  # type: ignore[assignment]  # the three are states of the page too
    newer = select(func.max(QuoteVersion.version)).where(
        QuoteVersion.quote_id == quote.id, QuoteVersion.state.in_(("sent", "accepted", "declined"))
    )
    return ClientPage(
        kind="quote",
        number=quote.number,
        version=version.version,
        state=state,
        document=version,
        lines=quotes.lines_of(ctx, version.id),
        caller=_caller(ctx, quote.deal_id, version),
        quote=quote,
        answer=version,
        replaced_by=(ctx.db.scalar(newer) or 0) if state == "replaced" else 0,
    )


def _invoice_page(ctx: ReadCtx, link: ClientLink) -> ClientPage:
    invoice = one(ctx.db, select(Invoice).where(Invoice.id == link.invoice_id))
    states: dict[str, ClientState] = {
        "paid": "paid", "overdue": "overdue", "open": "open", "partly": "open", "credited": "credited",
    }  # fmt: skip
    notes = select(Invoice).where(Invoice.corrects_id == invoice.id, Invoice.kind == "credit_note").order_by(Invoice.id)
    corrected = ctx.db.get(Invoice, invoice.corrects_id) if invoice.corrects_id is not None else None
    return ClientPage(
        kind=invoice.kind,  # type: ignore[arg-type]  # the kinds of an invoice
        number=invoice.number,
        version=0,
        state=states.get(invoices.state_of(invoice, today(ctx)), "gone") if invoice.kind != "credit_note" else "open",
        document=invoice,
        lines=invoices.lines_of(ctx, invoice.id),
        caller=_caller(ctx, invoice.deal_id, invoice),
        invoice=invoice,
        notes=ctx.db.scalars(notes).all(),
        corrected=corrected.number if corrected else "",
    )


def _caller(ctx: ReadCtx, deal_id: int | None, document: DocumentColumns) -> Caller:
    """The deal's responsible person, with the firm's telephone where they have none of their own."""
    seller = seller_of(document.seller)
    firm = Caller(seller.legal_name, seller.phone or ctx.company.phone, seller.email)
    responsible = _responsible(ctx, deal_id)
    if responsible is None:
        return firm
    found = select(person.c.name, person.c.phone, person.c.email).where(person.c.id == responsible)
    row = ctx.db.execute(found).first()
    return Caller(row.name, row.phone or firm.phone, row.email) if row else firm


def _responsible(ctx: ReadCtx, deal_id: int | None) -> int | None:
    if deal_id is None:
        return None
    try:
        return deals(ctx).view(deal_id).responsible_id
    except NotFound:  # the deal lies in the trash; its client may still read what was sent
        return None


def _tell(ctx: Ctx, thing: Quote | Invoice, text: str, url: str, *, name: str, said: str = "", key: str = "") -> None:
    responsible = _responsible(ctx, thing.deal_id)
    if responsible is None or thing.deal_id is None:
        return
    values = {"name": name, "number": thing.number, "text": said}
    ctx.notify(
        Notice(
            to=responsible,
            kind="sales.client",
            text=text,
            values=values,
            url=url,
            key=key,
            ref=RecordRef(DEAL, thing.deal_id),
        )
    )
