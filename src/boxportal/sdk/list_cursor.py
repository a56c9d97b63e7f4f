"""Places in a list, as they stand in an address: the sorted value and the id of a row."""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Boolean, Date, DateTime, Integer, Numeric, String
from sqlalchemy.types import TypeEngine

from boxportal.sdk.clock import iso, parse_instant
from boxportal.sdk.database import MAX_ID, SCALE, ExactDecimal, UtcDateTime
from boxportal.sdk.decimals import parse_plain, plain

MAX_CURSOR = 4_000


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list. It is no secret and gives no access: the list's own conditions hold behind it too."""

    value: object
    id: int


def write_cursor(order: str, cursor: Cursor) -> str:
    """A place, with the order that it is a place in."""
    packed = json.dumps([order, _packed(cursor.value), cursor.id], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def read_cursor(text: str, order: str, of: TypeEngine[object]) -> Cursor:
    """Read a place in a list that is sorted so, by a column of this type.

    Raises: ValueError for anything that `write_cursor` did not write for this order.
    """
    if len(text) > MAX_CURSOR:
        raise ValueError(text)
    try:
        data = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(text) from error
    match data:
        case [str(written), value, int(row_id)] if written == order and not isinstance(row_id, bool):
            if abs(row_id) > MAX_ID:
                raise ValueError(text)
            return Cursor(None if value is None else _unpacked(value, of), row_id)
    raise ValueError(text)


def _packed(value: object) -> object:
    match value:
        case datetime():
            return iso(value)
        case date():
            return value.isoformat()
        case Decimal():
            return plain(value)
        case None | bool() | int() | str():
            return value
    msg = f"a list can't be sorted by {value!r}"
    raise TypeError(msg)


def _unpacked(value: object, of: TypeEngine[object]) -> object:
    """The value as the column's type has it; another kind of value would be an error of the database."""
    for kinds, read in _READERS:
        if isinstance(of, kinds):
            return read(value)
    raise ValueError(value)


def _text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(value)
    value.encode()
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > MAX_ID:
        raise ValueError(value)
    return value


def _yes_or_no(value: object) -> bool:
    if value is not True and value is not False:
        raise ValueError(value)
    return value


def _decimal(value: object) -> Decimal:
    number = parse_plain(_text(value))
    if abs(number.scaleb(SCALE)) > MAX_ID:
        raise ValueError(value)
    return number


_READERS: tuple[tuple[type | tuple[type, ...], Callable[[object], object]], ...] = (
    ((UtcDateTime, DateTime), lambda value: parse_instant(_text(value))),
    (Date, lambda value: date.fromisoformat(_text(value))),
    ((ExactDecimal, Numeric), _decimal),
    (Boolean, _yes_or_no),
    (Integer, _whole),
    (String, _text),
)
