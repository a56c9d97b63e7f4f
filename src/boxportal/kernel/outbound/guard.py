"""The only door out: a connection is made to an address that was looked up once and allowed, never to a name."""

import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from boxportal.sdk.errors import NotAllowed, NotReached
from boxportal.sdk.i18n import gettext as _

IpAddress = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Sequence[str]]
NAT64 = IPv6Network("64:ff9b::/96")
NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
MAX_PORT = 65535


@dataclass(frozen=True, slots=True)
class Target:
    """A host and port that somebody wants to reach.

    `named` says that an administrator entered exactly this host and port: then it may lie in the own network or on
    this machine, unless `on_this_machine` is false. `own_ports` are the portal's, which nothing may reach from inside.
    """

    host: str
    port: int
    named: bool = False
    on_this_machine: bool = True
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


def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the system knows them; also of an address however it is spelled.

    Raises: OSError, UnicodeError.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(row[4][0]) for row in found]


def allowed_addresses(target: Target, resolve: Resolver = look_up) -> Sequence[IpAddress]:
    """Look the host up, once, and refuse the whole target when any of its addresses may not be reached.

    Raises: NotReached.
    """
    if not 0 < target.port <= MAX_PORT:
        raise NotAllowed(_("%(port)s is no port.", port=target.port))
    try:
        found = resolve(target.host, target.port)
    except (OSError, UnicodeError) as error:
        raise NotReached(_("The name %(host)s was not found.", host=target.host)) from error
    addresses = list(dict.fromkeys(ip_address(text.split("%", 1)[0]) for text in found))
    for address in addresses:
        require_allowed(address, target)
    return addresses


def require_allowed(address: IpAddress, target: Target) -> None:
    """Global addresses are allowed. Those of the own network only for a named target; a few never are.

    Raises: NotAllowed.
    """
    inner = unwrapped(address)
    unusable = inner.is_reserved and not inner.is_loopback
    never = inner.is_multicast or inner.is_unspecified or inner.is_link_local or unusable
    is_here = (target.port in target.own_ports or not target.on_this_machine) and is_of_this_machine(inner)
    if never or is_here or not (is_global(address) or target.named):
        raise NotAllowed(_("%(where)s may not be reached from here.", where=f"{target.host}:{target.port}"))


def is_of_this_machine(address: IpAddress) -> bool:
    """Whether an address is loopback or one of this machine's own: only those can be bound."""
    if address.is_loopback:
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004 IP's version
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


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


def is_global(address: IpAddress) -> bool:
    """Whether an address is one of the internet.

    Of the network's own NAT64 prefix (RFC 8215) nobody but the network knows where the IPv4 address stands in it.
    """
    return unwrapped(address).is_global and address not in NAT64_LOCAL


def not_reached(target: Target, error: OSError | None) -> NotReached:
    """What the network said, in a sentence."""
    where = f"{target.host}:{target.port}"
    if isinstance(error, TimeoutError):
        return NotReached(_("%(where)s does not answer.", where=where))
    if isinstance(error, ConnectionRefusedError):
        return NotReached(_("%(where)s refuses connections: nothing listens there.", where=where))
    why = (error.strerror if error else "") or str(error)
    return NotReached(_("%(where)s can't be reached: %(why)s", where=where, why=why))


def tls_context() -> ssl.SSLContext:
    """The system's certificates; a server with one of its own is trusted by adding it there (`SSL_CERT_FILE`)."""
    return ssl.create_default_context()
