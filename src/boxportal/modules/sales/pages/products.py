"""The price list on the screen."""

from typing import Annotated

from fastapi.responses import Response

from boxportal.modules.sales import products
from boxportal.modules.sales.access import visible_products
from boxportal.modules.sales.forms import ProductForm
from boxportal.modules.sales.models.sellers import Product
from boxportal.modules.sales.pages.acts import CURRENCY
from boxportal.modules.sales.sellers import find_seller
from boxportal.modules.sales.taxes import default_rate_id
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.forms import FormState, Typed
from boxportal.sdk.forms_web import Options, TypedForm, blank_form, filled_form, submitted
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, reads, see_other, writes

router = Router()
Reader = Annotated[ReadCtx, reads("sales.product.see")]
NewReader = Annotated[ReadCtx, reads("sales.product.create")]
Maker = Annotated[Ctx, writes("sales.product.create")]
Editor = Annotated[Ctx, writes("sales.product.edit")]
MAX_DIGITS = 19


@router.get("/sales/products/new")
def product_new(ctx: NewReader) -> Response:
    seller = find_seller(ctx)
    initial = {"currency": seller.currency if seller else ctx.company.currency, "tax_rate_id": default_rate_id(ctx)}
    return product_page(ctx, blank_form(ctx, ProductForm, initial=initial, choices=options(ctx)))


@router.post("/sales/products")
def product_create(typed: TypedForm, ctx: Maker) -> Response:
    done = submitted(ctx, ProductForm, typed, lambda form: products.create_product(ctx, form), choices=options(ctx))
    return product_page(ctx, done, status=422) if isinstance(done, FormState) else see_other(ctx, "/sales/products")


@router.get("/sales/products/{product_id}")
def product_show(ctx: Reader, product_id: RecordId) -> Response:
    product = one(ctx.db, visible_products(ctx).where(Product.id == product_id))
    return product_page(ctx, filled_form(ctx, ProductForm, product, choices=options(ctx)), product)


@router.post("/sales/products/{product_id}")
def product_save(typed: TypedForm, ctx: Editor, product_id: RecordId) -> Response:
    product, version = one(ctx.db, visible_products(ctx).where(Product.id == product_id)), version_of(typed)

    def save(form: ProductForm) -> None:
        products.change_product(ctx, product_id, form, version=version)

    done = submitted(ctx, ProductForm, typed, save, choices=options(ctx))
    if isinstance(done, FormState):
        return product_page(ctx, done, product, status=422)
    return see_other(ctx, "/sales/products")


def product_page(
    ctx: ReadCtx, form: FormState[ProductForm], product: Product | None = None, status: int = 200
) -> Response:
    side = ctx.side(products.ref_of(product)) if product else None
    return page(ctx, "sales/product.html", status=status, form=form, product=product, side=side)


def options(ctx: ReadCtx) -> Options:
    return {**CURRENCY, "tax_rate_id": products.rate_choices(ctx)}


def version_of(typed: Typed) -> int | None:
    """The version that the form was made from; None when it does not say."""
    said = (list(typed.get("_version", ())) or [""])[-1]
    return int(said) if said.isascii() and said.isdecimal() and len(said) < MAX_DIGITS else None
