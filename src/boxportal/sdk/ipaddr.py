"""Addresses of machines, as what they send is counted by them."""

from ipaddress import IPv6Address, IPv6Network, ip_address


def network_of(address: str) -> str:
    """The address to count by: of IPv6 the /64, for whoever has one address of it has them all."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(ip, IPv6Address):
        return str(IPv6Network((ip, 64), strict=False).network_address)
    return str(ip)
