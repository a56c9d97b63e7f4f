"""The price list on the screen."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from boxportal.modules.sales import products
from boxportal.modules.sales.access import visible_products
from boxportal.modules.sales.forms import ProductForm
from boxportal.modules.sales.models.sellers import Product
from boxportal.modules.sales.pages.typed import Sent
from boxportal.modules.sales.sellers import find_seller
from boxportal.modules.sales.taxes import default_rate_id
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.currencies import CURRENCIES
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid
from boxportal.sdk.forms import Choice, FormEnv, FormState, blank, filled, read
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = APIRouter()
Reader = Annotated[ReadCtx, reads("sales.product.see")]
NewReader = Annotated[ReadCtx, reads("sales.product.create")]
Maker = Annotated[Ctx, writes("sales.product.create")]
Editor = Annotated[Ctx, writes("sales.product.edit")]


@router.get("/sales/products/new")
def product_new(ctx: NewReader) -> Response:
    seller = find_seller(ctx)
    initial = {"currency": seller.currency if seller else ctx.company.currency, "tax_rate_id": default_rate_id(ctx)}
    return page(ctx, "sales/product.html", form=blank(ProductForm, product_env(ctx), initial), product=None, side=None)


@router.post("/sales/products")
def product_create(ctx: Maker, sent: Sent) -> Response:
    form = read(ProductForm, sent, product_env(ctx))
    if not isinstance(form, FormState):
        try:
            products.create_product(ctx, form)
            return see_other(ctx, "/sales/products")
        except Invalid as error:
            form = refused(ctx, form, error)
    return page(ctx, "sales/product.html", status=422, form=form, product=None, side=None)


@router.get("/sales/products/{product_id}")
def product_show(ctx: Reader, product_id: RecordId) -> Response:
    product = one(ctx.db, visible_products(ctx).where(Product.id == product_id))
    form = filled(ProductForm, product, product_env(ctx))
    return page(ctx, "sales/product.html", form=form, product=product, side=ctx.side(products.ref_of(product)))


@router.post("/sales/products/{product_id}")
def product_save(ctx: Editor, product_id: RecordId, sent: Sent) -> Response:
    version = (list(sent.get("_version", ())) or [""])[-1]
    form = read(ProductForm, sent, product_env(ctx))
    if not isinstance(form, FormState):
        try:
            products.change_product(ctx, product_id, form, version=int(version) if version.isdecimal() else None)
            return see_other(ctx, "/sales/products")
        except Invalid as error:
            form = refused(ctx, form, error)
    product = one(ctx.db, visible_products(ctx).where(Product.id == product_id))
    side = ctx.side(products.ref_of(product))
    return page(ctx, "sales/product.html", status=422, form=form, product=product, side=side)


def product_env(ctx: ReadCtx) -> FormEnv:
    currencies: list[Choice] = [(code, code) for code in sorted(CURRENCIES)]
    choices = {"currency": currencies, "tax_rate_id": products.rate_choices(ctx)}
    return FormEnv(zone=ctx.actor.timezone, choices=choices)


def refused(ctx: ReadCtx, form: ProductForm, error: Invalid) -> FormState[ProductForm]:
    wrong = {name: str(text) for name, text in error.fields.items()}
    return filled(ProductForm, form, product_env(ctx)).refused(wrong)
