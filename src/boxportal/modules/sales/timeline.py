"""What happened to the documents of a deal, for its history."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select

from boxportal.modules.sales import texts
from boxportal.modules.sales.models.invoices import Invoice, Payment
from boxportal.modules.sales.models.orders import Order, Shipment
from boxportal.modules.sales.models.quotes import ClientLink, Question, Quote, QuoteVersion
from boxportal.modules.sales.shown import money
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.records import TimelineEntry


def deal_entries(ctx: ReadCtx, ref: RecordRef, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    """Newest first, earlier than `before`, at most `limit` of each kind of document."""
    entries = [entry for read in _READERS for entry in read(ctx, ref.id, before, limit)]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    return entries[:limit]


def _quotes(ctx: ReadCtx, deal_id: int, before: datetime, limit: int) -> Iterator[TimelineEntry]:
    if not ctx.can("sales.quote.see"):
        return
    mine = select(Quote, QuoteVersion).join(QuoteVersion, QuoteVersion.quote_id == Quote.id)
    mine = mine.where(Quote.deal_id == deal_id, QuoteVersion.sent_at < before).order_by(QuoteVersion.sent_at.desc())
    for quote, version in ctx.db.execute(mine.limit(limit)):
        url = f"/sales/quotes/{quote.id}?version={version.version}"
        text = _(
            "Quote %(number)s, version %(version)s went to the client", number=quote.number, version=version.version
        )
        if version.sent_at is not None:
            yield TimelineEntry(at=version.sent_at, icon="send", text=text, url=url)
        if version.state == "declined" and version.decided_at is not None and version.decided_at < before:
            said = _("Quote %(number)s was declined", number=quote.number)
            yield TimelineEntry(at=version.decided_at, icon="x", text=said, url=url, body=version.comment)


def _orders(ctx: ReadCtx, deal_id: int, before: datetime, limit: int) -> Iterator[TimelineEntry]:
    if not ctx.can("sales.order.see"):
        return
    mine = select(Order).where(Order.deal_id == deal_id, Order.created_at < before).order_by(Order.id.desc())
    for order in ctx.db.scalars(mine.limit(limit)):
        text = _("Agreed: order %(number)s", number=order.number)
        yield TimelineEntry(
            at=order.created_at, icon="check", text=text, url=f"/sales/orders/{order.id}", who=order.accepted_by
        )


def _invoices(ctx: ReadCtx, deal_id: int, before: datetime, limit: int) -> Iterator[TimelineEntry]:
    if not ctx.can("sales.invoice.see"):
        return
    mine = select(Invoice).where(Invoice.deal_id == deal_id, Invoice.issued_at < before)
    for invoice in ctx.db.scalars(mine.order_by(Invoice.id.desc()).limit(limit)):
        amount = money(invoice.gross, invoice.currency)
        kind = texts.INVOICE_KINDS[invoice.kind]
        text = _("%(kind)s %(number)s over %(amount)s was issued", kind=kind, number=invoice.number, amount=amount)
        if invoice.issued_at is not None:
            yield TimelineEntry(
                at=invoice.issued_at,
                icon="file-invoice",
                text=text,
                url=f"/sales/invoices/{invoice.id}",
                body=invoice.reason,
            )


def _payments(ctx: ReadCtx, deal_id: int, before: datetime, limit: int) -> Iterator[TimelineEntry]:
    if not ctx.can("sales.payment.see"):
        return
    mine = select(Payment).where(Payment.deal_id == deal_id, Payment.created_at < before)
    for payment in ctx.db.scalars(mine.order_by(Payment.id.desc()).limit(limit)):
        text = _("%(amount)s came in", amount=money(payment.amount, payment.currency))
        yield TimelineEntry(at=payment.created_at, icon="cash", text=text, url=f"/sales/payments/{payment.id}")


def _shipments(ctx: ReadCtx, deal_id: int, before: datetime, limit: int) -> Iterator[TimelineEntry]:
    if not ctx.can("sales.shipment.see"):
        return
    mine = select(Shipment).where(Shipment.deal_id == deal_id, Shipment.created_at < before)
    for shipment in ctx.db.scalars(mine.order_by(Shipment.id.desc()).limit(limit)):
        text = _("Shipment %(number)s left", number=shipment.number)
        yield TimelineEntry(
            at=shipment.created_at, icon="truck-delivery", text=text, url=f"/sales/shipments/{shipment.id}"
        )


def _questions(ctx: ReadCtx, deal_id: int, before: datetime, limit: int) -> Iterator[TimelineEntry]:
    if not ctx.can("sales.quote.see"):
        return
    mine = (
        select(Question)
        .join(ClientLink, ClientLink.id == Question.link_id)
        .outerjoin(QuoteVersion, QuoteVersion.id == ClientLink.version_id)
        .outerjoin(Quote, Quote.id == QuoteVersion.quote_id)
        .outerjoin(Invoice, Invoice.id == ClientLink.invoice_id)
        .where((Quote.deal_id == deal_id) | (Invoice.deal_id == deal_id), Question.asked_at < before)
        .order_by(Question.id.desc())
    )
    for question in ctx.db.scalars(mine.limit(limit)):
        text = _("The client asked")
        yield TimelineEntry(at=question.asked_at, icon="help-circle", text=text, who=question.name, body=question.text)


_READERS = (_quotes, _orders, _invoices, _payments, _shipments, _questions)
