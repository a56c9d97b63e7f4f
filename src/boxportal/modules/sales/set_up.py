"""A seller is said for the first time, with tax rates and what was reckoned without them; or one more is added."""

from sqlalchemy import select

from boxportal.modules.sales import taxes
from boxportal.modules.sales.forms import FirstSellerForm, SellerForm
from boxportal.modules.sales.lines import reckon_all_deals
from boxportal.modules.sales.models.sellers import Seller
from boxportal.modules.sales.sellers import FIELDS, facts_of, find_seller, kept, put_logo
from boxportal.sdk.context import AuditEntry, Ctx
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.i18n import lazy as _l


def set_up_seller(ctx: Ctx, form: SellerForm, logo: bytes | None = None) -> Seller:
    """Keep the first seller's details with the first tax rates; lines that were written before get their tax.

    It takes a permission of its own, which other than that to change them is everybody's at first.
    Raises: NotPermitted, RuleBroken when somebody was quicker.
    """
    ctx.require("sales.seller.create")
    if find_seller(ctx) is not None:
        raise RuleBroken(_l("The firm's details are there already."))
    seller = _keep(ctx, form, logo, is_usual=True)
    taxes.settle_unknown(ctx, seller)
    reckon_all_deals(ctx)
    return seller


def add_seller(ctx: Ctx, form: SellerForm, logo: bytes | None = None) -> Seller:
    """Add one more seller; from now on documents say which one they are of.

    Raises: NotPermitted, Invalid for one of a name that is there.
    """
    ctx.require("sales.seller.edit")
    if ctx.db.scalar(select(Seller.id).where(Seller.legal_name == form.legal_name).limit(1)) is not None:
        raise Invalid({"legal_name": _l("There is a seller of this name already.")})
    return _keep(ctx, form, logo, is_usual=find_seller(ctx) is None)


def begin_rates_of(ctx: Ctx, form: SellerForm) -> None:
    """Make the first tax rates where a form says what is usual."""
    if isinstance(form, FirstSellerForm) and form.vat_payer:
        taxes.begin_rates(ctx, form.usual_tax)


def _keep(ctx: Ctx, form: SellerForm, logo: bytes | None, *, is_usual: bool) -> Seller:
    facts = {name: kept(form, name) for name in FIELDS}
    seller = Seller(**facts, logo="", is_usual=is_usual, created_at=ctx.now)
    ctx.db.add(seller)
    begin_rates_of(ctx, form)
    put_logo(ctx, seller, logo)
    ctx.audit(AuditEntry(action="sales.seller.create", title=seller.legal_name, after=facts_of(seller)))
    return seller
