"""Documents by another system's ids over the API: a PUT makes one, changes a draft, and confirms what stands still."""

from collections.abc import Mapping, Sequence
from typing import Annotated, TypeVar

from fastapi.responses import Response
from sqlalchemy import Select

from boxportal.modules.sales import invoices, orders, quotes, shipments
from boxportal.modules.sales.access import (
    visible_invoices,
    visible_orders,
    visible_payments,
    visible_quotes,
    visible_shipments,
)
from boxportal.modules.sales.api.invoices import InvoiceIn, InvoiceOut, changed, facts_of, invoice_out
from boxportal.modules.sales.api.money_and_goods import (
    PaymentIn,
    PaymentOut,
    ShipmentIn,
    ShipmentOut,
    payment_from,
    payment_out,
    shipment_from,
    shipment_out,
)
from boxportal.modules.sales.api.parts import LineIn, Origin, keep_origin, money, rows_from
from boxportal.modules.sales.api.quotes import (
    OrderIn,
    OrderOut,
    QuoteIn,
    QuoteOut,
    order_from,
    order_out,
    quote_from,
    quote_out,
    write_lines,
)
from boxportal.modules.sales.forms import QuoteForm
from boxportal.modules.sales.invoices import Kind
from boxportal.modules.sales.lines import Trade, lines_from
from boxportal.modules.sales.models.invoices import Invoice, InvoiceLine, Payment
from boxportal.modules.sales.models.orders import Order, Shipment
from boxportal.modules.sales.models.parts import ExternalColumns, LineColumns
from boxportal.modules.sales.models.quotes import Quote
from boxportal.modules.sales.sellers import seller_with
from boxportal.sdk.api import Input, RowId, require_own_source
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.routing import Router
from boxportal.sdk.web import answered, created, writes

D = TypeVar("D", Quote, Order, Invoice, Payment, Shipment)
router = Router(tags=["sales"])
Quoter = Annotated[Ctx, writes("sales.quote.create")]
Orderer = Annotated[Ctx, writes("sales.order.create")]
Invoicer = Annotated[Ctx, writes("sales.invoice.create")]
Cashier = Annotated[Ctx, writes("sales.payment.create")]
Shipper = Annotated[Ctx, writes("sales.shipment.create")]


class InvoicePut(InvoiceIn):
    """A draft of what the deal has left to charge, and what of it is to be said otherwise."""

    deal_id: RowId
    kind: Kind = "invoice"


@router.put("/quotes/external/{source}/{external_id}", response_model=QuoteOut)
def quote_put(ctx: Quoter, source: str, external_id: str, body: QuoteIn) -> Response:
    """Draft the quote that another program knows by this id, or change it; what was sent stands."""
    quote, name = known(ctx, visible_quotes(ctx), Quote, source, external_id)
    if quote is None:
        quote = quote_from(ctx, body)
        keep_origin(ctx, quote, name)
        return created(ctx, quote_out(ctx, quote), location=f"/api/v1/sales/quotes/{quote.id}")
    version = quotes.newest(ctx, quote)
    require_same(body, {"deal_id": quote.deal_id, "seller_id": quote.seller_id})
    facts = {"valid_until": version.valid_until, "note": version.note, "language": version.language}
    if version.state == "draft":
        told = {field: value for field, value in body.model_dump(exclude_unset=True).items() if field in facts}
        quotes.change_draft(ctx, quote.id, QuoteForm.model_validate(facts | told))
        write_lines(ctx, body.deal_id, body.lines, None)
    else:
        require_same(body, facts)
        require_same_lines(ctx, body.lines, quotes.lines_of(ctx, version.id), trade_of(ctx, quote))
    return answered(ctx, quote_out(ctx, quote))


@router.put("/orders/external/{source}/{external_id}", response_model=OrderOut)
def order_put(ctx: Orderer, source: str, external_id: str, body: OrderIn) -> Response:
    """Make the order that another program knows by this id; of one that is there the contract's number changes."""
    order, name = known(ctx, visible_orders(ctx), Order, source, external_id)
    if order is None:
        order = order_from(ctx, body)
        keep_origin(ctx, order, name)
        return created(ctx, order_out(ctx, order), location=f"/api/v1/sales/orders/{order.id}")
    facts = {"deal_id": order.deal_id, "seller_id": order.seller_id, "on": order.ordered_on}
    require_same(body, facts | {"by": order.accepted_by, "how": order.accepted_how})
    require_same_lines(ctx, body.lines, orders.lines_of(ctx, order.id), trade_of(ctx, order))
    if "contract_number" in body.model_fields_set:
        orders.change_contract(ctx, order.id, body.contract_number)
    return answered(ctx, order_out(ctx, order))


