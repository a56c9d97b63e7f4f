"""The arithmetic of a document: lines, discounts and taxes to whole minor units that always add up.

The rules are those of EN 16931-1 (semantic model of the European invoice), which other countries' documents fit too:
a line's amount is rounded to the currency (BT-131, BR-DEC-23), totals are sums of rounded amounts (BR-CO-10, -11, -13,
-15), tax is reckoned once for each rate on the sum of its lines (BR-S-08, BR-CO-17) and summed up (BR-CO-14). A firm
whose law rounds the tax of each line says so by `TaxRounding.LINE`. Halves go away from zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from boxportal.sdk.currencies import exponent
from boxportal.sdk.decimals import MAX_DIGITS, PLACES, apportion, half_up
from boxportal.sdk.i18n import Lazy, lazy
from boxportal.sdk.money import MAX_AMOUNT

UNTAXED_CATEGORIES = frozenset({"Z", "E", "AE", "G", "K", "O"})
CATEGORIES = frozenset({"S", "L", "M"}) | UNTAXED_CATEGORIES
MAX_PERCENT = 1000


class CannotReckon(ValueError):
    """A document has no sum; `text` says why, `line` which of its lines is meant (counted from 0, None for no line)."""

    def __init__(self, text: Lazy, line: int | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.line = line


class TaxRounding(StrEnum):
    """Where tax is rounded: once for each rate, or line by line. A document keeps the rule that it was made with."""

    TOTAL = "total"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A tax percentage and its category code of UNTDID 5305: S standard, Z zero, E exempt, AE reverse charge."""

    percent: Decimal
    category: str = "S"

    def __post_init__(self) -> None:
        if self.category not in CATEGORIES or not _is_small(self.percent) or not 0 <= self.percent <= MAX_PERCENT:
            raise CannotReckon(lazy("There is no such tax rate."))
        if self.category in UNTAXED_CATEGORIES and self.percent:
            raise CannotReckon(lazy("This kind of tax rate must be zero."))  # BR-Z-05, BR-E-05, BR-AE-05, BR-G-05 …


@dataclass(frozen=True, slots=True)
class PercentOff:
    """A discount of so many percent, between 0 and 100."""

    percent: Decimal


@dataclass(frozen=True, slots=True)
class AmountOff:
    """A discount of a fixed amount, in minor units."""

    amount: int


Discount = PercentOff | AmountOff


@dataclass(frozen=True, slots=True)
class Line:
    """What is sold: quantity times unit price (major units, without or with tax as the terms say), less a discount."""

    quantity: Decimal
    unit_price: Decimal
    rate: TaxRate
    discount: Discount | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for the whole document. `inclusive` prices and discounts contain the tax."""

    currency: str
    inclusive: bool = False
    rounding: TaxRounding = TaxRounding.TOTAL
    discount: Discount | None = None


@dataclass(frozen=True, slots=True)
class LineSum:
    """A line in minor units.

    `price` (quantity times unit price), its own `discount`, and `amount`, what is left (BT-131), are in the prices'
    own terms, without or with tax; `share` is its part of the document's discount. `net`, `tax` and `gross` are what
    it brings in after both discounts.
    """

    price: int
    discount: int
    amount: int
    share: int
    net: int
    tax: int
    gross: int


@dataclass(frozen=True, slots=True)
class RateSum:
    """What one tax rate brings in: `base` (BT-116), `tax` (BT-117), `gross`, and the document's discount on it."""

    rate: TaxRate
    amount: int
    discount: int
    base: int
    tax: int
    gross: int


@dataclass(frozen=True, slots=True)
class DocumentSum:
    """A document in minor units.

    `amount` is the sum of the lines (BT-106), `discount` the document's own (BT-107), `net` without tax (BT-109),
    `tax` (BT-110), `gross` with tax (BT-112).
    """

    lines: tuple[LineSum, ...]
    rates: tuple[RateSum, ...]
    amount: int
    discount: int
    net: int
    tax: int
    gross: int


def reckon(lines: Sequence[Line], terms: Terms) -> DocumentSum:
    """Add up a document. All its parts add up to their totals: lines, rates, net and tax.

    Raises: CannotReckon.
    """
    priced = [_price(line, index, terms) for index, line in enumerate(lines)]
    amounts = [price - discount for price, discount in priced]
    shares = _shares(amounts, terms.discount)
    taxes = _taxes([amount - share for amount, share in zip(amounts, shares, strict=True)], lines, terms)
    sums = tuple(
        _line_sum(price, discount, share, tax, inclusive=terms.inclusive)
        for (price, discount), share, tax in zip(priced, shares, taxes, strict=True)
    )
    rates = _rate_sums(lines, sums)
    total = DocumentSum(
        lines=sums,
        rates=rates,
        amount=sum(amounts),
        discount=sum(shares),
        net=sum(rate.base for rate in rates),
        tax=sum(rate.tax for rate in rates),
        gross=sum(rate.gross for rate in rates),
    )
    if max(abs(total.gross), abs(total.amount)) > MAX_AMOUNT:
        raise CannotReckon(lazy("The total is too large."))
    return total


