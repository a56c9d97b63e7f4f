"""The time, as everything in the program asks for it: aware, in UTC, and settable for a test; and a person's zone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_shift = timedelta(0)


def utcnow() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC) + _shift


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Move the program's clock for the length of a block, in all threads: what a test of deadlines needs."""
    global _shift  # noqa: PLW0603 one clock for the process, threads included
    before, _shift = _shift, _shift + by
    try:
        yield
    finally:
        _shift = before


@lru_cache(maxsize=128)
def zone_named(name: str) -> ZoneInfo:
    """The time zone of an IANA name.

    Raises: ValueError when there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        msg = f"no time zone {name!r}"
        raise ValueError(msg) from error


def in_zone(instant: datetime, zone: str) -> datetime:
    """The instant as people in an IANA time zone read it.

    Raises: ValueError for a naive instant or an unknown zone.
    """
    return _aware(instant).astimezone(zone_named(zone))


def from_zone(wall: datetime, zone: str) -> datetime:
    """The instant, in UTC, at which the clocks of a zone show this naive time.

    When clocks go back the first of the two is meant; a time that they skip counts as just as long after the jump
    (PEP 495, and RFC 5545, 3.3.5).
    """
    return wall.replace(tzinfo=zone_named(zone), fold=0).astimezone(UTC)


def date_in(instant: datetime, zone: str) -> date:
    """The date that an instant has on the calendar of a zone."""
    return in_zone(instant, zone).date()


def day_span(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """The instants between which the days from `first` to `last` lie in a zone: `begin <= at < end`.

    Raises: ValueError for days at the end of the calendar.
    """
    try:
        begin = datetime.combine(first, time())
        end = datetime.combine(last, time()) + timedelta(days=1)
        return from_zone(begin, zone), from_zone(end, zone)
    except OverflowError as error:
        msg = f"no calendar has {first} to {last}"
        raise ValueError(msg) from error


def iso(instant: datetime) -> str:
    """Write an instant for machines: ISO 8601 in UTC, `2026-11-05T09:30:00Z`.

    Raises: ValueError for a naive instant.
    """
    return _aware(instant).astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant, which must say its zone (`Z` or an offset); the result is in UTC.

    Raises: ValueError.
    """
    try:
        return _aware(datetime.fromisoformat(text.strip())).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        msg = f"{instant} has no zone"
        raise ValueError(msg)
    return instant
