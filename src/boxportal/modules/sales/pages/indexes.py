"""The lists on the screen."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import Select

from boxportal.modules.sales import access, indexes, texts
from boxportal.modules.sales.sellers import today
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.i18n import Text
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.lists import ListEnv, ListSpec, page_of, read_state
from boxportal.sdk.web import page, reads

router = APIRouter()
QuoteReader = Annotated[ReadCtx, reads("sales.quote.see")]
InvoiceReader = Annotated[ReadCtx, reads("sales.invoice.see")]
ProductReader = Annotated[ReadCtx, reads("sales.product.see")]


@router.get("/sales/quotes")
def quote_list(ctx: QuoteReader) -> Response:
    empty = _("Quotes are made on a deal: write down what is sold there, and press “Make a quote”.")
    spec = indexes.quote_list(today(ctx))
    return list_page(ctx, spec, access.visible_quotes(ctx), _("Quotes"), empty, marks=texts.QUOTE_STATES)


@router.get("/sales/invoices")
def invoice_list(ctx: InvoiceReader) -> Response:
    empty = _("Invoices are made on a deal, from what the client agreed to.")
    spec = indexes.invoice_list(today(ctx))
    return list_page(ctx, spec, access.visible_invoices(ctx), _("Invoices"), empty, marks=texts.INVOICE_STATES)


@router.get("/sales/products")
def product_list(ctx: ProductReader) -> Response:
    empty = _("What you sell stands here with its price, so that a line of a quote needs only its name.")
    may_add = ctx.can("sales.product.create")
    new = ("/sales/products/new", _("Add a product")) if may_add else None
    return list_page(ctx, indexes.PRODUCTS, access.visible_products(ctx), _("Products"), empty, new=new)


def list_page(
    ctx: ReadCtx,
    spec: ListSpec,
    base: Select[*tuple[object, ...]] | Select[object],
    title: str,
    empty: str,
    *,
    marks: Mapping[str, tuple[Text, str]] | None = None,
    new: tuple[str, str] | None = None,
) -> Response:
    """A list with its ready-made filters as chips."""
    env = ListEnv(now=ctx.now, zone=ctx.actor.timezone, me=ctx.actor.id, currency=ctx.company.currency)
    state = read_state(spec, ctx.origin.query, env)
    shown = page_of(ctx.db, base, state, env)
    named = spec.filters[0]
    chosen = state.typed.get(named.key, ())
    chips = [
        {
            "title": text,
            "active": key in chosen,
            "url": f"?{state.query(**{named.key: None if key in chosen else str(key)})}",
        }
        for key, text in named.options(env)
    ]
    return page(
        ctx, "sales/list.html", title=title, empty=empty, shown=shown, state=state, chips=chips, marks=marks or {},
        new=new, is_filtered=bool(chosen),
    )  # fmt: skip
