"""What other modules may know of the sales documents, also while sales is off: events."""

from dataclasses import dataclass

from boxportal.sdk.events import Event, RecordRef

PRODUCT, QUOTE, ORDER, INVOICE, PAYMENT, SHIPMENT = (
    "sales.product", "sales.quote", "sales.order", "sales.invoice", "sales.payment", "sales.shipment",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteSent(Event):
    """A version of a quote went to the client."""

    quote: RecordRef
    deal: RecordRef


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteAccepted(Event):
    """The client accepted a quote; `by_hand` when a colleague recorded it."""

    quote: RecordRef
    deal: RecordRef
    by: str
    by_hand: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteDeclined(Event):
    """The client declined a quote."""

    quote: RecordRef
    deal: RecordRef
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceIssued(Event):
    """An invoice got its number. Total in minor units of the currency."""

    invoice: RecordRef
    deal: RecordRef
    total: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecorded(Event):
    """Money came in for an invoice, in minor units."""

    payment: RecordRef
    invoice: RecordRef
    deal: RecordRef
    amount: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsShipped(Event):
    """A shipment, whole or part, left."""

    shipment: RecordRef
    deal: RecordRef
    complete: bool
