"""From lines as they are kept to their amounts: the bridge between the tables and the arithmetic."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

from boxportal.modules.sales.arithmetic import (
    AmountOff,
    CannotReckon,
    Discount,
    DocumentSum,
    Line,
    PercentOff,
    TaxRate,
    TaxRounding,
    Terms,
    reckon,
)
from boxportal.modules.sales.models.parts import DocumentColumns, LineColumns
from boxportal.sdk.decimals import plain
from boxportal.sdk.errors import Invalid

L = TypeVar("L", bound=LineColumns)
COPIED = (
    "position", "product_id", "description", "quantity", "unit", "unit_price", "discount_percent", "discount_amount",
    "tax_percent", "tax_category", "amount", "net", "tax", "gross",
)  # fmt: skip


def reckon_lines(lines: Sequence[LineColumns], terms: Terms) -> DocumentSum:
    """Reckon the lines and write each one's amounts into it.

    Raises: Invalid that names the line (`lines.2.unit_price`).
    """
    try:
        total = reckon([line_of(line) for line in lines], terms)
    except CannotReckon as error:
        where = "" if error.line is None else f"lines.{error.line}.unit_price"
        raise Invalid({where: error.text}) from error
    for line, result in zip(lines, total.lines, strict=True):
        line.amount, line.net, line.tax, line.gross = result.amount, result.net, result.tax, result.gross
    return total


def reckon_document(document: DocumentColumns, lines: Sequence[LineColumns]) -> None:
    """Reckon a document by its own rules and write all its amounts.

    Raises: Invalid.
    """
    total = reckon_lines(lines, terms_of(document))
    document.amount, document.net, document.tax, document.gross = total.amount, total.net, total.tax, total.gross
    document.rates = [
        {"percent": plain(r.rate.percent), "category": r.rate.category, "base": r.base, "tax": r.tax, "gross": r.gross}
        for r in total.rates
    ]


def add_up(document: DocumentColumns, lines: Sequence[LineColumns]) -> None:
    """Write a document's amounts from lines that have theirs already."""
    by_rate: dict[tuple[Decimal, str], list[LineColumns]] = {}
    for line in lines:
        by_rate.setdefault((line.tax_percent, line.tax_category), []).append(line)
    document.amount, document.net = sum(line.amount for line in lines), sum(line.net for line in lines)
    document.tax, document.gross = sum(line.tax for line in lines), sum(line.gross for line in lines)
    document.rates = [
        {
            "percent": plain(percent), "category": category, "base": sum(line.net for line in mine),
            "tax": sum(line.tax for line in mine), "gross": sum(line.gross for line in mine),
        }
        for (percent, category), mine in sorted(by_rate.items(), key=lambda group: (-group[0][0], group[0][1]))
    ]  # fmt: skip


def terms_of(document: DocumentColumns) -> Terms:
    return Terms(document.currency, inclusive=document.inclusive, rounding=TaxRounding(document.rounding))


def copy_line(line: LineColumns, kind: type[L], **others: object) -> L:
    """A line of another document that says the same, with its own `others` (whose it is)."""
    return kind(**{name: getattr(line, name) for name in COPIED}, **others)


def scaled_line(line: LineColumns, kind: type[L], quantity: Decimal, **others: object) -> L:
    """The same line for a part of its quantity; a fixed discount is cut to its share, rounded down."""
    copied = copy_line(line, kind, **others)
    if line.quantity and quantity != line.quantity:
        copied.discount_amount = int(line.discount_amount * quantity / line.quantity)
    copied.quantity = quantity
    return copied


def line_of(line: LineColumns) -> Line:
    """A kept line as the arithmetic takes it."""
    rate = TaxRate(line.tax_percent, line.tax_category or "O")  # not known yet is reckoned as none
    return Line(line.quantity, line.unit_price, rate, _discount(line))


def _discount(line: LineColumns) -> Discount | None:
    if line.discount_percent:
        return PercentOff(line.discount_percent)
    return AmountOff(line.discount_amount) if line.discount_amount else None
