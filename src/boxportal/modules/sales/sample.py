"""Documents of the sample deals, by their stage: made as people make them, with numbers of a seller of their own."""

from decimal import Decimal

from sqlalchemy import delete

from boxportal.contracts.crm import Milestone, SampleDeal
from boxportal.modules.sales import acceptance, invoices, lines, payments, quotes, shipments
from boxportal.modules.sales.access import deals
from boxportal.modules.sales.forms import AnswerForm, LineRow, LinesForm, PaymentForm
from boxportal.modules.sales.models.invoices import Invoice, Payment
from boxportal.modules.sales.models.orders import Order, Shipment
from boxportal.modules.sales.models.quotes import ClientLink, Quote
from boxportal.modules.sales.models.sellers import DealSeller, Seller
from boxportal.modules.sales.sample_rows import SOURCE
from boxportal.modules.sales.sellers import today
from boxportal.sdk.context import Ctx
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.money import Money

STEPS: tuple[Milestone, ...] = ("quoted", "agreed", "invoiced", "shipped")
"""What each stage adds to the one before it."""
DELIVERY = Decimal("0.1")
"""Which part of a sample deal is its delivery."""


def add(ctx: Ctx) -> None:
    """Give every sample deal its lines, and the documents that its stage speaks of."""
    found = deals(ctx).sample()
    if not found:
        return
    seller = make_seller(ctx)
    for deal in found:
        ctx.db.add(DealSeller(deal_id=deal.id, seller_id=seller.id))
        ctx.db.flush()
        lines.save_deal_lines(ctx, deal.id, LinesForm(lines=lines_of(deal)))
        if deal.milestone:
            last = STEPS.index(deal.milestone) if deal.milestone in STEPS else len(STEPS) - 1
            make_documents(ctx, deal, STEPS[: last + 1])


def make_seller(ctx: Ctx) -> Seller:
    """Who sells the sample deals. It charges no VAT, so that no rate has to be made for it."""
    seller = Seller(
        legal_name=_("Sample firm"),
        address=_("This document is a sample."),
        tax_number="",
        registration_number="",
        vat_payer=False,
        country=ctx.company.country,
        bank="",
        email="",
        phone="",
        signatory="",
        logo="",
        currency=ctx.company.currency,
        inclusive=False,
        rounding="total",
        paper="a4",
        payment_days=14,
        valid_days=30,
        is_usual=False,
        is_sample=True,
        created_at=ctx.now,
    )
    ctx.db.add(seller)
    ctx.db.flush()
    return seller


def lines_of(deal: SampleDeal) -> list[LineRow]:
    """The deal's amount, parted into goods and their delivery."""
    whole = Money(deal.amount, deal.currency)
    delivery = whole.times(DELIVERY)
    return [
        LineRow(description=deal.title, unit_price=(whole - delivery).value),
        LineRow(description=_("Delivery"), unit_price=delivery.value),
    ]


def make_documents(ctx: Ctx, deal: SampleDeal, steps: tuple[Milestone, ...]) -> None:
    quote = quotes.make_quote(ctx, deal.id)
    _mark(quote)
    quotes.send_quote(ctx, quote.id)
    version = quotes.newest(ctx, quote)
    ctx.db.change(delete(ClientLink).where(ClientLink.version_id == version.id))  # no client holds it
    if "agreed" in steps:
        client = deals(ctx).client(deal.id)
        _mark(acceptance.accept_by_hand(ctx, quote.id, AnswerForm(by=client.name or client.company)))
    if "invoiced" in steps:
        invoice = invoices.issue_invoice(ctx, invoices.make_invoice(ctx, deal.id).id)
        _mark(invoice)
        if "shipped" in steps:
            _mark(shipments.ship_rest(ctx, deal.id))
            half = Money(invoice.gross, invoice.currency).times(Decimal("0.5"))
            paid = PaymentForm(amount=half, paid_on=today(ctx))
            _mark(payments.record_payment(ctx, deal.id, paid, invoice_id=invoice.id))
    ctx.db.flush()


def _mark(document: Quote | Order | Invoice | Shipment | Payment) -> None:
    document.source, document.external_id = SOURCE, f"{document.__tablename__}-{document.id}"
