"""Which documents an actor may see: those of the deals that they may see; and the way to the CRM."""

from sqlalchemy import ColumnElement, Select, select, true

from boxportal.contracts.crm import DEAL, Deals
from boxportal.modules.sales.models.invoices import Invoice, Payment
from boxportal.modules.sales.models.orders import Order, Shipment
from boxportal.modules.sales.models.quotes import Quote
from boxportal.modules.sales.models.sellers import Product
from boxportal.sdk.access import Scope
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import NotFound


def deals(ctx: ReadCtx) -> Deals:
    """The CRM's deals, as this actor may see and change them."""
    port = ctx.find(Deals)
    if port is None:  # sales requires crm, so this is a company whose modules are being switched at this moment
        raise NotFound
    return port


def in_reach(ctx: ReadCtx, deal_id: ColumnElement[int | None]) -> ColumnElement[bool]:
    """The condition on a document's deal; who sees all deals also sees the documents of deals that are gone."""
    if ctx.actor.scope("crm.deal.see") is Scope.ALL:
        return true()
    return deal_id.in_(ctx.visible(DEAL))


def visible_quotes(ctx: ReadCtx) -> Select[Quote]:
    return select(Quote).where(_may(ctx, "sales.quote.see"), in_reach(ctx, Quote.__table__.c.deal_id))


def visible_orders(ctx: ReadCtx) -> Select[Order]:
    return select(Order).where(_may(ctx, "sales.order.see"), in_reach(ctx, Order.__table__.c.deal_id))


def visible_invoices(ctx: ReadCtx) -> Select[Invoice]:
    return select(Invoice).where(_may(ctx, "sales.invoice.see"), in_reach(ctx, Invoice.__table__.c.deal_id))


def visible_payments(ctx: ReadCtx) -> Select[Payment]:
    return select(Payment).where(_may(ctx, "sales.payment.see"), in_reach(ctx, Payment.__table__.c.deal_id))


def visible_shipments(ctx: ReadCtx) -> Select[Shipment]:
    return select(Shipment).where(_may(ctx, "sales.shipment.see"), in_reach(ctx, Shipment.__table__.c.deal_id))


def visible_products(ctx: ReadCtx) -> Select[Product]:
    return select(Product).where(_may(ctx, "sales.product.see"))


def _may(ctx: ReadCtx, permission: str) -> ColumnElement[bool]:
    return true() if ctx.can(permission) else ~true()
