"""When the last good backup is too old: one answer for the status, the doctor, the pages and the notice."""

from datetime import datetime, timedelta

TOO_OLD = timedelta(hours=36)


def is_too_old(last_good: datetime | None, now: datetime, *, since: datetime | None = None) -> bool:
    """Whether the last run in which all was proven is longer ago than a night that failed allows.

    `since` is when the box was set up: one that never had a good run is given the same time from there.
    """
    begins = last_good or since
    return begins is None or now - begins > TOO_OLD
