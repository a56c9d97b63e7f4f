"""Who sells: the usual seller and others, their details and number series."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import insert, literal, select, union, update

from boxportal.modules.sales import taxes
from boxportal.modules.sales.forms import SellerForm
from boxportal.modules.sales.models.quotes import DealLine, Quote
from boxportal.modules.sales.models.sellers import DealSeller, NumberSeries, Seller
from boxportal.modules.sales.numbering import PREFIXES, begin_series, number_text
from boxportal.sdk.clock import date_in
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.database import held, one
from boxportal.sdk.errors import NotFound, RuleBroken, Stale
from boxportal.sdk.forms import Choice
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.phones import show_phone

LETTER_COUNTRIES = frozenset({"US", "CA", "MX", "PH", "CL", "CO", "VE"})
FIELDS = tuple(SellerForm.model_fields)
SELLERS = select(Seller).order_by(Seller.is_usual.desc(), Seller.id)


class SellerMissing(RuleBroken):
    """Nobody said yet who sells; pages ask for it in place."""


def find_seller(ctx: ReadCtx) -> Seller | None:
    """The usual seller, which most firms have alone."""
    return next(iter(all_sellers(ctx)), None)


def all_sellers(ctx: ReadCtx) -> Sequence[Seller]:
    """Every seller, the usual one first. A firm has few; the parts of a page share one answer."""
    return [seller for seller in ctx.shared(read_sellers, None) if not seller.is_sample]


def read_sellers(ctx: ReadCtx, _key: None) -> Sequence[Seller]:
    return ctx.db.scalars(SELLERS).all()


def seller_with(ctx: ReadCtx, seller_id: int) -> Seller:
    """Raises: NotFound."""
    return one(ctx.db, select(Seller).where(Seller.id == seller_id))


def seller_of_deal(ctx: ReadCtx, deal_id: int) -> Seller | None:
    """Who sells a deal that the caller has made sure is visible: the one it was given, else the usual one."""
    sellers = ctx.shared(read_sellers, None)
    alone = len(sellers) == 1 and not sellers[0].is_sample
    given = ctx.shared(seller_given, deal_id) if sellers and not alone else None
    usual = (seller for seller in sellers if not seller.is_sample)
    return next((seller for seller in sellers if seller.id == given), next(usual, None))


def seller_given(ctx: ReadCtx, deal_id: int) -> int | None:
    """The id of the seller that a deal was given, if it was."""
    return ctx.db.scalar(select(DealSeller.seller_id).where(DealSeller.deal_id == deal_id))


def require_seller(ctx: ReadCtx, deal_id: int) -> Seller:
    """Who sells a deal.

    Raises: SellerMissing.
    """
    seller = seller_of_deal(ctx, deal_id)
    if seller is None:
        raise SellerMissing(_l("The first document needs your firm's details."))
    return seller


def seller_choices(ctx: ReadCtx) -> Sequence[Choice]:
    """The sellers to choose from; none where there is but one, so that nobody is asked."""
    sellers = all_sellers(ctx)
    return [(str(seller.id), seller.legal_name) for seller in sellers] if len(sellers) > 1 else []


def seller_name(ctx: ReadCtx, seller_id: int | None) -> str:
    """What a document's page says of its seller: nothing where there is but one."""
    sellers = all_sellers(ctx)
    return next((seller.legal_name for seller in sellers if seller.id == seller_id), "") if len(sellers) > 1 else ""


def guess_seller(ctx: ReadCtx) -> dict[str, object]:
    """What the company's profile lets guess, to be looked through before it is taken."""
    country = ctx.company.country.upper()
    percent = taxes.USUAL_PERCENT.get(country, "")
    return {
        "legal_name": ctx.company.title,
        "country": country,
        "address": ctx.company.postal_address,
        "phone": show_phone(ctx.company.phone) if ctx.company.phone else "",
        "currency": ctx.company.currency,
        "paper": "letter" if country in LETTER_COUNTRIES else "a4",
        "vat_payer": bool(percent),
        "usual_tax": taxes.tax_of(f"S:{percent or 0}")[0],
    }


