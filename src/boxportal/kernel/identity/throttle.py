"""Counts tries per key in the database: sign-in, links, forms. Slows down, never locks anyone out for good."""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from boxportal.kernel.tables import RateCount
from boxportal.sdk.database import ReadSession, WriteSession
from boxportal.sdk.errors import TooManyTries

WINDOW = timedelta(minutes=15)


def address_key(address: str) -> str:
    """An address as a key; an IPv6 client is its /64, for it owns all of that."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(ip, IPv6Address):
        return str(IPv6Network((ip, 64), strict=False).network_address)
    return str(ip)


def require_tries_left(db: ReadSession, now: datetime, limits: dict[str, int]) -> None:
    """Refuse when any key has used its tries up within the window.

    Raises: TooManyTries.
    """
    for key, most in limits.items():
        row = db.get(RateCount, key[:160])
        if row and row.tries >= most and row.since + WINDOW > now:
            raise TooManyTries(max(1, int((row.since + WINDOW - now).total_seconds())))


def count_try(db: WriteSession, now: datetime, keys: list[str]) -> None:
    """Count one try for each key."""
    for key in keys:
        row = db.get(RateCount, key[:160])
        if row is None:
            db.add(RateCount(key=key[:160], tries=1, since=now))
        elif row.since + WINDOW <= now:
            row.tries, row.since = 1, now
        else:
            row.tries += 1


def forget_tries(db: WriteSession, keys: list[str]) -> None:
    """A success wipes the count of the account's key."""
    for key in keys:
        row = db.get(RateCount, key[:160])
        if row is not None:
            db.delete(row)
