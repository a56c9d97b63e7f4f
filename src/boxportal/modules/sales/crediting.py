"""The amounts of a credit note for a part of an invoice, so that all its credit notes together are the invoice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from boxportal.modules.sales.arithmetic import DocumentSum, Line, TaxRate, TaxRounding, Terms, reckon
from boxportal.modules.sales.models.invoices import InvoiceLine
from boxportal.modules.sales.reckoning import line_of, scaled_line
from boxportal.sdk.currencies import exponent
from boxportal.sdk.decimals import apportion, half_up

Rate = tuple[Decimal, str]
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Done:
    """What credit notes have taken of a line: so much of its quantity, and its amount in minor units.

    `is_reduced` says that a part of the amount went without any quantity: the price of the rest is a lower one then.
    """

    quantity: Decimal = ZERO
    amount: int = 0
    is_reduced: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """What a credit note takes of a line: so much of its quantity, or `off` its amount in minor units, never both."""

    quantity: Decimal = ZERO
    off: int = 0


@dataclass(frozen=True, slots=True)
class PartSum:
    """What a line of a credit note takes back, in minor units; `discount` is what it is less than quantity by price."""

    discount: int
    amount: int
    net: int
    tax: int
    gross: int


UNTOUCHED = Done()


def part_sums(
    lines: Sequence[InvoiceLine], before: Mapping[int, Done], parts: Mapping[int, Piece], terms: Terms
) -> Mapping[int, PartSum]:
    """What the pieces of these lines bring back, by the line's id, after `before` was credited earlier.

    Each note is the difference of what is credited with it and without it, both reckoned by the invoice's own rules; so
    nothing is lost or gained by rounding however an invoice is credited, and a whole one is its mirror.
    """
    mine = [number for number, line in enumerate(lines) if line.id in parts]
    amounts = {number: _amount(lines[number], before, parts[lines[number].id], terms) for number in mine}
    earlier = [before.get(line.id, UNTOUCHED).amount for line in lines]
    later = [amount + amounts.get(number, 0) for number, amount in enumerate(earlier)]
    taxes = _taxes(lines, amounts, _sums(lines, earlier, terms), _sums(lines, later, terms), terms)
    return {
        lines[number].id: _part(
            discount_of(lines[number], before, parts[lines[number].id], terms), amounts[number], taxes[number],
            inclusive=terms.inclusive,
        )
        for number in mine
    }  # fmt: skip


def discount_of(line: InvoiceLine, before: Mapping[int, Done], piece: Piece, terms: Terms) -> int:
    """What stands as discount at a piece of a line: its share of a fixed one; of a reduced line all that is less."""
    done = before.get(line.id, UNTOUCHED)
    if piece.off:
        return 0
    if done.is_reduced:
        priced = reckon([Line(piece.quantity, line.unit_price, _rate(line))], terms).lines[0].price
        return abs(priced) - abs(_amount(line, before, piece, terms))
    until = done.quantity + piece.quantity
    shares = [scaled_line(line, InvoiceLine, each).discount_amount for each in (done.quantity, until)]
    return shares[1] - shares[0]


def _amount(line: InvoiceLine, before: Mapping[int, Done], piece: Piece, terms: Terms) -> int:
    """What a piece takes of a line's amount; of a reduced line its part of what is left."""
    done = before.get(line.id, UNTOUCHED)
    if piece.off:
        return piece.off
    if done.is_reduced:
        left = Fraction(piece.quantity) / Fraction(line.quantity - done.quantity)
        return half_up((line.amount - done.amount) * left)
    until = scaled_line(line, InvoiceLine, done.quantity + piece.quantity)
    return reckon([line_of(until)], terms).lines[0].amount - done.amount


def _sums(lines: Sequence[InvoiceLine], amounts: Sequence[int], terms: Terms) -> DocumentSum:
    """A document of these lines with other amounts."""
    unit = Decimal(10) ** exponent(terms.currency)
    return reckon(
        [Line(Decimal(1), amount / unit, _rate(line)) for line, amount in zip(lines, amounts, strict=True)], terms
    )


def _rate(line: InvoiceLine) -> TaxRate:
    return TaxRate(line.tax_percent, line.tax_category or "O")


def _taxes(
    lines: Sequence[InvoiceLine], amounts: Mapping[int, int], earlier: DocumentSum, later: DocumentSum, terms: Terms
) -> Mapping[int, int]:
    """The tax of each line of the note; of a rate it is what the rate's tax grows by, shared by its lines."""
    if terms.rounding is TaxRounding.LINE:
        return {number: later.lines[number].tax - earlier.lines[number].tax for number in amounts}
    grown: dict[Rate, int] = {(rate.rate.percent, rate.rate.category): rate.tax for rate in later.rates}
    for rate in earlier.rates:
        grown[rate.rate.percent, rate.rate.category] -= rate.tax
    taxes: dict[int, int] = {}
    for key, whole in grown.items():
        of_rate = [number for number in amounts if (lines[number].tax_percent, lines[number].tax_category) == key]
        if of_rate:
            exact = [_tax(amounts[number], key[0], inclusive=terms.inclusive) for number in of_rate]
            rounded = half_up(sum(exact, Fraction(0)))
            shares = apportion(rounded, exact)
            shares[-1] += whole - rounded  # at most one unit: what earlier notes rounded the other way
            taxes |= dict(zip(of_rate, shares, strict=True))
    return taxes


def _tax(amount: int, percent: Decimal, *, inclusive: bool) -> Fraction:
    return amount * Fraction(percent) / (100 + Fraction(percent) if inclusive else 100)


def _part(discount: int, amount: int, tax: int, *, inclusive: bool) -> PartSum:
    net = amount - tax if inclusive else amount
    return PartSum(discount, amount, net, tax, net + tax)
