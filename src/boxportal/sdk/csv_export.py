"""Writes rows as CSV (RFC 4180) that a spreadsheet takes as data, never as formulas."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from boxportal.sdk.clock import in_zone
from boxportal.sdk.decimals import plain
from boxportal.sdk.i18n import gettext
from boxportal.sdk.list_cells import Cell, CellRow
from boxportal.sdk.list_spec import Column
from boxportal.sdk.money import Money, plain_amount

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_FORMULA = frozenset("=+-@")
_FIRST = frozenset("\t\r\n")


def guard(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula (CWE-1236).

    Looked at without the blanks, control and hidden characters that may stand before, and with full-width signs read
    as the plain ones: spreadsheets read them so.
    """
    if not text:
        return text
    if text[0] in _FIRST or next(iter(unicodedata.normalize("NFKC", _bare(text))), "") in _FORMULA:
        return f"'{text}"
    return text


def _bare(text: str) -> str:
    for place, sign in enumerate(text):
        if not (sign.isspace() or unicodedata.category(sign)[0] in "CZ" or sign in "'\""):
            return text[place : place + 1]
    return ""


def header_of(columns: Sequence[Column]) -> list[str]:
    """The titles of the columns; money takes two, one for its currency."""
    titles: list[str] = []
    for column in columns:
        titles.append(guard(str(column.label)))
        if column.kind == "money":
            titles.append(guard(gettext("%(column)s, currency", column=column.label)))
    return titles


def values_of(row: CellRow, zone: str) -> list[str]:
    """A row as texts: numbers with a point and no grouping, dates as ISO 8601, instants on the clocks of a zone."""
    texts: list[str] = []
    for cell in row.cells.values():
        texts += _texts(cell, zone)
    return texts


def _texts(cell: Cell, zone: str) -> list[str]:
    value = cell.value
    if cell.column.kind == "money":
        return [plain_amount(value), value.currency] if isinstance(value, Money) else ["", ""]
    if value is None:
        return [""]
    if cell.column.kind in ("choice", "person", "record", "text", "bool"):
        return [guard(cell.text)]
    return [_plain(value, zone)]


def _plain(value: object, zone: str) -> str:
    """A typed value: a negative number is a number, not a formula."""
    match value:
        case Decimal() | int():
            return plain(Decimal(value))
        case datetime():
            return in_zone(value, zone).isoformat(timespec="seconds")
        case date():
            return value.isoformat()
    return guard(str(value))


def csv_lines(
    columns: Sequence[Column], rows: Iterable[CellRow], zone: str, *, mark: bool = True, separator: str = ","
) -> Iterator[str]:
    """The lines of the file, one at a time; `mark` begins it with a byte order mark, by which Excel knows UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\r\n")
    writer.writerow(header_of(columns))
    yield (BYTE_ORDER_MARK if mark else "") + buffer.getvalue()
    for row in rows:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(values_of(row, zone))
        yield buffer.getvalue()
