"""Counts tries per key in the database: sign-in, links, forms. Slows down, never locks anyone out for good."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import select

from boxportal.kernel.tables import RateCount
from boxportal.sdk.database import WriteSession
from boxportal.sdk.errors import TooManyTries

WINDOW = timedelta(minutes=15)
HOUR = timedelta(hours=1)
FIRST_DELAY = timedelta(minutes=1)
KEY_LENGTH = 160


def count_or_refuse(db: WriteSession, now: datetime, limits: Mapping[str, int], window: timedelta = WINDOW) -> None:
    """Count one try for each key, unless one of them has to wait.

    After `limits` tries within the window a key waits one minute, then two, four … at most the window, until it was
    quiet for a whole window.

    Raises: TooManyTries.
    """
    rows = {key: locked_row(db, now, key[:KEY_LENGTH]) for key in sorted(limits)}
    waits = [row.blocked_until - now for row in rows.values() if row.blocked_until and row.blocked_until > now]
    if waits:
        raise TooManyTries(max(1, int(max(waits).total_seconds())))
    for key, row in rows.items():
        add_try(row, now, limits[key], window)
    db.flush()


def add_try(row: RateCount, now: datetime, most: int, window: timedelta) -> None:
    quiet_since = max(row.since, row.blocked_until or row.since)
    if quiet_since + window <= now:
        row.tries, row.since, row.blocked_until = 0, now, None
    row.tries += 1
    if row.tries >= most:
        row.blocked_until = now + min(FIRST_DELAY * 2 ** min(row.tries - most, 10), window)


@cache
def upsert_for(dialect: str) -> Any:  # noqa: ANN401 each dialect has an Insert of its own
    """The INSERT that can leave a row as it is. Only the database in use is imported: Postgres' takes 2 MB."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        return postgresql.insert
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415

    return sqlite.insert


def locked_row(db: WriteSession, now: datetime, key: str) -> RateCount:
    """The row of a key, made if need be and locked, so that two tries at the same time are counted as two."""
    insert = upsert_for(db.dialect)
    db.change(insert(RateCount).values(key=key, tries=0, since=now).on_conflict_do_nothing())
    mine = select(RateCount).where(RateCount.key == key).with_for_update()
    row = db.scalar(mine.execution_options(populate_existing=True))
    if row is None:
        raise LookupError(key)
    return row


def forget_tries(db: WriteSession, keys: list[str]) -> None:
    """A success wipes the count of the account's key."""
    for key in keys:
        row = db.get(RateCount, key[:KEY_LENGTH])
        if row is not None:
            db.delete(row)
