"""Address ranges from which people may sign in: read, written to one line, and looked at with every request.

The line holds groups, one of each rule that applies, and somebody must come from a range of every group:
`10.0.0.0/8 192.168.1.0/24;10.1.0.0/16`. An empty line lets in from anywhere.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _

MOST = 50
Network = IPv4Network | IPv6Network


def line_of(groups: Iterable[Sequence[str]]) -> str:
    """The line that holds these groups of ranges; empty ones limit nothing."""
    return ";".join(dict.fromkeys(" ".join(group) for group in groups if group))


def admits(line: str, address: str) -> bool:
    """Whether somebody may come from this address; none that can't be read is let in where there is a limit."""
    if not line:
        return True
    known = plain(address)
    return known is not None and all(any(known in network for network in group) for group in groups_of(line))


def plain(address: str) -> IPv4Address | IPv6Address | None:
    """The address, in IPv4 form where it is IPv4 within IPv6 (RFC 4291, 2.5.5.2); None for what is no address."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


@lru_cache(256)
def groups_of(line: str) -> tuple[tuple[Network, ...], ...]:
    return tuple(tuple(ip_network(text) for text in group.split()) for group in line.split(";"))


def read_networks(text: str, field: str) -> list[str]:
    """The ranges that somebody typed, with blanks or commas between: `192.168.1.0/24 10.0.0.7`.

    Raises: Invalid for the field, naming the first that is none.
    """
    found: list[str] = []
    for part in text.replace(",", " ").replace(";", " ").split():
        try:
            found.append(str(ip_network(part, strict=False)))
        except ValueError:
            text = _("%(part)s is no address range. Write it like 192.168.1.0/24.", part=part[:60])
            raise Invalid({field: text}) from None
    if len(found) > MOST:
        raise Invalid({field: _("Give at most %(most)s ranges.", most=MOST)})
    return list(dict.fromkeys(found))
