"""Products over the API."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from boxportal.modules.sales import products
from boxportal.modules.sales.access import visible_products
from boxportal.modules.sales.api.parts import Origin, Words
from boxportal.modules.sales.forms import MAX_NUMBER, ProductForm
from boxportal.modules.sales.models.sellers import Product, TaxRate
from boxportal.sdk.api import Cursor, Input, Limit, RowId, etag_of, page_by_id, version_in
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.currencies import is_currency
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.routing import Router
from boxportal.sdk.web import IfMatch, RecordId, answered, created, reads, writes

router = Router(prefix="/products", tags=["sales"])
Reader = Annotated[ReadCtx, reads("sales.product.see")]
Creator = Annotated[Ctx, writes("sales.product.create")]
Editor = Annotated[Ctx, writes("sales.product.edit")]
FIELDS = tuple(ProductForm.model_fields)


class ProductIn(Input):
    """A product's facts; the price in major units (12.50) of its currency."""

    name: Annotated[Words, Field(max_length=200)] = ""
    code: Annotated[Words, Field(max_length=60)] = ""
    unit: Annotated[Words, Field(max_length=30)] = ""
    price: Annotated[Decimal, Field(ge=0, lt=MAX_NUMBER, decimal_places=6)] | None = None
    currency: str = ""
    tax_rate_id: RowId | None = None
    description: Annotated[Words, Field(max_length=4000)] = ""
    is_active: bool = True


class ProductNew(ProductIn, Origin):
    """A new product, with where it comes from."""


class ProductOut(BaseModel):
    """A product as it is kept."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    name: str
    code: str
    unit: str
    price: Decimal | None
    currency: str
    tax_rate_id: int | None
    description: str
    is_active: bool
    source: str | None
    external_id: str | None
    created_at: datetime
    updated_at: datetime
    version: int


class ProductsOut(BaseModel):
    """One page of products, newest first."""

    items: list[ProductOut]
    next: str | None


@router.get("")
def product_list(ctx: Reader, limit: Limit = 50, cursor: Cursor = 0) -> ProductsOut:
    """The price list."""
    rows, following = page_by_id(ctx.db, visible_products(ctx), Product.id, limit=limit, cursor=cursor)
    return ProductsOut(items=[ProductOut.model_validate(row) for row in rows], next=following)


@router.get("/{product_id}", response_model=ProductOut)
def product_show(ctx: Reader, product_id: RecordId) -> Response:
    """One product, with its version as ETag."""
    return answer(ctx, one(ctx.db, visible_products(ctx).where(Product.id == product_id)))


@router.post("", response_model=ProductOut, status_code=201)
def product_create(ctx: Creator, body: ProductNew) -> Response:
    """Add a product."""
    form = form_of(ctx, body, None)
    product = products.create_product(ctx, form, source=body.source, external_id=body.external_id)
    return made(ctx, product)


@router.patch("/{product_id}", response_model=ProductOut)
def product_change(ctx: Editor, product_id: RecordId, body: ProductIn, if_match: IfMatch = None) -> Response:
    """Change the fields that are sent, and no others."""
    known = one(ctx.db, visible_products(ctx).where(Product.id == product_id))
    form = form_of(ctx, body, known)
    return answer(ctx, products.change_product(ctx, product_id, form, version=version_in(if_match)))


@router.put("/external/{source}/{external_id}", response_model=ProductOut)
def product_put(ctx: Creator, source: str, external_id: str, body: ProductIn) -> Response:
    """Create the product that another program knows by this id, or change it."""
    source, external_id = source[:40], external_id[:120]
    named = visible_products(ctx).where(Product.source == source, Product.external_id == external_id)
    form = form_of(ctx, body, ctx.db.scalar(named))
    product, is_new = products.put_product(ctx, source, external_id, form)
    return made(ctx, product) if is_new else answer(ctx, product)


def form_of(ctx: ReadCtx, body: ProductIn, known: Product | None) -> ProductForm:
    """The product's facts with those replaced that the body names.

    Raises: Invalid.
    """
    kept = {name: getattr(known, name) for name in FIELDS} if known else {"currency": ctx.company.currency}
    told = {name: value for name, value in body.model_dump(exclude_unset=True).items() if name in FIELDS}
    facts = kept | told
    errors: dict[str, object] = {}
    if not facts.get("name"):
        errors["name"] = _l("A product needs a name.")
    if not is_currency(str(facts["currency"])):
        errors["currency"] = _l("There is no such currency.")
    if facts.get("tax_rate_id") is not None and ctx.db.get(TaxRate, facts["tax_rate_id"]) is None:
        errors["tax_rate_id"] = _l("There is no such tax rate.")
    if errors:
        raise Invalid(errors)
    return ProductForm.model_validate(facts)


def made(ctx: Ctx, product: Product) -> Response:
    return created(ctx, ProductOut.model_validate(product), location=f"/api/v1/sales/products/{product.id}")


def answer(ctx: ReadCtx, product: Product) -> Response:
    return answered(ctx, ProductOut.model_validate(product), etag=etag_of(product))
