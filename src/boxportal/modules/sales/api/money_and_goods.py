"""Payments and shipments over the API."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from fastapi.responses import Response
from pydantic import BaseModel, Field

from boxportal.modules.sales import payments, shipments
from boxportal.modules.sales.access import visible_payments, visible_shipments
from boxportal.modules.sales.api.parts import Number, Origin, Words, keep_origin, money
from boxportal.modules.sales.forms import PaymentForm, ShipmentForm, ShipmentRow
from boxportal.modules.sales.models.invoices import Payment
from boxportal.modules.sales.models.orders import Shipment
from boxportal.modules.sales.sellers import today
from boxportal.sdk.api import Cursor, Input, Limit, MoneyValue, RowId, page_by_id
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.currencies import is_currency
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.money import Money
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, answered, created, reads, writes

router = Router(tags=["sales"])
PaymentReader = Annotated[ReadCtx, reads("sales.payment.see")]
PaymentCreator = Annotated[Ctx, writes("sales.payment.create")]
ShipmentReader = Annotated[ReadCtx, reads("sales.shipment.see")]
ShipmentCreator = Annotated[Ctx, writes("sales.shipment.create")]
Note = Annotated[Words, Field(max_length=1000)]


class PaymentIn(Input):
    """Money that came in, for an invoice or (without one) as an advance on the deal.

    A negative amount is a refund, for the credit note that `invoice_id` names.
    """

    deal_id: RowId
    invoice_id: RowId | None = None
    amount: MoneyValue
    paid_on: date | None = None
    method: Literal["bank", "cash", "card", "mobile", "other"] = "bank"
    note: Note = ""


class PaymentNew(PaymentIn, Origin):
    """A new payment, with where it comes from."""


class PaymentOut(BaseModel):
    """A payment as it is kept."""

    id: int
    deal_id: int | None
    seller_id: int | None
    invoice_id: int | None
    amount: MoneyValue
    paid_on: date
    method: str
    note: str
    source: str | None
    external_id: str | None
    created_at: datetime


class PaymentsOut(BaseModel):
    """One page of payments, newest first."""

    items: list[PaymentOut]
    next: str | None


class PartIn(Input):
    """How much of an ordered line leaves."""

    ordered_id: RowId
    quantity: Annotated[Number, Field(gt=0)]


class ShipmentIn(Input):
    """What leaves; without `lines` all that is left of the order."""

    deal_id: RowId
    lines: Annotated[list[PartIn], Field(min_length=1, max_length=500)] | None = None
    shipped_on: date | None = None
    note: Note = ""


class ShipmentNew(ShipmentIn, Origin):
    """A new shipment, with where it comes from."""


class PartOut(BaseModel):
    """How much of an ordered line left."""

    ordered_id: int
    description: str
    quantity: Decimal
    unit: str


class ShipmentOut(BaseModel):
    """A shipment as it is kept."""

    id: int
    deal_id: int | None
    seller_id: int
    order_id: int
    number: str
    shipped_on: date
    note: str
    lines: list[PartOut]
    source: str | None
    external_id: str | None


class ShipmentRowOut(BaseModel):
    """A shipment in a list."""

    id: int
    deal_id: int | None
    order_id: int
    number: str
    shipped_on: date


class ShipmentsOut(BaseModel):
    """One page of shipments, newest first."""

    items: list[ShipmentRowOut]
    next: str | None


@router.get("/payments")
def payment_list(
    ctx: PaymentReader, limit: Limit = 50, cursor: Cursor = 0, deal_id: int = 0, invoice_id: int = 0
) -> PaymentsOut:
    """Payments for deals that the token's person may see."""
    wanted = visible_payments(ctx)
    wanted = wanted.where(Payment.deal_id == deal_id) if deal_id else wanted
    wanted = wanted.where(Payment.invoice_id == invoice_id) if invoice_id else wanted
    rows, following = page_by_id(ctx.db, wanted, Payment.id, limit=limit, cursor=cursor)
    return PaymentsOut(items=[payment_out(row) for row in rows], next=following)


@router.get("/payments/{payment_id}", response_model=PaymentOut)
def payment_show(ctx: PaymentReader, payment_id: RecordId) -> Response:
    """One payment."""
    return answered(ctx, payment_out(one(ctx.db, visible_payments(ctx).where(Payment.id == payment_id))))


