"""The first time that somebody says who sells: details, tax rates, and what was reckoned without them."""

from boxportal.modules.sales import taxes
from boxportal.modules.sales.forms import FirstSellerForm
from boxportal.modules.sales.lines import reckon_all_deals
from boxportal.modules.sales.models.sellers import Seller
from boxportal.modules.sales.sellers import FIELDS, facts_of, find_seller, kept
from boxportal.sdk.context import AuditEntry, Ctx
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import lazy as _l


def set_up_seller(ctx: Ctx, form: FirstSellerForm) -> Seller:
    """Keep the seller's details for the first time, with the first tax rates.

    Whoever may make quotes may answer this once; later it takes a permission of its own.
    Raises: NotPermitted, RuleBroken when somebody was quicker.
    """
    ctx.require("sales.quote.create")
    if find_seller(ctx) is not None:
        raise RuleBroken(_l("The firm's details are there already."))
    seller = Seller(**{name: kept(form, name) for name in FIELDS}, logo="", created_at=ctx.now)
    ctx.db.add(seller)
    if form.vat_payer:
        taxes.begin_rates(ctx, form.usual_tax)
    ctx.db.flush()
    reckon_all_deals(ctx)
    ctx.audit(AuditEntry(action="sales.seller.create", title=seller.legal_name, after=facts_of(seller)))
    return seller
