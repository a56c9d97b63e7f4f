"""Shipments: what left of an order, and when."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from boxportal.contracts import sales as events
from boxportal.contracts.crm import DEAL
from boxportal.modules.sales.access import deals, visible_shipments
from boxportal.modules.sales.drafting import titled
from boxportal.modules.sales.forms import ShipmentForm
from boxportal.modules.sales.models.orders import Order, OrderLine, Shipment, ShipmentLine
from boxportal.modules.sales.numbering import hold_series, take_number
from boxportal.modules.sales.orders import Progress, order_to_work_on, orders_of, progress_of
from boxportal.modules.sales.parties import buyer_of
from boxportal.modules.sales.sellers import require_seller, today
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import lazy as _l


def to_ship(ctx: Ctx, deal_id: int) -> tuple[Order, list[Progress]]:
    """The order of which something is left to ship, and how far its lines are.

    Raises: NotPermitted, NotFound, RuleBroken when nothing is left, SellerMissing.
    """
    ctx.require("sales.shipment.create")
    deals(ctx).view(deal_id, to_edit=True)
    if not orders_of(ctx, deal_id):
        hold_series(ctx, require_seller(ctx, deal_id).id, ("order", "shipment"), today(ctx))
    order = order_to_work_on(ctx, deal_id, to_ship=True)
    return order, progress_of(ctx, [order.id])


def left_to_ship(ctx: ReadCtx, deal_id: int) -> list[Progress]:
    """How far the lines of the first order are of which something is left to ship.

    Raises: NotFound, RuleBroken when there is no such order.
    """
    deals(ctx).view(deal_id, to_edit=True)
    for order in orders_of(ctx, deal_id):
        lines = progress_of(ctx, [order.id])
        if any(p.to_ship for p in lines):
            return lines
    raise RuleBroken(_l("There is no order of which something is left to ship."))


def ship_rest(ctx: Ctx, deal_id: int) -> Shipment:
    """Record that all that was left of an order left today.

    Raises: as `to_ship`.
    """
    order, lines = to_ship(ctx, deal_id)
    return _keep(ctx, order, {p.line.id: p.to_ship for p in lines if p.to_ship}, today(ctx), "")


def record_shipment(ctx: Ctx, deal_id: int, form: ShipmentForm) -> Shipment:
    """Record what left.

    Raises: as `to_ship`; Invalid that names the line of which too much would leave.
    """
    order, lines = to_ship(ctx, deal_id)
    if form.shipped_on > today(ctx):
        raise Invalid({"shipped_on": _l("This day is still to come.")})
    left = {p.line.id: p.to_ship for p in lines}
    errors: dict[str, object] = {}
    for number, row in enumerate(form.lines):
        if row.ordered_id not in left or row.quantity > max(left[row.ordered_id], Decimal(0)):
            errors[f"lines.{number}.quantity"] = _l("There is less than that left to ship.")
    parts = {row.ordered_id: row.quantity for row in form.lines if row.quantity}
    if not parts:
        errors[""] = _l("Say how much of something was shipped.")
    if errors:
        raise Invalid(errors)
    return _keep(ctx, order, parts, form.shipped_on, form.note)


def remove_shipment(ctx: Ctx, shipment_id: int) -> int | None:
    """Take a shipment out that was recorded wrongly. Returns the deal.

    Raises: NotPermitted, NotFound.
    """
    ctx.require("sales.shipment.delete")
    shipment = one(ctx.db, visible_shipments(ctx).where(Shipment.id == shipment_id))
    deal_id, ref = shipment.deal_id, RecordRef(events.SHIPMENT, shipment.id)
    if deal_id is not None:
        deals(ctx).view(deal_id, to_edit=True)
    ctx.audit(AuditEntry(action="sales.shipment.delete", ref=ref, title=shipment.title))
    ctx.forget(ref)
    ctx.db.delete(shipment)
    ctx.db.flush()
    return deal_id


def lines_of(ctx: ReadCtx, shipment_id: int) -> Sequence[tuple[OrderLine, Decimal]]:
    """What a shipment held: lines of the order with how much of each."""
    mine = (
        select(OrderLine, ShipmentLine.quantity)
        .join(ShipmentLine, ShipmentLine.ordered_id == OrderLine.id)
        .where(ShipmentLine.shipment_id == shipment_id)
        .order_by(OrderLine.position)
    )
    return [(line, quantity) for line, quantity in ctx.db.execute(mine)]


def _keep(ctx: Ctx, order: Order, parts: Mapping[int, Decimal], day: date, note: str) -> Shipment:
    if order.deal_id is None:
        raise RuleBroken(_l("The deal of this order is gone."))
    number = take_number(ctx, order.seller_id, "shipment", day)
    shipment = Shipment(
        deal_id=order.deal_id,
        order_id=order.id,
        seller_id=order.seller_id,
        number=number.text,
        year=number.year,
        sequence=number.sequence,
        title=titled(number.text, buyer_of(order.buyer)),
        shipped_on=day,
        note=note,
        created_by=ctx.actor.id,
        created_at=ctx.now,
    )
    ctx.db.add(shipment)
    ctx.db.flush()
    rows = [ShipmentLine(shipment_id=shipment.id, ordered_id=line, quantity=part) for line, part in parts.items()]
    ctx.db.add_all(rows)
    ctx.db.flush()
    deal, ref = RecordRef(DEAL, order.deal_id), RecordRef(events.SHIPMENT, shipment.id)
    orders = [each.id for each in orders_of(ctx, order.deal_id)]
    complete = not any(p.to_ship for p in progress_of(ctx, orders))
    if complete:
        deals(ctx).reached(order.deal_id, "shipped")
    ctx.audit(AuditEntry(action="sales.shipment.create", ref=ref, title=shipment.title))
    ctx.publish(events.GoodsShipped(shipment=ref, deal=deal, complete=complete))
    ctx.index(ref)
    return shipment
