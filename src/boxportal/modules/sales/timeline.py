"""What happened to the documents of a deal, for its history."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, Select, bindparam, select, union_all

from boxportal.modules.sales import texts
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.models.quotes import ClientLink, Question, Quote, QuoteVersion
from boxportal.modules.sales.papers import Papers, papers_of
from boxportal.modules.sales.shown import money
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.people import person
from boxportal.sdk.records import TimelineEntry


def deal_entries(ctx: ReadCtx, ref: RecordRef, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    """Newest first, earlier than `before`."""
    papers = papers_of(ctx, ref.id)
    seen = [read for permission, read in _READERS if ctx.can(permission)]
    entries = [entry for read in seen for entry in read(papers) if entry.at < before]
    if ctx.can("sales.quote.see") and (papers.versions or papers.all_invoices):
        entries += _questions(ctx, ref.id, before, limit)
    entries.reverse()  # each reader says the oldest first; of one moment the last to come stands above
    entries.sort(key=lambda entry: entry.at, reverse=True)
    return entries[:limit]


def _quotes(papers: Papers) -> Iterator[TimelineEntry]:
    for v in papers.versions:
        if v.sent_at is None:
            continue
        url = f"/sales/quotes/{v.quote.id}?version={v.version}"
        text = _("Quote %(number)s went to the client", number=v.quote.number)
        if v.version > 1:
            text = _("Version %(version)s of quote %(number)s went to the client", number=v.quote.number,
                     version=v.version)  # fmt: skip
        yield TimelineEntry(at=v.sent_at, icon="send", text=text, url=url)
        if v.state == "declined" and v.decided_at is not None:
            said = _("Quote %(number)s was declined", number=v.quote.number)
            yield TimelineEntry(at=v.decided_at, icon="x", text=said, url=url, body=v.comment)


def _orders(papers: Papers) -> Iterator[TimelineEntry]:
    for order in papers.orders:
        text = _("Agreed: order %(number)s", number=order.number)
        if order.accepted_by:  # whose name stands before it
            text = _("agreed: order %(number)s", number=order.number)
        yield TimelineEntry(
            at=order.created_at, icon="check", text=text, url=f"/sales/orders/{order.id}", who=order.accepted_by
        )


def _invoices(papers: Papers) -> Iterator[TimelineEntry]:
    for invoice in papers.all_invoices:
        if invoice.issued_at is None:
            continue
        amount = money(invoice.gross, invoice.currency)
        kind = texts.INVOICE_KINDS[invoice.kind]
        text = _("%(kind)s %(number)s over %(amount)s was issued", kind=kind, number=invoice.number, amount=amount)
        url = f"/sales/invoices/{invoice.id}"
        yield TimelineEntry(at=invoice.issued_at, icon="file-invoice", text=text, url=url, body=invoice.reason)


def _payments(papers: Papers) -> Iterator[TimelineEntry]:
    for payment in papers.payments:
        amount = money(abs(payment.amount), payment.currency)
        came = payment.amount >= 0
        text = _("%(amount)s came in", amount=amount) if came else _("%(amount)s was paid back", amount=amount)
        yield TimelineEntry(at=payment.created_at, icon="cash", text=text, url=f"/sales/payments/{payment.id}")


def _shipments(papers: Papers) -> Iterator[TimelineEntry]:
    for shipment in papers.shipments:
        text = _("Shipment %(number)s left", number=shipment.number)
        yield TimelineEntry(
            at=shipment.created_at, icon="truck-delivery", text=text, url=f"/sales/shipments/{shipment.id}"
        )


def _questions(ctx: ReadCtx, deal_id: int, before: datetime, limit: int) -> list[TimelineEntry]:
    asked = ctx.db.rows(QUESTIONS, {"deal": deal_id, "before": before, "most": limit})
    entries = []
    for number, at, name, text, answered_at, answer, who in asked:
        url = f"/sales/questions/{number}"
        entries.append(
            TimelineEntry(at=at, icon="help-circle", text=_("The client asked"), who=name, body=text, url=url)
        )
        if answered_at is not None and answered_at < before:
            said = _("The client's question was answered")
            entries.append(TimelineEntry(at=answered_at, icon="send", text=said, who=who or "", body=answer, url=url))
    return entries


def questions_before() -> Select[int, datetime, str, str, datetime | None, str, str | None]:
    """What was asked by the links to a deal's quotes and invoices, newest first."""
    deal: BindParameter[int] = bindparam("deal")
    versions = select(QuoteVersion.id).join(Quote, Quote.id == QuoteVersion.quote_id).where(Quote.deal_id == deal)
    invoices = select(Invoice.id).where(Invoice.deal_id == deal)
    links = union_all(
        select(ClientLink.id).where(ClientLink.version_id.in_(versions)),
        select(ClientLink.id).where(ClientLink.invoice_id.in_(invoices)),
    )
    asked = select(
        Question.id, Question.asked_at, Question.name, Question.text, Question.answered_at, Question.answer,
        person.c.name,
    ).outerjoin(person, person.c.id == Question.answered_by).where(Question.link_id.in_(links))  # fmt: skip
    return asked.where(Question.asked_at < bindparam("before")).order_by(Question.id.desc()).limit(bindparam("most"))


QUESTIONS = questions_before()
_READERS: tuple[tuple[str, Callable[[Papers], Iterator[TimelineEntry]]], ...] = (
    ("sales.quote.see", _quotes),
    ("sales.order.see", _orders),
    ("sales.invoice.see", _invoices),
    ("sales.shipment.see", _shipments),
    ("sales.payment.see", _payments),
)
