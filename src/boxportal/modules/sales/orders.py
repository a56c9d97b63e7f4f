"""Orders: made when the client agrees; invoices and shipments are counted against their lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ScalarSelect, bindparam, case, func, select

from boxportal.contracts import sales as events
from boxportal.modules.sales import lines as deal_lines
from boxportal.modules.sales.access import deals, visible_orders
from boxportal.modules.sales.drafting import copied, footing, titled
from boxportal.modules.sales.models.invoices import Invoice, InvoiceLine
from boxportal.modules.sales.models.orders import Order, OrderLine, ShipmentLine
from boxportal.modules.sales.models.parts import LineColumns
from boxportal.modules.sales.models.quotes import Quote, QuoteVersion
from boxportal.modules.sales.numbering import take_number
from boxportal.modules.sales.parties import buyer_of
from boxportal.modules.sales.reckoning import copy_line, reckon_document
from boxportal.modules.sales.sellers import today
from boxportal.modules.sales.taxes import require_fit
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.names import clean_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How the client agreed: who, by which way, on which day, and the contract's number if there is one."""

    by: str
    how: str
    on: date
    contract_number: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a line of an order is."""

    line: OrderLine
    invoiced: Decimal
    shipped: Decimal

    @property
    def to_invoice(self) -> Decimal:
        return _left(self.line.quantity, self.invoiced)

    @property
    def to_ship(self) -> Decimal:
        return _left(self.line.quantity, self.shipped)


def quantity_invoiced() -> ScalarSelect[Decimal]:
    """Of a line of an order: what stands on issued invoices, less what stands on credit notes."""
    signed = case((Invoice.kind == "credit_note", -InvoiceLine.quantity), else_=InvoiceLine.quantity)
    counted = select(func.sum(signed, type_=InvoiceLine.quantity.type))
    counted = counted.join(Invoice, Invoice.id == InvoiceLine.invoice_id)
    of_line = counted.where(
        InvoiceLine.ordered_id == OrderLine.id, Invoice.state == "issued", Invoice.kind != "proforma"
    )
    return of_line.correlate(OrderLine).scalar_subquery()


def quantity_shipped() -> ScalarSelect[Decimal]:
    """Of a line of an order: what left."""
    counted = select(func.sum(ShipmentLine.quantity, type_=ShipmentLine.quantity.type))
    return counted.where(ShipmentLine.ordered_id == OrderLine.id).correlate(OrderLine).scalar_subquery()


PROGRESS = (
    select(OrderLine, quantity_invoiced(), quantity_shipped())
    .where(OrderLine.order_id.in_(bindparam("orders", expanding=True)))
    .order_by(OrderLine.order_id, OrderLine.position)
)


def ref_of(order: Order) -> RecordRef:
    return RecordRef(events.ORDER, order.id)


def orders_of(ctx: ReadCtx, deal_id: int) -> Sequence[Order]:
    """The orders of a deal, oldest first."""
    return ctx.db.scalars(select(Order).where(Order.deal_id == deal_id).order_by(Order.id)).all()


def lines_of(ctx: ReadCtx, order_id: int) -> Sequence[OrderLine]:
    return ctx.db.scalars(select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.position)).all()


def order_from_version(
    ctx: Ctx, quote: Quote, version: QuoteVersion, lines: Sequence[LineColumns], agreed: Agreement
) -> Order:
    """Make the order of a version that the client accepted. Moves the deal on and makes the contact."""
    order = Order(version_id=version.id, deal_id=quote.deal_id, seller_id=quote.seller_id, **copied(version))
    return _keep(ctx, order, lines, agreed)


def order_from_lines(ctx: Ctx, deal_id: int, agreed: Agreement) -> Order:
    """Make the order of a sale without a quote, from the deal's lines.

    Raises: NotPermitted, NotFound, RuleBroken when there is no line, SellerMissing.
    """
    ctx.require("sales.order.create")
    ground = footing(ctx, deal_id)
    lines = lines_to_order(ctx, deal_id)
    require_fit(ground.seller, lines)
    order = Order(version_id=None, deal_id=deal_id, seller_id=ground.seller.id, **ground.columns(ctx))
    reckon_document(order, lines)
    return _keep(ctx, order, lines, agreed)


def lines_to_order(ctx: ReadCtx, deal_id: int) -> Sequence[LineColumns]:
    """The lines of a deal that the caller has made sure is visible.

    Raises: RuleBroken when there is none.
    """
    lines = deal_lines.deal_lines(ctx, deal_id)
    if not lines:
        raise RuleBroken(_l("Add what is sold first."))
    return lines


def change_contract(ctx: Ctx, order_id: int, number: str) -> Order:
    """Note the contract's number on an order; nothing else of it changes.

    Raises: NotPermitted, NotFound.
    """
    order = order_to_edit(ctx, order_id)
    before, order.contract_number = order.contract_number, clean_line(number)[:80]
    ctx.db.flush()
    values = {"before": {"contract_number": before}, "after": {"contract_number": order.contract_number}}
    ctx.audit(AuditEntry(action="sales.order.edit", ref=ref_of(order), title=order.title, **values))
    ctx.index(ref_of(order))
    return order


def order_to_edit(ctx: Ctx, order_id: int) -> Order:
    """An order of a deal that the actor may change.

    Raises: NotPermitted, NotFound.
    """
    order = one(ctx.db, visible_orders(ctx).where(Order.id == order_id))
    ctx.require("sales.order.create")
    if order.deal_id is not None:
        deals(ctx).view(order.deal_id, to_edit=True)
    return order


def order_to_work_on(ctx: Ctx, deal_id: int, *, to_ship: bool) -> Order:
    """The deal's first order of which something is left to ship or to invoice; locked. Without any, a new one.

    Raises: NotFound, RuleBroken when nothing is left, SellerMissing.
    """
    orders = orders_of(ctx, deal_id)
    if not orders:
        agreed = Agreement(by="", how="direct", on=today(ctx))
        return order_from_lines(ctx, deal_id, agreed)
    for order in orders:
        locked = select(Order).where(Order.id == order.id).with_for_update().execution_options(populate_existing=True)
        ctx.db.scalar(locked)
        if any(p.to_ship if to_ship else p.to_invoice for p in progress_of(ctx, [order.id])):
            return order
    raise RuleBroken(_l("Everything was shipped already.") if to_ship else _l("Everything was invoiced already."))


def progress_of(ctx: ReadCtx, order_ids: Sequence[int]) -> list[Progress]:
    """How far the lines of these orders are."""
    if not order_ids:
        return []
    zero = Decimal(0)
    rows = ctx.db.execute(PROGRESS, {"orders": list(order_ids)})
    return [Progress(line, invoiced or zero, shipped or zero) for line, invoiced, shipped in rows]


def _keep(ctx: Ctx, order: Order, lines: Sequence[LineColumns], agreed: Agreement) -> Order:
    number = take_number(ctx, order.seller_id, "order", agreed.on)  # before the deal moves on: see `hold_series`
    client = deals(ctx).agreed(order.deal_id or 0)
    order.contact_id, order.client_company_id = client.contact_id, client.client_company_id
    order.number, order.year, order.sequence = number.text, number.year, number.sequence
    order.title = titled(number.text, buyer_of(order.buyer))
    order.ordered_on, order.contract_number = agreed.on, agreed.contract_number
    order.accepted_by, order.accepted_how, order.created_at = agreed.by, agreed.how, ctx.now
    ctx.db.add(order)
    ctx.db.flush()
    ctx.db.add_all([copy_line(line, OrderLine, order_id=order.id) for line in lines])
    ctx.db.flush()
    ctx.index(ref_of(order))
    return order


def _left(ordered: Decimal, done: Decimal) -> Decimal:
    """What is left of a quantity: nothing once it is done, also of goods that come back (negative ones)."""
    left = ordered - done
    return left if (left > 0) == (ordered > 0) and left else Decimal(0)
