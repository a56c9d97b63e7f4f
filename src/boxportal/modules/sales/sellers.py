"""The seller's details: guessed for the first time, asked once, and changed later."""

from datetime import date, timedelta

from sqlalchemy import select

from boxportal.modules.sales import taxes
from boxportal.modules.sales.forms import SellerForm
from boxportal.modules.sales.models.sellers import NumberSeries, Seller
from boxportal.modules.sales.numbering import PREFIXES, begin_series, number_text
from boxportal.sdk.clock import date_in
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import NotFound, RuleBroken, Stale
from boxportal.sdk.i18n import lazy as _l

LETTER_COUNTRIES = frozenset({"US", "CA", "MX", "PH", "CL", "CO", "VE"})
FIELDS = tuple(SellerForm.model_fields)


class SellerMissing(RuleBroken):
    """Nobody said yet who sells; pages ask for it in place."""


def find_seller(ctx: ReadCtx) -> Seller | None:
    """The seller that documents name; a firm has one."""
    return ctx.db.scalar(select(Seller).order_by(Seller.id).limit(1))


def require_seller(ctx: ReadCtx) -> Seller:
    """The seller that documents name.

    Raises: SellerMissing.
    """
    seller = find_seller(ctx)
    if seller is None:
        raise SellerMissing(_l("The first document needs your firm's details."))
    return seller


def guess_seller(ctx: ReadCtx) -> dict[str, object]:
    """What the company's profile lets guess, to be looked through before it is taken."""
    country = ctx.company.country.upper()
    percent = taxes.USUAL_PERCENT.get(country, "")
    return {
        "legal_name": ctx.company.title,
        "country": country,
        "phone": ctx.company.phone,
        "currency": ctx.company.currency,
        "paper": "letter" if country in LETTER_COUNTRIES else "a4",
        "vat_payer": bool(percent),
        "usual_tax": taxes.tax_of(f"S:{percent or 0}")[0],
    }


def change_seller(ctx: Ctx, form: SellerForm, *, version: int | None) -> Seller:
    """Change the details that new documents will carry; issued ones keep theirs.

    Raises: NotPermitted, SellerMissing, Stale.
    """
    ctx.require("sales.seller.edit")
    seller = require_seller(ctx)
    if version is not None and seller.version != version:
        raise Stale({name: getattr(seller, name) for name in FIELDS})
    before = facts_of(seller)
    for name in FIELDS:
        setattr(seller, name, kept(form, name))
    ctx.db.flush()
    ctx.audit(AuditEntry(action="sales.seller.edit", title=seller.legal_name, before=before, after=facts_of(seller)))
    return seller


def next_numbers(ctx: ReadCtx) -> list[tuple[str, str, bool]]:
    """Of each kind of document: its kind, the number that comes next this year, and whether none was taken yet."""
    seller, year = require_seller(ctx), today(ctx).year
    mine = select(NumberSeries).where(NumberSeries.seller_id == seller.id, NumberSeries.year == year)
    begun = {series.kind: series for series in ctx.db.scalars(mine)}
    rows = []
    for kind in PREFIXES:
        series = begun.get(kind)
        following = series.next if series else 1
        rows.append((kind, number_text(kind, year, following), series is None))
    return rows


def continue_series(ctx: Ctx, kind: str, number: int) -> None:
    """Let this year's series begin at a number, as when a firm brings its numbering along; only before its first one.

    Raises: NotPermitted, NotFound, RuleBroken.
    """
    ctx.require("sales.seller.edit")
    if kind not in PREFIXES:
        raise NotFound
    if not begin_series(ctx, require_seller(ctx).id, kind, today(ctx).year, number):
        raise RuleBroken(_l("A series that was begun goes on by itself, so that it has no gap."))


def today(ctx: ReadCtx) -> date:
    """The date in the company's zone: what documents are dated with."""
    return date_in(ctx.now, ctx.company.timezone)


def due_date(seller: Seller, issued_on: date) -> date:
    return issued_on + timedelta(days=seller.payment_days)


def kept(form: SellerForm, name: str) -> object:
    value = getattr(form, name)
    return "" if value is None else value


def facts_of(seller: Seller) -> dict[str, object]:
    return {name: getattr(seller, name) for name in FIELDS}
