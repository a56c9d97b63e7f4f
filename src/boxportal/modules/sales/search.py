"""What can be found of each kind of document and product."""

from collections.abc import Sequence

from sqlalchemy import select

from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.models.orders import Order
from boxportal.modules.sales.models.parts import DocumentColumns
from boxportal.modules.sales.models.quotes import Quote
from boxportal.modules.sales.models.sellers import Product
from boxportal.modules.sales.parties import buyer_of
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.module import SearchRow


def product_rows(ctx: ReadCtx, ids: Sequence[int]) -> Sequence[SearchRow]:
    rows = ctx.db.scalars(select(Product).where(Product.id.in_(ids)))
    return [SearchRow(row.id, row.name, f"{row.code} {row.description}") for row in rows]


def quote_rows(ctx: ReadCtx, ids: Sequence[int]) -> Sequence[SearchRow]:
    rows = ctx.db.scalars(select(Quote).where(Quote.id.in_(ids)))
    return [SearchRow(row.id, row.title, row.number) for row in rows]


def order_rows(ctx: ReadCtx, ids: Sequence[int]) -> Sequence[SearchRow]:
    rows = ctx.db.scalars(select(Order).where(Order.id.in_(ids)))
    return [SearchRow(row.id, row.title, f"{row.contract_number} {_buyer(row)}") for row in rows]


def invoice_rows(ctx: ReadCtx, ids: Sequence[int]) -> Sequence[SearchRow]:
    rows = ctx.db.scalars(select(Invoice).where(Invoice.id.in_(ids)))
    return [SearchRow(row.id, row.title, _buyer(row)) for row in rows]


def _buyer(document: DocumentColumns) -> str:
    buyer = buyer_of(document.buyer)
    return f"{buyer.name} {buyer.company} {buyer.tax_number}"
