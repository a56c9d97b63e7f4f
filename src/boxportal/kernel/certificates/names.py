"""Which names and addresses a certificate is for."""

from collections.abc import Iterable, Sequence
from ipaddress import ip_address, ip_network

from boxportal.kernel.certificates.addresses import NETWORKS, is_inner
from boxportal.kernel.door import HOST, host_and_port, is_ip

HERE = ("localhost", "127.0.0.1", "::1")
"""Commands and checks of this machine come by these."""


def hosts_of(names: Iterable[str]) -> list[str]:
    """The bare hosts of what people type, each once, as certificates write them; what is no host is left out."""
    found = (written(host_and_port(name, 0)[0]) for name in names)
    return list(dict.fromkeys(host for host in found if host))


def written(host: str) -> str:
    if is_ip(host):
        return str(ip_address(host))
    try:
        name = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    return name if HOST.fullmatch(name) else ""


def vouched(names: Iterable[str]) -> list[str]:
    """What an authority for these names may vouch for: the names, private networks, and public addresses one by one."""
    hosts = [*hosts_of(names), "localhost"]
    dns = [host for host in dict.fromkeys(hosts) if not is_ip(host)]
    public = [str(ip_network(host)) for host in hosts if is_ip(host) and not is_inner(host)]
    return [*dns, *map(str, NETWORKS), *public]


def may_vouch(permitted: Sequence[str], host: str) -> bool:
    """Whether an authority with these constraints may vouch for a host (RFC 5280, 4.2.1.10)."""
    if is_ip(host):
        address = ip_address(host)
        networks = [ip_network(one) for one in permitted if "/" in one]
        return any(address in network for network in networks if network.version == address.version)
    return any(host == one or host.endswith(f".{one}") for one in permitted if "/" not in one)


def covers(names: Sequence[str], host: str) -> bool:
    """Whether a certificate for these names is one for the host; `*` stands for one label (RFC 9525, 6.3)."""
    host = host.lower()
    return any(host == one.lower() or (one.startswith("*.") and host.partition(".")[2] == one[2:]) for one in names)
