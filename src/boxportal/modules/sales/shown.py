"""Documents as templates show them: amounts and numbers written out in the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from boxportal.modules.sales import taxes
from boxportal.modules.sales.lines import discount_text
from boxportal.modules.sales.models.parts import DocumentColumns, LineColumns
from boxportal.sdk.currencies import exponent
from boxportal.sdk.decimals import format_number, parse_plain
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.money import Money, format_money


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A line, written out."""

    description: str
    quantity: str
    unit: str
    price: str
    discount: str
    tax: str
    amount: str


@dataclass(frozen=True, slots=True)
class ShownTotals:
    """The foot of a document: rows of label and amount, and the total."""

    rows: tuple[tuple[str, str], ...]
    total: str


def show_lines(lines: Sequence[LineColumns], currency: str) -> list[ShownLine]:
    """Lines with their amounts in the prices' own terms."""
    return [
        ShownLine(
            description=line.description,
            quantity=format_number(line.quantity) if has_quantity(line) else "",
            unit=line.unit,
            price=format_number(line.unit_price, places=exponent(currency)) if has_quantity(line) else "",
            discount=discount_text(line, currency),
            tax=taxes.tax_label(line.tax_percent, line.tax_category),
            amount=format_money(Money(line.amount, currency), symbol=False),
        )
        for line in lines
    ]


def has_quantity(line: LineColumns) -> bool:
    """Whether a line says how much: that of a credit note which only takes of a price does not."""
    return bool(line.quantity) or not line.amount


def show_totals(document: DocumentColumns) -> ShownTotals:
    """A document's totals with a row for each tax rate."""
    taxed = [_rate(rate, document.currency) for rate in document.rates if rate["category"] != "O"]
    net = (_("Without tax"), money(document.net, document.currency))
    return ShownTotals((net, *taxed) if taxed else (), money(document.gross, document.currency))


def show_deal_totals(lines: Sequence[LineColumns], currency: str) -> ShownTotals:
    """The totals of lines that are no document yet."""
    net, gross = sum(line.net for line in lines), sum(line.gross for line in lines)
    rows = ((_("Without tax"), money(net, currency)), (_("Tax"), money(gross - net, currency)))
    return ShownTotals(rows if gross != net else (), money(gross, currency))


def money(amount: int, currency: str) -> str:
    return format_money(Money(amount, currency))


def quantity(value: Decimal, unit: str) -> str:
    return f"{format_number(value)} {unit}".strip()


def _rate(rate: dict[str, object], currency: str) -> tuple[str, str]:
    label = taxes.tax_label(parse_plain(str(rate["percent"])), str(rate["category"]))
    return label, money(int(str(rate["tax"])), currency)