@router.put("/invoices/external/{source}/{external_id}", response_model=InvoiceOut)
def invoice_put(ctx: Invoicer, source: str, external_id: str, body: InvoicePut) -> Response:
    """Draft the invoice that another program knows by this id, or change it; what was issued stands."""
    invoice, name = known(ctx, visible_invoices(ctx), Invoice, source, external_id)
    if invoice is None:
        invoice = invoices.make_invoice(ctx, body.deal_id, kind=body.kind, name=name.name())
        keep_origin(ctx, invoice, name)
        made = changed(ctx, invoice, body) if body.model_fields_set - {"deal_id", "kind"} else invoice
        return created(ctx, invoice_out(ctx, made), location=f"/api/v1/sales/invoices/{made.id}")
    require_same(body, {"deal_id": invoice.deal_id, "kind": invoice.kind})
    if invoice.state == "draft":
        return answered(ctx, invoice_out(ctx, changed(ctx, invoice, body)))
    require_same(body, facts_of(invoice))
    require_same_lines(ctx, body.lines, invoices.lines_of(ctx, invoice.id), trade_of(ctx, invoice))
    return answered(ctx, invoice_out(ctx, invoice))


@router.put("/payments/external/{source}/{external_id}", response_model=PaymentOut)
def payment_put(ctx: Cashier, source: str, external_id: str, body: PaymentIn) -> Response:
    """Record the payment that another program knows by this id, once; it stands then."""
    payment, name = known(ctx, visible_payments(ctx), Payment, source, external_id)
    if payment is None:
        payment = payment_from(ctx, body)
        keep_origin(ctx, payment, name)
        return created(ctx, payment_out(payment), location=f"/api/v1/sales/payments/{payment.id}")
    fields = ("deal_id", "invoice_id", "paid_on", "method", "note")
    amount = money(payment.amount, payment.currency).model_dump()
    require_same(body, {field: getattr(payment, field) for field in fields} | {"amount": amount})
    return answered(ctx, payment_out(payment))


@router.put("/shipments/external/{source}/{external_id}", response_model=ShipmentOut)
def shipment_put(ctx: Shipper, source: str, external_id: str, body: ShipmentIn) -> Response:
    """Record the shipment that another program knows by this id, once; it stands then."""
    shipment, name = known(ctx, visible_shipments(ctx), Shipment, source, external_id)
    if shipment is None:
        shipment = shipment_from(ctx, body)
        keep_origin(ctx, shipment, name)
        return created(ctx, shipment_out(ctx, shipment), location=f"/api/v1/sales/shipments/{shipment.id}")
    parts = [{"ordered_id": line.id, "quantity": part} for line, part in shipments.lines_of(ctx, shipment.id)]
    facts = {"deal_id": shipment.deal_id, "shipped_on": shipment.shipped_on, "note": shipment.note}
    require_same(body, facts | {"lines": parts})
    return answered(ctx, shipment_out(ctx, shipment))


def known(
    ctx: ReadCtx, visible: Select[D], table: type[ExternalColumns], source: str, external_id: str
) -> tuple[D | None, Origin]:
    """The document that has this name among those that the actor may see, and the name as it is kept.

    Raises: Invalid where the program calls itself as the sample does.
    """
    require_own_source(source)
    name = Origin(source=source[:40], external_id=external_id[:120])
    named = visible.where(table.source == name.source, table.external_id == name.external_id)
    return ctx.db.scalar(named), name


def require_same(body: Input, facts: Mapping[str, object]) -> None:
    """What stands still may be said again, not otherwise; what the body leaves out is not asked.

    Raises: RuleBroken.
    """
    told = body.model_dump(exclude_unset=True)
    if any(told[name] is not None and told[name] != fact for name, fact in facts.items() if name in told):
        raise changes_nothing()


def require_same_lines(ctx: ReadCtx, told: Sequence[LineIn] | None, lines: Sequence[LineColumns], trade: Trade) -> None:
    """The same for lines: what a line leaves out (price, unit, tax) is not asked.

    Raises: RuleBroken, Invalid.
    """
    if told is None:
        return
    meant = lines_from(ctx, rows_from(told, trade.currency), InvoiceLine, trade)
    if len(meant) != len(lines) or any(
        getattr(line, name) != getattr(kept, name, None)
        for said, line, kept in zip(told, meant, lines, strict=True)
        for name in asked_of(said)
    ):
        raise changes_nothing()


def asked_of(line: LineIn) -> list[str]:
    names = ["description", "quantity", "discount_percent", "discount_amount"]
    names += ["unit"] if line.unit else []
    names += ["unit_price"] if line.unit_price is not None else []
    names += ["ordered_id"] if line.ordered_id is not None else []
    return names + (["tax_percent", "tax_category"] if line.tax else [])


def trade_of(ctx: ReadCtx, document: Quote | Order | Invoice) -> Trade:
    return Trade(document.currency, seller_with(ctx, document.seller_id))


def changes_nothing() -> RuleBroken:
    return RuleBroken(_l("What was sent, issued or recorded stands still, and it says something else."))
