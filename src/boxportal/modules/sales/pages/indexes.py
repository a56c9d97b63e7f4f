"""The lists on the screen, and ready for what the kernel does with lists."""

from typing import Annotated

from fastapi.responses import Response

from boxportal.modules.sales import access, indexes
from boxportal.modules.sales.sellers import today
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.lists import Listing
from boxportal.sdk.lists_web import listing_page
from boxportal.sdk.routing import Router
from boxportal.sdk.web import reads

router = Router()
QuoteReader = Annotated[ReadCtx, reads("sales.quote.see")]
InvoiceReader = Annotated[ReadCtx, reads("sales.invoice.see")]
ProductReader = Annotated[ReadCtx, reads("sales.product.see")]


def quote_listing(ctx: ReadCtx, _query: str) -> Listing:
    return Listing(spec=indexes.quote_list(today(ctx)), base=access.visible_quotes(ctx))


def invoice_listing(ctx: ReadCtx, _query: str) -> Listing:
    return Listing(spec=indexes.invoice_list(today(ctx)), base=access.visible_invoices(ctx))


def product_listing(ctx: ReadCtx, _query: str) -> Listing:
    return Listing(spec=indexes.PRODUCTS, base=access.visible_products(ctx))


@router.get("/sales/quotes")
def quote_list(ctx: QuoteReader) -> Response:
    empty = _("Quotes are made on a deal: write down what is sold there, and press “Make a quote”.")
    return listing_page(ctx, "sales/list.html", quote_listing(ctx, ""), title=_("Quotes"), empty=empty, new=None)


@router.get("/sales/invoices")
def invoice_list(ctx: InvoiceReader) -> Response:
    empty = _("Invoices are made on a deal, from what the client agreed to.")
    listing, export = invoice_listing(ctx, ""), "sales.invoice.export"
    return listing_page(ctx, "sales/list.html", listing, export=export, title=_("Invoices"), empty=empty, new=None)


@router.get("/sales/products")
def product_list(ctx: ProductReader) -> Response:
    empty = _("What you sell stands here with its price, so that a line of a quote needs only its name.")
    new = ("/sales/products/new", _("Add a product")) if ctx.can("sales.product.create") else None
    return listing_page(ctx, "sales/list.html", product_listing(ctx, ""), title=_("Products"), empty=empty, new=new)
