"""The time, as everything in the program asks for it: aware, in UTC, and settable for a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_shift = timedelta(0)


def utcnow() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC) + _shift


def in_zone(instant: datetime, zone: str) -> datetime:
    """The instant as people in an IANA time zone read it."""
    return instant.astimezone(ZoneInfo(zone))


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Move the program's clock for the length of a block, in all threads: what a test of deadlines needs."""
    global _shift  # noqa: PLW0603 one clock for the process, threads included
    before, _shift = _shift, _shift + by
    try:
        yield
    finally:
        _shift = before
