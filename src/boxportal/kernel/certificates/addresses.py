"""The addresses at which other devices of the network find this machine."""

import array
import fcntl
import socket
import struct
from ipaddress import ip_address, ip_network
from pathlib import Path

INNER = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7", "::1/128",
)  # fmt: skip
"""What no router of the internet leads to: RFC 1918, RFC 4193, and the machine itself."""
NETWORKS = tuple(ip_network(text) for text in INNER)
VIRTUAL = ("lo", "docker", "br-", "veth", "virbr", "lxc", "lxd", "podman", "cni")
"""Interfaces that lead to no other machine."""
IPV6_FILE = Path("/proc/self/net/if_inet6")
FLEETING = 0x01 | 0x20
"""IFA_F_TEMPORARY and IFA_F_DEPRECATED (linux/if_addr.h): addresses of today only."""
SIOCGIFCONF = 0x8912
ENTRY, MOST = 40 if struct.calcsize("P") == 8 else 32, 128  # noqa: PLR2004 `struct ifreq` of this machine


def is_inner(address: str) -> bool:
    """Whether an address is one of a private network, or of the machine itself."""
    read = ip_address(address)
    return any(read in network for network in NETWORKS if network.version == read.version)


def own_addresses() -> list[str]:
    """This machine's lasting addresses in private networks, without those of containers and of the loopback."""
    found = {address for name, address in (*ipv4(), *ipv6()) if not name.startswith(VIRTUAL) and is_inner(address)}
    return sorted(found, key=lambda text: (ip_address(text).version, int(ip_address(text))))


def ipv4() -> list[tuple[str, str]]:
    """Interfaces with their IPv4 addresses, as the system lists them (netdevice(7)); no netlink socket is needed."""
    room = array.array("B", bytes(ENTRY * MOST))
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asked = struct.pack("iP", len(room), room.buffer_info()[0])
            length = struct.unpack("iP", fcntl.ioctl(asking, SIOCGIFCONF, asked))[0]
    except OSError:
        return []
    entries = [bytes(room[at : at + ENTRY]) for at in range(0, length, ENTRY)]
    return [(one[:16].split(b"\0", 1)[0].decode(errors="replace"), socket.inet_ntoa(one[20:24])) for one in entries]


def ipv6() -> list[tuple[str, str]]:
    """Interfaces with their lasting IPv6 addresses."""
    try:
        rows = [line.split() for line in IPV6_FILE.read_text("ascii").splitlines()]
    except OSError:
        return []
    lasting = [row for row in rows if not int(row[4], 16) & FLEETING]
    return [(row[5], str(ip_address(bytes.fromhex(row[0])))) for row in lasting]
