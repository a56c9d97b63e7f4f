"""All documents of one deal, each kind read once: for its steps, its panels and its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from sqlalchemy import BindParameter, Row, bindparam, exists, select
from sqlalchemy.orm import defer

from boxportal.contracts.crm import DEAL, DealView, Milestone
from boxportal.modules.sales.access import deals
from boxportal.modules.sales.lines import deal_lines
from boxportal.modules.sales.models.invoices import Invoice, Payment
from boxportal.modules.sales.models.orders import Order, Shipment
from boxportal.modules.sales.models.quotes import DealLine, Quote, QuoteVersion
from boxportal.modules.sales.orders import Progress, progress_of
from boxportal.modules.sales.sellers import today
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.events import RecordRef

DEAL_ID: BindParameter[int] = bindparam("deal")
VERSIONS = (
    select(
        Quote, QuoteVersion.version, QuoteVersion.state, QuoteVersion.sent_at, QuoteVersion.decided_at,
        QuoteVersion.comment,
    )
    .join(QuoteVersion, QuoteVersion.quote_id == Quote.id)
    .where(Quote.deal_id == DEAL_ID)
    .order_by(Quote.id, QuoteVersion.version)
)  # fmt: skip
# What a document says of seller, buyer and tax is long, and shown on its own page only.
ORDERS = (
    select(Order)
    .where(Order.deal_id == DEAL_ID)
    .order_by(Order.id)
    .options(defer(Order.seller), defer(Order.buyer), defer(Order.rates), defer(Order.note))
)
INVOICES = (
    select(Invoice)
    .where(Invoice.deal_id == DEAL_ID)
    .order_by(Invoice.id)
    .options(defer(Invoice.seller), defer(Invoice.buyer), defer(Invoice.rates), defer(Invoice.note))
)
SHIPMENTS = select(Shipment).where(Shipment.deal_id == DEAL_ID).order_by(Shipment.id)
PAYMENTS = select(Payment).where(Payment.deal_id == DEAL_ID).order_by(Payment.id)
OF_DEAL = {
    "lines": DealLine.deal_id,
    "versions": Quote.deal_id,
    "orders": Order.deal_id,
    "invoices": Invoice.deal_id,
    "payments": Payment.deal_id,
}
THERE = select(*(exists().where(column == DEAL_ID).label(name) for name, column in OF_DEAL.items()))


@dataclass(frozen=True, slots=True)
class Version:
    """A version of one of the deal's quotes."""

    quote: Quote
    version: int
    state: str
    sent_at: datetime | None
    decided_at: datetime | None
    comment: str


@dataclass(frozen=True)
class Documents:
    """The documents of a deal, oldest first; the caller has made sure that the deal is visible."""

    ctx: ReadCtx
    deal_id: int

    @cached_property
    def there(self) -> "Row[*tuple[bool, ...]]":
        """Which kinds there are any of: most deals have few, and need not be asked for the others."""
        return self.ctx.db.rows(THERE, {"deal": self.deal_id})[0]

    @cached_property
    def lines(self) -> Sequence[DealLine]:
        return deal_lines(self.ctx, self.deal_id) if self.there.lines else []

    @cached_property
    def versions(self) -> Sequence[Version]:
        if not self.there.versions:
            return []
        return [Version(*row) for row in self.ctx.db.execute(VERSIONS, {"deal": self.deal_id})]

    @property
    def quote(self) -> Quote | None:
        """The newest quote that was not replaced by another seller's."""
        return next((v.quote for v in reversed(self.versions) if v.quote.state != "replaced"), None)

    @cached_property
    def orders(self) -> Sequence[Order]:
        return self.ctx.db.scalars(ORDERS, {"deal": self.deal_id}).all() if self.there.orders else []

    @cached_property
    def progress(self) -> Sequence[Progress]:
        return progress_of(self.ctx, [order.id for order in self.orders])

    @cached_property
    def all_invoices(self) -> Sequence[Invoice]:
        return self.ctx.db.scalars(INVOICES, {"deal": self.deal_id}).all() if self.there.invoices else []

    @property
    def invoices(self) -> Sequence[Invoice]:
        """Those that count: no credit notes, nothing cancelled or credited as a whole."""
        return [
            i for i in self.all_invoices if i.kind != "credit_note" and i.state != "cancelled" and not is_credited(i)
        ]

    @cached_property
    def shipments(self) -> Sequence[Shipment]:
        """What left, of what was ordered."""
        return self.ctx.db.scalars(SHIPMENTS, {"deal": self.deal_id}).all() if self.orders else []

    @cached_property
    def payments(self) -> Sequence[Payment]:
        return self.ctx.db.scalars(PAYMENTS, {"deal": self.deal_id}).all() if self.there.payments else []

    @property
    def to_give_back(self) -> tuple[Invoice, int] | None:
        """The first credit note for which money is due back to the client, and how much of it, in minor units."""
        for note in self.all_invoices:
            if due := self.refundable(note):
                return note, due
        return None

    def refundable(self, note: Invoice) -> int:
        """What can be paid back for a credit note: what is left of it, as far as money is over. Minor units."""
        if note.kind != "credit_note" or note.state != "issued":
            return 0
        return max(min(note.gross - note.paid, self._over(note.currency)), 0)

    def _over(self, currency: str) -> int:
        """What came in, less what went back, beyond what the invoices have taken: nobody's invoice needs it."""
        came = sum(payment.amount for payment in self.payments if payment.currency == currency)
        issued = [i for i in self.all_invoices if i.kind == "invoice" and i.state == "issued"]
        return came - sum(min(i.paid, i.gross - i.credited) for i in issued if i.currency == currency)

    @property
    def is_paid(self) -> bool:
        """Whether there is something to pay and nothing of it is open: all ordered is charged, all charges paid.

        A deal that is sold without invoices is paid once its payments reach its orders.
        """
        charged = [i for i in self.all_invoices if i.state == "issued" and i.kind == "invoice"]
        if not charged:
            ordered = sum(order.gross for order in self.orders)
            return 0 < ordered <= sum(payment.amount for payment in self.payments)
        if any(line.to_invoice for line in self.progress):
            return False
        return any(i.gross > i.credited for i in charged) and all(i.paid >= i.gross - i.credited for i in charged)


def is_credited(invoice: Invoice) -> bool:
    """Whether credit notes took the whole invoice back."""
    return bool(invoice.credited) and invoice.credited >= invoice.gross


@dataclass(frozen=True)
class Papers(Documents):
    """The documents with the deal itself, and what follows for them."""

    deal: DealView
    deal_url: str
    day: date

    @property
    def steps(self) -> tuple[Milestone, ...]:
        return self.deal.steps

    @property
    def is_open(self) -> bool:
        return self.deal.is_open

    @property
    def is_agreed(self) -> bool:
        """Whether paper may follow: the client agreed, or this pipeline does not wait for that."""
        return bool(self.orders) or not {"quoted", "agreed"} & set(self.steps)


def papers_of(ctx: ReadCtx, deal_id: int) -> Papers:
    """The papers of a deal that the actor may see; the parts of a page that ask for them share one answer.

    Raises: NotFound.
    """
    return ctx.shared(gather_papers, deal_id)


def gather_papers(ctx: ReadCtx, deal_id: int) -> Papers:
    deal = deals(ctx).view(deal_id)
    return Papers(ctx, deal_id, deal, ctx.services.address(RecordRef(DEAL, deal_id)), today(ctx))
