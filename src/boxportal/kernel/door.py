"""The public door of a company: the address by which outsiders reach it, and which requests come by it."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict

SCOPE_DOOR = "boxportal.door"
"""In a request's scope: the company at whose own public port it came in."""
SCOPE_PEER = "boxportal.peer"
"""In a request's scope: address and port of who made the connection, whatever a proxy says of whom it speaks for."""
SCOPE_OUTSIDE = "boxportal.outside"
"""In a request's scope: it came by a public door, where nobody is known and little is answered."""
SCOPE_CLOSED = "boxportal.closed"
"""In a request's scope: it came by a former address while the door is closed."""
PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
MAX_PORT = 65535
HOST_HEADER = re.compile(r"(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
"""RFC 9110, 7.2, without what no browser sends: user names, percent signs, a port that is no number."""


class DoorSettings(BaseModel):
    """What is kept of the door. By `former` addresses clients still come, who have links with them, and nobody else.

    `listen` is address and port of a listening socket of its own, empty when a proxy forwards to the portal's own.
    `seen_…` is the last request by a test link (`seen_straight`: at the portal's own port, with no proxy between),
    `tested_…` the one that came from outside.
    """

    model_config = ConfigDict(extra="ignore")
    address: str = ""
    listen: str = ""
    former: list[str] = []
    try_hash: str = ""
    try_until: AwareDatetime | None = None
    seen_at: AwareDatetime | None = None
    seen_from: str = ""
    seen_device: str = ""
    seen_straight: bool = False
    tested_at: AwareDatetime | None = None
    tested_from: str = ""
    tested_device: str = ""
    dismissed: bool = False

    def untested(self) -> "DoorSettings":
        """The same door, of which nothing was seen from outside yet."""
        kept = {"address", "listen", "former", "dismissed"}
        return DoorSettings.model_validate(self.model_dump(include=kept))


@dataclass(frozen=True, slots=True)
class Address:
    """Scheme, host and port of a public address; an IPv6 host stands without its brackets."""

    scheme: Literal["http", "https"]
    host: str
    port: int

    @property
    def netloc(self) -> str:
        """Host and port as a browser sends them: the usual port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.netloc}"

    @property
    def is_literal(self) -> bool:
        """Whether the host is an IP address."""
        return is_ip(self.host)


@dataclass(frozen=True, slots=True)
class Door:
    """The door in force: the present address, then former ones."""

    addresses: tuple[Address, ...] = ()
    listen: str = ""
    is_set: bool = False
    is_tested: bool = False

    def meant_by(self, header: str, own_names: Container[str]) -> Address | None:
        """The address of the door that a Host header means, or None; never one of the names that people sign in at.

        The door's name means it with whatever port: a proxy that passes a forged one on must not open the rest of the
        portal. A bare IP address means it so only while there is no public port that tells the two apart.
        """
        for address in self.addresses:
            host, port = host_and_port(header, PORTS[address.scheme])
            is_told_apart = address.is_literal and self.listen and port != address.port
            if host == address.host and host not in own_names and not is_told_apart:
                return address
        return None


NO_DOOR = Door()


def door_of(settings: DoorSettings) -> Door:
    """Read the settings; an address that can't be read any more is left out."""
    read = [parse_address(text) for text in (settings.address, *settings.former) if text]
    return Door(
        addresses=tuple(address for address in read if address),
        listen=settings.listen if settings.address else "",
        is_set=bool(settings.address),
        is_tested=bool(settings.address) and settings.tested_at is not None,
    )


def lacks_own_port(address: Address | None, listen: str, *, has_proxy: bool) -> bool:
    """Whether clients would come to the portal's own port in a way that only the Host header tells apart."""
    if listen.strip():
        return False
    return not has_proxy or (address is not None and (address.scheme == "http" or address.is_literal))


def parse_address(text: str) -> Address | None:
    """Read `https://clients.acme.example:8443`; None for anything that has more or less than scheme, host and port."""
    try:
        parts = urlsplit(text.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
        if parts.scheme not in PORTS or parts.path not in ("", "/") or parts.query or parts.fragment:
            return None
        if "@" in parts.netloc or parts.netloc.endswith(":") or not host:
            return None
        host = host if is_ip(host) else host.encode("idna").decode("ascii")
    except (ValueError, UnicodeError):
        return None
    if port == 0 or not (is_ip(host) or HOST.fullmatch(host)):
        return None
    scheme: Literal["http", "https"] = "https" if parts.scheme == "https" else "http"
    return Address(scheme, host, port or PORTS[scheme])


def parse_listen(text: str) -> tuple[str, int] | None:
    """Read `8081`, `127.0.0.1:8081` or `[::]:8081` as address and port; None for anything else."""
    host, colon, port = text.strip().rpartition(":")
    if not colon:
        host = "0.0.0.0"  # noqa: S104 the person asked for a port that the internet reaches
    elif host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if not is_ip(host) or not (port.isascii() and port.isdecimal() and len(port) <= len(str(MAX_PORT))):
        return None
    return (host, int(port)) if 0 < int(port) <= MAX_PORT else None


def listen_text(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def host_and_port(header: str, default: int) -> tuple[str, int]:
    """Host and port of a Host header, in small letters; what is no port counts as port 0, which no address has."""
    host, colon, port = header.strip().lower().rpartition(":")
    if not colon or header.rstrip().endswith("]"):
        host, port = header.strip().lower(), str(default)
    number = int(port) if port.isascii() and port.isdecimal() and len(port) <= len(str(MAX_PORT)) else 0
    return host.removeprefix("[").removesuffix("]").rstrip("."), number


def names_one_host(headers: Sequence[str]) -> bool:
    """Whether the Host headers of a request are one, and that a name or address, with or without a port.

    What can be read in two ways is read by a proxy in one and by the portal in the other: it must reach nothing.
    """
    return len(headers) == 1 and HOST_HEADER.fullmatch(headers[0].strip()) is not None


def is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return "%" not in host