@router.post("/payments", response_model=PaymentOut, status_code=201)
def payment_create(ctx: PaymentCreator, body: PaymentNew) -> Response:
    """Record money that came in, or was paid back."""
    payment = payment_from(ctx, body)
    keep_origin(ctx, payment, body)
    return created(ctx, payment_out(payment), location=f"/api/v1/sales/payments/{payment.id}")


def payment_from(ctx: Ctx, body: PaymentIn) -> Payment:
    """Record it as a body says.

    Raises: Invalid.
    """
    if not is_currency(body.amount.currency):
        raise Invalid({"amount.currency": _l("There is no such currency.")})
    is_refund = body.amount.amount < 0 and body.invoice_id is not None
    form = PaymentForm(
        amount=Money(-body.amount.amount if is_refund else body.amount.amount, body.amount.currency),
        paid_on=body.paid_on or today(ctx),
        method=body.method,
        note=body.note,
    )
    if is_refund and body.invoice_id is not None:
        return payments.record_refund(ctx, body.invoice_id, form, deal_id=body.deal_id)
    return payments.record_payment(ctx, body.deal_id, form, invoice_id=body.invoice_id)


@router.get("/shipments")
def shipment_list(ctx: ShipmentReader, limit: Limit = 50, cursor: Cursor = 0, deal_id: int = 0) -> ShipmentsOut:
    """Shipments for deals that the token's person may see."""
    wanted = visible_shipments(ctx)
    wanted = wanted.where(Shipment.deal_id == deal_id) if deal_id else wanted
    rows, following = page_by_id(ctx.db, wanted, Shipment.id, limit=limit, cursor=cursor)
    names = ShipmentRowOut.model_fields
    items = [ShipmentRowOut(**{name: getattr(row, name) for name in names}) for row in rows]
    return ShipmentsOut(items=items, next=following)


@router.get("/shipments/{shipment_id}", response_model=ShipmentOut)
def shipment_show(ctx: ShipmentReader, shipment_id: RecordId) -> Response:
    """One shipment."""
    return answered(ctx, shipment_out(ctx, one(ctx.db, visible_shipments(ctx).where(Shipment.id == shipment_id))))


@router.post("/shipments", response_model=ShipmentOut, status_code=201)
def shipment_create(ctx: ShipmentCreator, body: ShipmentNew) -> Response:
    """Record what left."""
    shipment = shipment_from(ctx, body)
    keep_origin(ctx, shipment, body)
    return created(ctx, shipment_out(ctx, shipment), location=f"/api/v1/sales/shipments/{shipment.id}")


def shipment_from(ctx: Ctx, body: ShipmentIn) -> Shipment:
    """Record it as a body says."""
    if body.lines is None and body.shipped_on is None and not body.note:
        return shipments.ship_rest(ctx, body.deal_id)
    return shipments.record_shipment(ctx, body.deal_id, shipment_form(ctx, body))


def shipment_form(ctx: Ctx, body: ShipmentIn) -> ShipmentForm:
    """The parts that leave; without any, all that is left."""
    if body.lines is None:
        _order, left = shipments.to_ship(ctx, body.deal_id)
        rows = [ShipmentRow(ordered_id=p.line.id, quantity=p.to_ship) for p in left if p.to_ship > 0]
    else:
        rows = [ShipmentRow(ordered_id=part.ordered_id, quantity=part.quantity) for part in body.lines]
    return ShipmentForm(shipped_on=body.shipped_on or today(ctx), note=body.note, lines=rows)


def payment_out(payment: Payment) -> PaymentOut:
    own = {name: getattr(payment, name) for name in PaymentOut.model_fields if name != "amount"}
    return PaymentOut(amount=money(payment.amount, payment.currency), **own)


def shipment_out(ctx: ReadCtx, shipment: Shipment) -> ShipmentOut:
    own = {name: getattr(shipment, name) for name in ShipmentOut.model_fields if name != "lines"}
    lines = [
        PartOut(ordered_id=line.id, description=line.description, quantity=part, unit=line.unit)
        for line, part in shipments.lines_of(ctx, shipment.id)
    ]
    return ShipmentOut(lines=lines, **own)
