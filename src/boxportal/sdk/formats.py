"""Dates and times as a person reads them: fast enough for every cell of a list."""

from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_date

from boxportal.sdk.clock import in_zone
from boxportal.sdk.i18n import current_locale


@lru_cache(maxsize=4096)
def _date(day: date, locale: str) -> str:
    return format_date(day, "medium", locale=locale.replace("-", "_"))


def show_date(day: date, *, locale: str = "") -> str:
    """A calendar date with the month as a word, so that nobody takes it for the day."""
    return _date(day, locale or current_locale())


def show_datetime(instant: datetime, zone: str, *, locale: str = "") -> str:
    """An instant on the clocks of a zone, to the minute, in 24 hours."""
    wall = in_zone(instant, zone)
    return f"{_date(wall.date(), locale or current_locale())}, {wall:%H:%M}"
