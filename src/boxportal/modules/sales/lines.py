"""The lines of a deal, and what was typed turned into lines of any kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import bindparam, delete, or_, select

from boxportal.modules.sales import taxes
from boxportal.modules.sales.access import deals
from boxportal.modules.sales.arithmetic import TaxRounding, Terms
from boxportal.modules.sales.forms import LineRow, LinesForm
from boxportal.modules.sales.models.parts import LineColumns
from boxportal.modules.sales.models.quotes import DealLine
from boxportal.modules.sales.models.sellers import Product, Seller, TaxRate
from boxportal.modules.sales.reckoning import reckon_lines
from boxportal.modules.sales.sellers import seller_of_deal
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.decimals import NumberError, format_number, parse_number
from boxportal.sdk.errors import Invalid, NotFound
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.money import Money, format_money, parse_money

L = TypeVar("L", bound=LineColumns)
LINES = select(DealLine).where(DealLine.deal_id == bindparam("deal")).order_by(DealLine.position, DealLine.id)
LAST = 10**6
"""Where a row stands that says no place: after all that say one, as it was typed."""


def deal_lines(ctx: ReadCtx, deal_id: int) -> Sequence[DealLine]:
    """The lines of a deal that the caller has made sure is visible."""
    return ctx.db.scalars(LINES, {"deal": deal_id}).all()


def save_deal_lines(ctx: Ctx, deal_id: int, form: LinesForm) -> Sequence[DealLine]:
    """Put these lines in the place of the deal's lines; the deal's amount follows.

    Raises: NotFound, Invalid that names the line.
    """
    deal = deals(ctx).view(deal_id, to_edit=True)
    seller = seller_of_deal(ctx, deal_id)
    lines = lines_from(ctx, form.lines, DealLine, Trade(deal.currency, seller), deal_id=deal_id)
    total = reckon_lines(lines, deal_terms(seller, deal.currency))
    ctx.db.change(delete(DealLine).where(DealLine.deal_id == deal_id))
    ctx.db.add_all(lines)
    ctx.db.flush()
    deals(ctx).set_amount(deal_id, total.gross, deal.currency)
    return lines


def reckon_all_deals(ctx: Ctx) -> None:
    """Reckon the lines of every deal anew, when the firm's habits or rates came after them."""
    inside = replace(ctx, actor=SYSTEM)  # the amounts follow also where the actor does not see the deal
    for deal_id in ctx.db.scalars(select(DealLine.deal_id).distinct()).all():
        try:
            currency = deals(inside).view(deal_id).currency
        except NotFound:  # it lies in the trash
            continue
        reckon_deal(inside, deal_id, seller_of_deal(ctx, deal_id), currency)


def reckon_deal(ctx: Ctx, deal_id: int, seller: Seller | None, currency: str) -> None:
    """Reckon a deal's lines as they are kept; its amount follows."""
    total = reckon_lines(deal_lines(ctx, deal_id), deal_terms(seller, currency))
    deals(ctx).set_amount(deal_id, total.gross, currency)


def deal_terms(seller: Seller | None, currency: str) -> Terms:
    """How a deal's lines are reckoned while no document has fixed it: by the seller's habits."""
    if seller is None:
        return Terms(currency)
    return Terms(currency, inclusive=seller.inclusive, rounding=TaxRounding(seller.rounding))


@dataclass(frozen=True, slots=True)
class Trade:
    """What new lines are written in: the currency, and who sells (None while nobody has said)."""

    currency: str
    seller: Seller | None


def lines_from(ctx: ReadCtx, rows: Sequence[LineRow], kind: type[L], trade: Trade, **others: object) -> list[L]:
    """Make lines of what was typed; a product's name or code brings its price, unit and tax along.

    Raises: Invalid that names the row.
    """
    kept = [(number, row) for number, row in enumerate(rows) if not row.remove]
    kept.sort(key=lambda each: LAST if each[1].position is None else each[1].position)
    products = _products_named(ctx, [row.description for _number, row in kept])
    errors: dict[str, object] = {}
    lines = []
    for position, (number, row) in enumerate(kept):
        product = products.get(row.description.casefold())
        try:
            lines.append(_line(ctx, row, kind, product, trade, position=position, **others))
        except Invalid as error:
            errors |= {f"lines.{number}.{name}": text for name, text in error.fields.items()}
    if errors:
        raise Invalid(errors)
    return lines


