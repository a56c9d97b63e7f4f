"""The price list."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select

from boxportal.contracts.sales import PRODUCT
from boxportal.modules.sales.access import visible_products
from boxportal.modules.sales.forms import ProductForm
from boxportal.modules.sales.models.sellers import Product, TaxRate
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, Stale
from boxportal.sdk.events import RecordRef
from boxportal.sdk.forms import Choice
from boxportal.sdk.i18n import lazy as _l

FIELDS = tuple(ProductForm.model_fields)
SUGGESTED = 30


def ref_of(product: Product) -> RecordRef:
    return RecordRef(PRODUCT, product.id)


def create_product(
    ctx: Ctx, form: ProductForm, *, source: str | None = None, external_id: str | None = None
) -> Product:
    """Add a product.

    Raises: NotPermitted, Invalid when another for sale has its name or code.
    """
    ctx.require("sales.product.create")
    _require_free(ctx, form, None)
    product = Product(source=source, external_id=external_id, created_at=ctx.now, updated_at=ctx.now, **_values(form))
    ctx.db.add(product)
    ctx.db.flush()
    ctx.audit(AuditEntry(action="sales.product.create", ref=ref_of(product), title=product.name))
    ctx.index(ref_of(product))
    return product


def change_product(ctx: Ctx, product_id: int, form: ProductForm, *, version: int | None = None) -> Product:
    """Change a product; lines that name it keep what they copied.

    Raises: NotPermitted, NotFound, Stale, Invalid.
    """
    product = one(ctx.db, visible_products(ctx).where(Product.id == product_id))
    ctx.require("sales.product.edit")
    if version is not None and product.version != version:
        raise Stale({name: getattr(product, name) for name in FIELDS})
    _require_free(ctx, form, product.id)
    before = {name: str(getattr(product, name)) for name in FIELDS}
    for name, value in _values(form).items():
        setattr(product, name, value)
    product.updated_at = ctx.now
    ctx.db.flush()
    after = {name: str(getattr(product, name)) for name in FIELDS}
    changed = {name for name in FIELDS if before[name] != after[name]}
    ctx.audit(
        AuditEntry(
            action="sales.product.edit",
            ref=ref_of(product),
            title=product.name,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
    )
    ctx.index(ref_of(product))
    return product


def put_product(ctx: Ctx, source: str, external_id: str, form: ProductForm) -> tuple[Product, bool]:
    """Create or change the product that another system calls so. Returns it, and whether it is new.

    Raises: NotPermitted, Invalid.
    """
    named = visible_products(ctx).where(Product.source == source, Product.external_id == external_id)
    known = ctx.db.scalar(named)
    if known is None:
        return create_product(ctx, form, source=source, external_id=external_id), True
    return change_product(ctx, known.id, form), False


def named_like(ctx: ReadCtx, typed: str) -> Sequence[Product]:
    """Products for sale whose name or code begins with what was typed; of nothing, the first ones."""
    start = typed.strip()[:100].replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_").lower() + "%"
    begins = or_(func.lower(Product.name).like(start, escape="\\"), func.lower(Product.code).like(start, escape="\\"))
    mine = visible_products(ctx).where(Product.is_active)
    return ctx.db.scalars((mine.where(begins) if typed.strip() else mine).order_by(Product.name).limit(SUGGESTED)).all()


def rate_choices(ctx: ReadCtx) -> list[Choice]:
    """Tax rates that a product may have."""
    active = select(TaxRate).where(TaxRate.is_active).order_by(TaxRate.percent.desc(), TaxRate.id)
    return [(rate.id, rate.name) for rate in ctx.db.scalars(active)]


def _values(form: ProductForm) -> dict[str, object]:
    return {name: getattr(form, name) for name in FIELDS}


def _require_free(ctx: ReadCtx, form: ProductForm, own_id: int | None) -> None:
    """A line finds its product by name or code, so those for sale have their own."""
    if not form.is_active:
        return
    others = select(Product.id).where(Product.is_active, Product.id != (own_id or 0))
    if ctx.db.scalar(others.where(Product.name == form.name).limit(1)) is not None:
        raise Invalid({"name": _l("There is a product of this name already.")})
    if form.code and ctx.db.scalar(others.where(Product.code == form.code).limit(1)) is not None:
        raise Invalid({"code": _l("There is a product of this code already.")})
