"""Exact decimals: read as people type them, written as they read them, and shared out without losing a unit."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import floor

from babel import Locale

from boxportal.sdk.i18n import Lazy, current_locale, lazy, nlazy

PLACES = 6
MAX_TYPED = 40
MAX_DIGITS = 18
_GROUP = 3
EXACT = Context(prec=100, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])

_AS_TYPED = str.maketrans({
    "'": " ", "\N{RIGHT SINGLE QUOTATION MARK}": " ", "\N{MINUS SIGN}": "-", "\N{EN DASH}": "-",
    "\N{ARABIC DECIMAL SEPARATOR}": ".", "\N{ARABIC THOUSANDS SEPARATOR}": ",",
})  # fmt: skip
_GROUPED = re.compile(r"\d{1,3}(?P<mark>[ .,])\d{2,3}(?:(?P=mark)\d{2,3})*")


class Rounding(StrEnum):
    """How a value between two units is settled; trade rounds halves away from zero."""

    HALF_UP = ROUND_HALF_UP
    HALF_EVEN = ROUND_HALF_EVEN
    DOWN = ROUND_DOWN
    UP = ROUND_UP


class NumberError(ValueError):
    """What was typed is no such number; `text` says why, to the person who typed it."""

    def __init__(self, text: Lazy) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True)
class Marks:
    """How a locale writes numbers in Latin digits."""

    point: str
    group: str
    minus: str
    sizes: tuple[int, int]


@lru_cache(maxsize=32)
def marks_of(locale: str) -> Marks:
    """The marks of a locale."""
    data = Locale.parse(locale.replace("-", "_"))
    symbols = data.number_symbols["latn"]
    sizes = data.decimal_formats[None].grouping
    return Marks(symbols["decimal"], symbols["group"], symbols.get("minusSign", "-"), (sizes[0], sizes[1]))


def parse_number(typed: str, *, places: int = PLACES, locale: str = "") -> Decimal:
    """Read a number as people type it: "12 400,50", "12,400.50", "12400.5", "-3".

    Of two different marks the last is the decimal one. One mark alone groups thousands where it is the locale's mark
    for that and stands so; otherwise it is the decimal one. Nothing is rounded.

    Raises: NumberError.
    """
    text = ascii_digits(typed) if len(typed) <= MAX_TYPED else ""
    sign, text = ("-", text[1:].lstrip()) if text[:1] == "-" else ("", text.removeprefix("+").lstrip())
    if not re.fullmatch(r"\d[\d .,]*|[.,]\d+", text):
        raise NumberError(lazy("This is not a number."))
    whole, fraction = _split(text, marks_of(locale or current_locale()).group)
    fraction = fraction.rstrip("0")
    if len(fraction) > places:
        raise NumberError(too_exact(places))
    if len(whole.lstrip("0")) > MAX_DIGITS:
        raise NumberError(lazy("This number is too large."))
    return Decimal(f"{sign}{whole or 0}.{fraction}") or Decimal(0)


def ascii_digits(typed: str) -> str:
    """The same characters as ASCII: digits of any script, full-width forms, the many spaces and dashes."""
    text = unicodedata.normalize("NFKC", typed).translate(_AS_TYPED).strip()
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)


def too_exact(places: int) -> Lazy:
    """What to say of a number with more digits after the point than are kept."""
    if places == 0:
        return lazy("Type a whole number.")
    return nlazy(
        "At most %(num)s digit after the point is kept.",
        "At most %(num)s digits after the point are kept.",
        places,
        num=places,
    )


def _split(text: str, group: str) -> tuple[str, str]:
    """Part the digits before the decimal mark from those after it; grouping marks are taken out if they stand right."""
    marks = [mark for mark in text if mark in ".,"]
    last = marks[-1] if marks else ""
    if not last or (marks.count(last) > 1 and len(set(marks)) == 1) or _groups(text, last, group):
        return _ungrouped(text), ""
    whole, _, fraction = text.rpartition(last)
    if " " in fraction or "." in fraction or "," in fraction:
        raise NumberError(lazy("This is not a number."))
    return _ungrouped(whole), fraction


def _groups(text: str, mark: str, group: str) -> bool:
    """Whether the one mark of the text parts thousands: "12,400" in English, but not "0,400" and not "12,40"."""
    if text.count(mark) != 1 or " " in text or mark != group or not text.replace(mark, "").isdecimal():
        return False
    whole, _, rest = text.partition(mark)
    return len(rest) == _GROUP and len(whole) <= _GROUP and whole.strip("0") != ""


def _ungrouped(text: str) -> str:
    if text.isdecimal() or not text:
        return text
    parts = re.split(r"[ .,]", text)
    if _GROUPED.fullmatch(text) and len(parts[-1]) == _GROUP:
        return "".join(parts)
    raise NumberError(lazy("This is not a number."))


def format_number(value: Decimal | int, *, places: int = 0, locale: str = "", grouped: bool = True) -> str:
    """Write a number exactly, as a locale reads it, with at least `places` digits after the point."""
    marks = marks_of(locale or current_locale())
    sign, digits, fraction = _digits(Decimal(value), places)
    whole = _group(digits, marks) if grouped else digits
    return f"{marks.minus if sign else ''}{whole}{marks.point if fraction else ''}{fraction}"


def _digits(value: Decimal, places: int) -> tuple[bool, str, str]:
    whole, _, fraction = f"{abs(value):f}".partition(".")
    return value < 0, whole, fraction.rstrip("0").ljust(places, "0")


def _group(digits: str, marks: Marks) -> str:
    first, later = marks.sizes
    if len(digits) <= first:
        return digits
    head, groups = digits[:-first], [digits[-first:]]
    while len(head) > later:
        head, groups = head[:-later], [head[-later:], *groups]
    return marks.group.join([head, *groups])


def plain(value: Decimal) -> str:
    """Write a decimal for machines: no exponent, no grouping, no needless zeros."""
    sign, whole, fraction = _digits(value, 0)
    return f"{'-' if sign else ''}{whole}{'.' if fraction else ''}{fraction}"


def parse_plain(text: str, *, places: int = PLACES) -> Decimal:
    """Read what `plain` wrote.

    Raises: NumberError.
    """
    if not re.fullmatch(r"-?\d{1,18}(\.\d{1,18})?", text, re.ASCII):
        raise NumberError(lazy("This is not a number."))
    if len(text.partition(".")[2].rstrip("0")) > places:
        raise NumberError(too_exact(places))
    return Decimal(text)


def half_up(value: Fraction) -> int:
    """The nearest whole number; a half goes away from zero, as trade rounds."""
    rounded = floor(abs(value) + Fraction(1, 2))
    return rounded if value >= 0 else -rounded


def apportion(total: int, shares: Sequence[Fraction]) -> list[int]:
    """Share out a whole number: each part within one of its exact share, all parts together exactly the total.

    What flooring leaves over goes to the largest remainders (Hare's method), of equal ones to the first. Shares and
    total of the other sign give parts of the other sign.

    Raises: ValueError when the total is not within reach of the shares.
    """
    decisive = next((value for value in (total, sum(shares), *shares) if value), 0)
    sign = -1 if decisive < 0 else 1
    exact = [sign * share for share in shares]
    parts = [floor(share) for share in exact]
    rest = sign * total - sum(parts)
    if not 0 <= rest <= len(parts):
        msg = f"{total} is not the sum of {len(parts)} rounded shares"
        raise ValueError(msg)
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[:rest]:
        parts[i] += 1
    return [sign * part for part in parts]
