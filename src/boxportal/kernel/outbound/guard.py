"""The only door out: a connection is made to an address that was looked up once and allowed, never to a name."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from boxportal.sdk.errors import DomainError
from boxportal.sdk.i18n import gettext as _

IpAddress = IPv4Address | IPv6Address
NAT64 = IPv6Network("64:ff9b::/96")
MAX_PORT = 65535


class NotReached(DomainError):
    """The other side does not answer, or may not be reached; the message says which, in plain words."""

    status = 502
    code = "not_reached"


@dataclass(frozen=True, slots=True)
class Target:
    """A host and port that somebody wants to reach.

    `named` says that an administrator entered exactly this host and port: then it may lie in the own network or on
    this machine. `own_ports` are the portal's, which nothing may reach from inside.
    """

    host: str
    port: int
    named: bool = False
    own_ports: frozenset[int] = frozenset()


def connect(target: Target, seconds: float) -> socket.socket:
    """Open a TCP connection to the first allowed address of a target that answers.

    Raises: NotReached.
    """
    last: OSError | None = None
    for address in allowed_addresses(target):
        try:
            return socket.create_connection((str(address), target.port), timeout=seconds)
        except OSError as error:
            last = error
    raise not_reached(target, last)


def allowed_addresses(target: Target) -> Sequence[IpAddress]:
    """Look the host up, once, and refuse the whole target when any of its addresses may not be reached.

    Raises: NotReached.
    """
    if not 0 < target.port <= MAX_PORT:
        raise NotReached(_("%(port)s is no port.", port=target.port))
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotReached(_("The name %(host)s was not found.", host=target.host)) from error
    addresses = list(dict.fromkeys(ip_address(str(row[4][0]).split("%", 1)[0]) for row in found))
    for address in addresses:
        require_allowed(address, target)
    return addresses


def require_allowed(address: IpAddress, target: Target) -> None:
    """Global addresses are allowed. Those of the own network only for a named target; a few never are.

    Raises: NotReached.
    """
    inner = unwrapped(address)
    unusable = inner.is_reserved and not inner.is_loopback
    never = inner.is_multicast or inner.is_unspecified or inner.is_link_local or unusable
    itself = inner.is_loopback and target.port in target.own_ports
    if never or itself or not (inner.is_global or target.named):
        raise NotReached(_("%(where)s may not be reached from here.", where=f"{target.host}:{target.port}"))


def unwrapped(address: IpAddress) -> IpAddress:
    """The IPv4 address inside a mapped, 6to4, Teredo or NAT64 one: that is where the connection would end."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def not_reached(target: Target, error: OSError | None) -> NotReached:
    """What the network said, in a sentence."""
    where = f"{target.host}:{target.port}"
    if isinstance(error, TimeoutError):
        return NotReached(_("%(where)s does not answer.", where=where))
    if isinstance(error, ConnectionRefusedError):
        return NotReached(_("%(where)s refuses connections: no mail server listens there.", where=where))
    why = (error.strerror if error else "") or str(error)
    return NotReached(_("%(where)s can't be reached: %(why)s", where=where, why=why))
