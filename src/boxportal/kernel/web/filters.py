"""Template filters: money, dates and times as the person who looks at them reads them."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from math import inf
from typing import Literal

from babel.dates import format_timedelta

from boxportal.kernel.web.showing import zone
from boxportal.sdk import formats
from boxportal.sdk.clock import in_zone, utcnow
from boxportal.sdk.decimals import format_number
from boxportal.sdk.i18n import current_locale, gettext
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.money import Money, format_money
from boxportal.sdk.phones import show_phone

KILO = 1024
SIZES = (_l("%(size)s B"), _l("%(size)s KB"), _l("%(size)s MB"), _l("%(size)s GB"))
Unit = Literal["year", "month", "week", "day", "hour", "minute", "second"]
DAY = 86_400
UNITS: tuple[tuple[Unit, int], ...] = (
    ("year", 365 * DAY), ("month", 30 * DAY), ("week", 7 * DAY), ("day", DAY), ("hour", 3600), ("minute", 60),
    ("second", 1),
)  # fmt: skip
ENOUGH = 0.85  # of a unit, and it is told in that one, as Babel does
MENTION = re.compile(r"@\[([^\]\n]{1,200})\]")


def show_datetime(value: datetime | None) -> str:
    """An instant in the reader's own zone, to the minute."""
    if value is None:
        return ""
    return formats.show_datetime(value, zone())


def show_date(value: date | datetime | None) -> str:
    """A calendar date; of an instant, the date in the reader's own zone."""
    if value is None:
        return ""
    day = in_zone(value, zone()).date() if isinstance(value, datetime) else value
    return formats.show_date(day)


def show_money(value: Money | None) -> str:
    """An amount with its currency."""
    return format_money(value) if value is not None else ""


def show_number(value: Decimal | float | None) -> str:
    """A number, exactly."""
    return format_number(Decimal(str(value))) if value is not None else ""


def show_ago(value: datetime | None) -> str:
    """How long ago an instant was: "3 hours ago"."""
    if value is None:
        return ""
    since = value - utcnow()
    seconds = since.days * DAY + since.seconds
    unit, size = next(((name, size) for name, size in UNITS if abs(seconds) >= size * ENOUGH), UNITS[-1])
    return _ago(round(abs(seconds) / size) * (size if seconds >= 0 else -size), unit, current_locale())


@lru_cache(maxsize=4096)
def _ago(seconds: int, unit: Unit, locale: str) -> str:
    return format_timedelta(seconds, granularity=unit, threshold=inf, add_direction=True, locale=locale)


def show_iso(value: datetime | date | None) -> str:
    """For machines: ISO 8601."""
    return value.isoformat() if value else ""


def show_size(value: int) -> str:
    """A number of bytes in the unit that suits it."""
    size, unit = Decimal(value), 0
    while size >= KILO and unit < len(SIZES) - 1:
        size, unit = size / KILO, unit + 1
    return str(SIZES[unit]) % {"size": format_number(round(size, 1 if unit == len(SIZES) - 1 else 0))}


def show_mentions(text: str) -> str:
    """A comment's text with its mentions as people read them: `@Full Name`."""
    return MENTION.sub(r"@\1", text)


FILTERS: Mapping[str, Callable[..., str]] = {
    "datetime": show_datetime,
    "date": show_date,
    "money": show_money,
    "phone": show_phone,
    "number": show_number,
    "ago": show_ago,
    "filesize": show_size,
    "translate": gettext,
    "mentions": show_mentions,
    "iso": show_iso,
}
