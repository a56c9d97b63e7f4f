"""What the settings of `boxportal.toml` may hold, beyond their types."""

from ipaddress import ip_network

from boxportal.sdk.i18n import gettext as _

MOST_PORT = 65535


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