def change_seller(ctx: Ctx, seller_id: int, form: SellerForm, *, version: int | None) -> Seller:
    """Change the details that new documents will carry; issued ones keep theirs.

    Raises: NotPermitted, NotFound, Stale.
    """
    ctx.require("sales.seller.edit")
    seller = one(ctx.db, held(ctx.db, select(Seller).where(Seller.id == seller_id), Seller))
    if version is not None and seller.version != version:
        raise Stale({name: getattr(seller, name) for name in FIELDS})
    before = facts_of(seller)
    for name in FIELDS:
        setattr(seller, name, kept(form, name))
    ctx.db.flush()
    ctx.audit(AuditEntry(action="sales.seller.edit", title=seller.legal_name, before=before, after=facts_of(seller)))
    return seller


def set_logo(ctx: Ctx, seller_id: int, png: bytes | None) -> Seller:
    """Keep a seller's logo, drawn anew by `draw_picture`; without one documents show the company's own.

    Raises: NotPermitted, NotFound.
    """
    ctx.require("sales.seller.edit")
    seller = seller_with(ctx, seller_id)
    put_logo(ctx, seller, png)
    ctx.audit(AuditEntry(action="sales.seller.edit", title=seller.legal_name, after={"logo": seller.logo}))
    return seller


def put_logo(ctx: Ctx, seller: Seller, png: bytes | None) -> None:
    seller.logo = ctx.services.keep_picture(png) if png else ""
    ctx.db.flush()


def prefer_seller(ctx: Ctx, seller_id: int) -> Seller:
    """Make it the usual one, for new deals; those that have lines or documents stay with theirs.

    Raises: NotPermitted, NotFound.
    """
    ctx.require("sales.seller.edit")
    seller, before = seller_with(ctx, seller_id), find_seller(ctx)
    if seller.is_sample:
        raise NotFound
    if before is not None and before.id != seller.id:
        _let_deals_stay_with(ctx, before)
    ctx.db.change(update(Seller).where(Seller.id != seller.id, Seller.is_usual.is_(True)).values(is_usual=False))
    seller.is_usual = True
    ctx.db.flush()
    ctx.audit(AuditEntry(action="sales.seller.edit", title=seller.legal_name, after={"is_usual": True}))
    return seller


def next_numbers(ctx: ReadCtx, seller: Seller) -> list[tuple[str, str, bool]]:
    """Of each kind of document: its kind, the number that comes next this year, and whether none was taken yet."""
    year = today(ctx).year
    mine = select(NumberSeries).where(NumberSeries.seller_id == seller.id, NumberSeries.year == year)
    begun = {series.kind: series for series in ctx.db.scalars(mine)}
    rows = []
    for kind in PREFIXES:
        series = begun.get(kind)
        following = series.next if series else 1
        rows.append((kind, number_text(kind, year, following), series is None))
    return rows


def continue_series(ctx: Ctx, seller_id: int, kind: str, number: int) -> None:
    """Let this year's series begin at a number, as when a firm brings its numbering along; only before its first one.

    Raises: NotPermitted, NotFound, RuleBroken.
    """
    ctx.require("sales.seller.edit")
    if kind not in PREFIXES:
        raise NotFound
    if not begin_series(ctx, seller_with(ctx, seller_id).id, kind, today(ctx).year, number):
        raise RuleBroken(_l("A series that was begun goes on by itself, so that it has no gap."))


def today(ctx: ReadCtx) -> date:
    """The date in the company's zone: what documents are dated with."""
    return date_in(ctx.now, ctx.company.timezone)


def due_date(seller: Seller, issued_on: date) -> date:
    return issued_on + timedelta(days=seller.payment_days)


def _let_deals_stay_with(ctx: Ctx, seller: Seller) -> None:
    """Write down the usual seller of deals that took it for granted."""
    begun = union(select(DealLine.deal_id), select(Quote.deal_id).where(Quote.deal_id.is_not(None))).subquery()
    open_ones = select(begun.c.deal_id, literal(seller.id)).where(begun.c.deal_id.not_in(select(DealSeller.deal_id)))
    ctx.db.change(insert(DealSeller).from_select(["deal_id", "seller_id"], open_ones))


def kept(form: SellerForm, name: str) -> object:
    value = getattr(form, name)
    return "" if value is None else value


def facts_of(seller: Seller) -> dict[str, object]:
    return {name: getattr(seller, name) for name in FIELDS}
