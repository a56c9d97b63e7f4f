"""The lists on the screen."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from boxportal.modules.sales import access, indexes
from boxportal.modules.sales.sellers import today
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.lists_web import list_page
from boxportal.sdk.web import reads

router = APIRouter()
QuoteReader = Annotated[ReadCtx, reads("sales.quote.see")]
InvoiceReader = Annotated[ReadCtx, reads("sales.invoice.see")]
ProductReader = Annotated[ReadCtx, reads("sales.product.see")]


@router.get("/sales/quotes")
def quote_list(ctx: QuoteReader) -> Response:
    empty = _("Quotes are made on a deal: write down what is sold there, and press “Make a quote”.")
    spec, base = indexes.quote_list(today(ctx)), access.visible_quotes(ctx)
    return list_page(ctx, "sales/list.html", spec, base, title=_("Quotes"), empty=empty, new=None)


@router.get("/sales/invoices")
def invoice_list(ctx: InvoiceReader) -> Response:
    empty = _("Invoices are made on a deal, from what the client agreed to.")
    spec, base = indexes.invoice_list(today(ctx)), access.visible_invoices(ctx)
    export, title = "sales.invoice.export", _("Invoices")
    return list_page(ctx, "sales/list.html", spec, base, export=export, title=title, empty=empty, new=None)


@router.get("/sales/products")
def product_list(ctx: ProductReader) -> Response:
    empty = _("What you sell stands here with its price, so that a line of a quote needs only its name.")
    new = ("/sales/products/new", _("Add a product")) if ctx.can("sales.product.create") else None
    base, title = access.visible_products(ctx), _("Products")
    return list_page(ctx, "sales/list.html", indexes.PRODUCTS, base, title=title, empty=empty, new=new)
