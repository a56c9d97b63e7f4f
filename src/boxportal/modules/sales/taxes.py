"""Tax rates: what a line may be taxed with, and the usual rate of a country as a first guess."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from sqlalchemy import select, update

from boxportal.modules.sales.arithmetic import CannotReckon
from boxportal.modules.sales.arithmetic import TaxRate as Rate
from boxportal.modules.sales.forms import TaxRateForm
from boxportal.modules.sales.models.parts import LineColumns
from boxportal.modules.sales.models.quotes import DealLine
from boxportal.modules.sales.models.sellers import Seller, TaxRate
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.decimals import format_number, parse_plain, plain
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.forms import Choice
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l

UNTAXED = "O:0"
"""Outside the scope of tax (UNTDID 5305): what a firm that pays no VAT writes."""

NOT_KNOWN = ""
"""The category of a deal's line while nobody has said who sells; reckoned without tax, and shown as not known."""

USUAL_PERCENT: Mapping[str, str] = MappingProxyType({
    "AT": "20", "BE": "21", "BG": "20", "BY": "20", "CH": "8.1", "CY": "19", "CZ": "21", "DE": "19", "DK": "25",
    "EE": "24", "ES": "21", "FI": "25.5", "FR": "20", "GB": "20", "GR": "24", "HR": "25", "HU": "27", "IE": "23",
    "IT": "22", "KE": "16", "LT": "21", "LU": "17", "LV": "21", "MT": "18", "NL": "21", "NO": "25", "PL": "23",
    "PT": "23", "RO": "21", "RU": "22", "RW": "18", "SE": "25", "SI": "22", "SK": "23", "TZ": "18", "UG": "18",
    "ZA": "15", "ZM": "16",
})  # fmt: skip
"""The standard rates of value-added tax as of 2026: a value to start from, shown before it is taken."""


def tax_key(percent: Decimal, category: str) -> str:
    """A rate as a form's choice names it: `S:18`."""
    return f"{category}:{plain(percent)}"


def tax_of(key: str) -> tuple[Decimal, str]:
    """Percentage and category of a choice."""
    category, _sep, percent = key.partition(":")
    return parse_plain(percent), category


def tax_label(percent: Decimal, category: str) -> str:
    """A rate as a document names it."""
    if category in ("O", NOT_KNOWN):
        return _("No tax") if category else _("Not known yet")
    return _("VAT %(percent)s %%", percent=format_number(percent))


def tax_choices(ctx: ReadCtx, seller: Seller | None) -> Sequence[Choice]:
    """What a line of this seller's may be taxed with; nothing to choose while nobody has said who sells."""
    if seller is None or not seller.vat_payer:
        return [(UNTAXED, _l("No tax"))] if seller else []
    active = select(TaxRate).where(TaxRate.is_active).order_by(TaxRate.percent.desc(), TaxRate.id)
    rates = ctx.db.scalars(active).all()
    choices: list[Choice] = [(tax_key(rate.percent, rate.category), rate.name) for rate in rates]
    return choices if any(key == UNTAXED for key, _name in choices) else [*choices, (UNTAXED, _l("No tax"))]


def default_tax(ctx: ReadCtx, seller: Seller | None) -> str:
    """The choice that a new line begins with."""
    if seller is None or not seller.vat_payer:
        return UNTAXED if seller else tax_key(Decimal(0), NOT_KNOWN)
    rate = ctx.db.scalar(select(TaxRate).where(TaxRate.is_active, TaxRate.is_default).order_by(TaxRate.id).limit(1))
    return tax_key(rate.percent, rate.category) if rate else UNTAXED


def require_fit(seller: Seller, lines: Sequence[LineColumns]) -> None:
    """Raises: RuleBroken when a seller that charges no VAT has a line with tax."""
    if not seller.vat_payer and any(line.tax_category not in ("O", NOT_KNOWN) for line in lines):
        text = _l("%(seller)s charges no VAT, but a line has some: change the lines.", seller=seller.legal_name)
        raise RuleBroken(text)


def settle_unknown(ctx: Ctx, seller: Seller) -> bool:
    """Give lines that were written before anybody said who sells the usual tax; whether there were any with one now."""
    percent, category = tax_of(default_tax(ctx, seller))
    early = update(DealLine).where(DealLine.tax_category == NOT_KNOWN)
    return bool(ctx.db.change(early.values(tax_percent=percent, tax_category=category))) and category != "O"


def begin_rates(ctx: Ctx, percent: Decimal) -> None:
    """Make the first rates of a firm that pays VAT."""
    if ctx.db.scalar(select(TaxRate.id).limit(1)) is not None:
        return
    usual = "S" if percent else "Z"
    name = _("VAT %(percent)s %%", percent=plain(percent))
    ctx.db.add(TaxRate(name=name, percent=percent, category=usual, is_default=True, is_active=True))
    if percent:
        zero = _("VAT %(percent)s %%", percent="0")
        ctx.db.add(TaxRate(name=zero, percent=Decimal(0), category="Z", is_default=False, is_active=True))
    ctx.db.flush()


def add_rate(ctx: Ctx, form: TaxRateForm) -> TaxRate:
    """Add a rate that lines can name.

    Raises: NotPermitted, Invalid when one of that name is there, or a rate of this kind must be zero.
    """
    ctx.require("sales.seller.edit")
    if ctx.db.scalar(select(TaxRate.id).where(TaxRate.name == form.name).limit(1)) is not None:
        raise Invalid({"name": _l("There is a rate of this name already.")})
    require_rate(form.percent, form.category)
    rate = TaxRate(is_active=True, **form.model_dump())
    ctx.db.add(rate)
    ctx.db.flush()
    if form.is_default:
        ctx.db.change(update(TaxRate).where(TaxRate.id != rate.id).values(is_default=False))
    return rate


def require_rate(percent: Decimal, category: str) -> None:
    """Raises: Invalid when there can be no such rate."""
    try:
        Rate(percent, category)
    except CannotReckon as error:
        raise Invalid({"percent": error.text}) from error


def retire_rate(ctx: Ctx, rate_id: int) -> None:
    """Offer a rate no more; documents that have it keep it."""
    ctx.require("sales.seller.edit")
    ctx.db.change(update(TaxRate).where(TaxRate.id == rate_id).values(is_active=False, is_default=False))


def default_rate_id(ctx: ReadCtx) -> int | None:
    """The rate that a new product begins with."""
    usual = select(TaxRate.id).where(TaxRate.is_active, TaxRate.is_default)
    return ctx.db.scalar(usual.order_by(TaxRate.id).limit(1))
