"""What sales still needs while it is being prepared."""

from collections.abc import Sequence

from sqlalchemy import Select, select

from boxportal.modules.sales.models.sellers import Product, TaxRate
from boxportal.modules.sales.sellers import find_seller
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.module import Lack


def lacking(ctx: ReadCtx) -> Sequence[Lack]:
    """Who sells, where it is paid to, the taxes, and something to sell."""
    seller, found = find_seller(ctx), []
    if seller is None:
        found.append(Lack(_l("Nobody has said yet who sells: the firm's details for documents."), "/sales/seller"))
    elif not seller.bank:
        found.append(Lack(_l("The seller has no bank account: invoices don't say where to pay to."), "/sales/seller"))
    if seller is not None and seller.vat_payer and not is_there(ctx, select(TaxRate.id).where(TaxRate.is_active)):
        found.append(Lack(_l("There are no tax rates."), "/sales/seller"))
    if not is_there(ctx, select(Product.id).where(Product.is_active)):
        found.append(Lack(_l("There is nothing in the list of products."), "/sales/products"))
    return found


def is_there(ctx: ReadCtx, ids: Select[int]) -> bool:
    return ctx.db.scalar(ids.limit(1)) is not None