def _is_small(value: Decimal) -> bool:
    """Whether an exact fraction of the number can be had without filling the memory with digits."""
    return value.is_finite() and value.adjusted() <= MAX_DIGITS and int(value.as_tuple().exponent) >= -3 * PLACES


def _price(line: Line, index: int, terms: Terms) -> tuple[int, int]:
    """A line's price and its discount, each rounded to the currency, as both stand in the document."""
    if not _is_small(line.quantity) or not _is_small(line.unit_price):
        raise CannotReckon(lazy("This number is too large."), index)
    price = half_up(Fraction(line.quantity) * Fraction(line.unit_price) * 10 ** exponent(terms.currency))
    if abs(price) > MAX_AMOUNT:
        raise CannotReckon(lazy("This number is too large."), index)
    try:
        return price, half_up(_off(price, line.discount))
    except CannotReckon as error:
        raise CannotReckon(error.text, index) from error


def _off(price: int, discount: Discount | None) -> Fraction:
    """What a discount takes off a price, exactly; off a negative price (goods that come back) it takes as much less."""
    match discount:
        case None:
            return Fraction(0)
        case PercentOff(percent):
            if not _is_small(percent) or not 0 <= percent <= 100:  # noqa: PLR2004 a percentage
                raise CannotReckon(lazy("A discount is between 0 and 100 percent."))
            return price * Fraction(percent) / 100
        case AmountOff(amount):
            if not 0 <= amount <= abs(price):
                raise CannotReckon(lazy("A discount can't be more than the price."))
            return Fraction(amount if price >= 0 else -amount)


def _shares(amounts: Sequence[int], discount: Discount | None) -> list[int]:
    """Each line's part of the document's discount, in proportion to its amount (BG-20 by tax rate follows from it)."""
    whole = sum(amounts)
    off = _off(whole, discount)
    if isinstance(discount, PercentOff):
        return apportion(half_up(off), [_off(amount, discount) for amount in amounts])
    if not off:
        return [0] * len(amounts)
    return apportion(int(off), [off * amount / whole for amount in amounts])


def _taxes(taxable: Sequence[int], lines: Sequence[Line], terms: Terms) -> list[int]:
    exact = [_tax(amount, line.rate, inclusive=terms.inclusive) for amount, line in zip(taxable, lines, strict=True)]
    if terms.rounding is TaxRounding.LINE:
        return [half_up(tax) for tax in exact]
    taxes = [0] * len(lines)
    for indexes in _by_rate(lines).values():
        of_rate = [exact[index] for index in indexes]
        # BR-CO-17: the tax of a rate is rounded once; its lines then share it so that they add up to it.
        for index, tax in zip(indexes, apportion(half_up(sum(of_rate, Fraction(0))), of_rate), strict=True):
            taxes[index] = tax
    return taxes


def _tax(amount: int, rate: TaxRate, *, inclusive: bool) -> Fraction:
    percent = Fraction(rate.percent)
    return amount * percent / (100 + percent if inclusive else 100)


def _by_rate(lines: Sequence[Line]) -> dict[TaxRate, list[int]]:
    """The indexes of the lines of each rate, the highest rate first."""
    groups: dict[TaxRate, list[int]] = {}
    for index, line in enumerate(lines):
        groups.setdefault(line.rate, []).append(index)
    return dict(sorted(groups.items(), key=lambda group: (-group[0].percent, group[0].category)))


def _line_sum(price: int, discount: int, share: int, tax: int, *, inclusive: bool) -> LineSum:
    amount = price - discount
    net = amount - share - (tax if inclusive else 0)
    return LineSum(price=price, discount=discount, amount=amount, share=share, net=net, tax=tax, gross=net + tax)


def _rate_sums(lines: Sequence[Line], sums: Sequence[LineSum]) -> tuple[RateSum, ...]:
    return tuple(
        RateSum(
            rate=rate,
            amount=sum(sums[index].amount for index in indexes),
            discount=sum(sums[index].share for index in indexes),
            base=sum(sums[index].net for index in indexes),
            tax=sum(sums[index].tax for index in indexes),
            gross=sum(sums[index].gross for index in indexes),
        )
        for rate, indexes in _by_rate(lines).items()
    )