def row_of(line: LineColumns, currency: str) -> LineRow:
    """A line as it would be typed again."""
    return LineRow(
        description=line.description,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        discount=discount_words(line.discount_percent, line.discount_amount, currency),
        tax=taxes.tax_key(line.tax_percent, line.tax_category),
        ordered_id=getattr(line, "ordered_id", None),
        position=line.position + 1,
    )


def discount_words(percent: Decimal, amount: int, currency: str) -> str:
    """A discount as it would be typed."""
    if percent:
        return f"{format_number(percent, grouped=False)} %"
    return format_money(Money(amount, currency), symbol=False) if amount else ""


def discount_text(line: LineColumns, currency: str) -> str:
    """A line's discount as people write it: "10 %" or an amount."""
    if line.discount_percent:
        return f"{format_number(line.discount_percent)} %"
    if line.discount_amount:
        return format_money(Money(line.discount_amount, currency))
    return ""


def _line(ctx: ReadCtx, row: LineRow, kind: type[L], product: Product | None, trade: Trade, **others: object) -> L:
    price = row.unit_price if row.unit_price is not None else _price_of(product, trade.currency)
    if price is None:
        raise Invalid({"unit_price": _l("Type a price.")})
    percent_off, amount_off = parse_discount(row.discount, trade.currency)
    percent, category = taxes.tax_of(row.tax or _tax_of(ctx, product, trade.seller))
    if trade.seller and not trade.seller.vat_payer and category != "O":
        raise Invalid({"tax": _l("%(seller)s charges no VAT.", seller=trade.seller.legal_name)})
    values: dict[str, object] = {
        "product_id": product.id if product else None,
        "description": product.name if product else row.description,
        "quantity": row.quantity,
        "unit": row.unit or (product.unit if product else ""),
        "unit_price": price,
        "discount_percent": percent_off,
        "discount_amount": amount_off,
        "tax_percent": percent,
        "tax_category": category,
    }
    if hasattr(kind, "ordered_id"):
        values["ordered_id"] = row.ordered_id
    return kind(**values, **others)


def parse_discount(typed: str, currency: str) -> tuple[Decimal, int]:
    """Read "10 %" or an amount of money.

    Raises: Invalid.
    """
    text = typed.strip()
    if not text:
        return Decimal(0), 0
    try:
        if text.endswith("%"):
            percent = parse_number(text[:-1].strip())
            if not 0 <= percent <= 100:  # noqa: PLR2004 a percentage
                raise Invalid({"discount": _l("A discount is between 0 and 100 percent.")})
            return percent, 0
        amount = parse_money(text, currency).amount
    except NumberError as error:
        raise Invalid({"discount": _l("Type a percentage, such as 10 %, or an amount.")}) from error
    if amount < 0:
        raise Invalid({"discount": _l("A discount can't be less than nothing.")})
    return Decimal(0), amount


def _products_named(ctx: ReadCtx, texts: Sequence[str]) -> Mapping[str, Product]:
    """Products for sale whose name or code was typed, by that, whatever its letter case."""
    wanted = [text for text in texts if text]
    if not wanted:
        return {}
    found = ctx.db.scalars(
        select(Product)
        .where(Product.is_active, or_(Product.name.in_(wanted), (Product.code != "") & Product.code.in_(wanted)))
        .order_by(Product.id.desc())
    ).all()
    return {key.casefold(): product for product in found for key in (product.code, product.name) if key}


def _price_of(product: Product | None, currency: str) -> Decimal | None:
    return product.price if product and product.currency == currency else None


def _tax_of(ctx: ReadCtx, product: Product | None, seller: Seller | None) -> str:
    may_tax = seller is None or seller.vat_payer
    rate = ctx.db.get(TaxRate, product.tax_rate_id) if product and product.tax_rate_id and may_tax else None
    return taxes.tax_key(rate.percent, rate.category) if rate else taxes.default_tax(ctx, seller)
