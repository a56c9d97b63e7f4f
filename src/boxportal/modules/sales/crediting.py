"""The amounts of a credit note for a part of an invoice, so that all its credit notes together are the invoice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from boxportal.modules.sales.arithmetic import DocumentSum, TaxRounding, Terms, reckon
from boxportal.modules.sales.models.invoices import InvoiceLine
from boxportal.modules.sales.reckoning import line_of, scaled_line
from boxportal.sdk.decimals import apportion, half_up

Rate = tuple[Decimal, str]
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class PartSum:
    """What a line of a credit note takes back, in minor units; `discount` is the fixed one's share."""

    discount: int
    amount: int
    net: int
    tax: int
    gross: int


def part_sums(
    lines: Sequence[InvoiceLine], before: Mapping[int, Decimal], parts: Mapping[int, Decimal], terms: Terms
) -> Mapping[int, PartSum]:
    """What the parts of these lines bring back, by the line's id, after `before` was credited earlier.

    Each note is the difference of what is credited with it and without it, both reckoned by the invoice's own rules; so
    nothing is lost or gained by rounding however an invoice is credited, and a whole one is its mirror.
    """
    after = {line.id: before.get(line.id, ZERO) + parts.get(line.id, ZERO) for line in lines}
    earlier, later = _sums(lines, before, terms), _sums(lines, after, terms)
    mine = [number for number, line in enumerate(lines) if parts.get(line.id)]
    amounts = {number: later.lines[number].amount - earlier.lines[number].amount for number in mine}
    taxes = _taxes(lines, amounts, earlier, later, terms)
    return {
        lines[number].id: _part(lines[number], before, after, amounts[number], taxes[number], inclusive=terms.inclusive)
        for number in mine
    }


def _sums(lines: Sequence[InvoiceLine], quantities: Mapping[int, Decimal], terms: Terms) -> DocumentSum:
    scaled = [scaled_line(line, InvoiceLine, quantities.get(line.id, ZERO)) for line in lines]
    return reckon([line_of(line) for line in scaled], terms)


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


def _part(
    line: InvoiceLine,
    before: Mapping[int, Decimal],
    after: Mapping[int, Decimal],
    amount: int,
    tax: int,
    *,
    inclusive: bool,
) -> PartSum:
    discounts = [scaled_line(line, InvoiceLine, by.get(line.id, ZERO)).discount_amount for by in (before, after)]
    net = amount - tax if inclusive else amount
    return PartSum(discounts[1] - discounts[0], amount, net, tax, net + tax)
