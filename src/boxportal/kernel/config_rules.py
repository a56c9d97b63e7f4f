"""What the settings of `boxportal.toml` may hold, beyond their types."""

import re
from ipaddress import ip_network
from pathlib import Path

from boxportal.sdk.i18n import gettext as _

MOST_PORT = 65535
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
KEEP = re.compile(r"([0-9]{1,3})/([0-9]{1,3})/([0-9]{1,3})")
Keep = tuple[int, int, int]
"""How many days, weeks and months a backup is kept of each."""


def listen_address(text: str) -> str:
    """Address and port: `127.0.0.1:8080`, `[::]:8080`. Raises: ValueError."""
    host, _colon, port = text.rpartition(":")
    if not (host and port.isascii() and port.isdecimal() and 0 < int(port) <= MOST_PORT):
        raise ValueError(_("This must be an address and a port, as in 127.0.0.1:8080."))
    return text


def database_kind(text: str) -> str:
    """`sqlite`, or the URL of a Postgres database. Raises: ValueError."""
    if text != "sqlite" and not text.startswith(("postgresql://", "postgresql+psycopg://")):
        raise ValueError(_("This must be sqlite, or a URL as in postgresql+psycopg://user@host/name."))
    return text


def proxy_addresses(several: list[str]) -> list[str]:
    """IP addresses or networks (a star trusts everybody). Raises: ValueError that names the one that is wrong."""
    for one in several:
        try:
            _network = one == "*" or ip_network(one)
        except ValueError:
            raise ValueError(_("%(address)s is no IP address or network.", address=one)) from None
    return several


def clock_time(text: str) -> str:
    """A time of the day: `02:30`. Raises: ValueError."""
    if not CLOCK.fullmatch(text):
        raise ValueError(_("This must be a time of the day, as in 02:30."))
    return text


def keep_rule(text: str) -> str:
    """Days, weeks and months: `7/4/6`. Raises: ValueError."""
    found = KEEP.fullmatch(text)
    if found is None or not int(found[1]):
        raise ValueError(_("This must be days, weeks and months, as in 7/4/6, with one day at least."))
    return text


def keep_of(text: str) -> Keep:
    """The three numbers of a rule that `keep_rule` has passed."""
    daily, weekly, monthly = (int(part) for part in text.split("/"))
    return daily, weekly, monthly


def absolute_or_empty(text: str) -> str:
    """A folder by its whole path, or nothing. Raises: ValueError."""
    if text and not Path(text).is_absolute():
        raise ValueError(_("This must be a whole path, as in /var/backups/boxportal."))
    return text
