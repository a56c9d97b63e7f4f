"""The guard of what goes out: which addresses may be reached."""

import socket
from ipaddress import ip_address

import pytest

from boxportal.kernel.outbound.guard import Target, allowed_addresses, connect, require_allowed
from boxportal.sdk.errors import NotReached

INSIDE = [
    "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.9", "192.168.1.1", "100.64.0.1", "::1", "fd00::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::",
]  # fmt: skip
NEVER = [
    "169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "fe80::1", "0.0.0.0",  # noqa: S104 refused
    "::", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1",
]  # fmt: skip
SPELLINGS = ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "[::1]", "0"]


@pytest.mark.parametrize("address", [*INSIDE, *NEVER])
def test_what_is_not_global_is_reached_by_nobody(address: str) -> None:
    with pytest.raises(NotReached):
        require_allowed(ip_address(address), Target("mail.example", 25))


@pytest.mark.parametrize("address", INSIDE)
def test_a_named_server_may_lie_inside(address: str) -> None:
    require_allowed(ip_address(address), Target("mail.example", 25, named=True))


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_reached_even_by_name_never(address: str) -> None:
    with pytest.raises(NotReached):
        require_allowed(ip_address(address), Target("mail.example", 25, named=True))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_the_portals_own_port_is_never_reached(address: str) -> None:
    with pytest.raises(NotReached):
        require_allowed(ip_address(address), Target("localhost", 8080, named=True, own_ports=frozenset({8080})))


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_global_addresses_are_reached(address: str) -> None:
    require_allowed(ip_address(address), Target("mail.example", 25))


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_this_machine_gets_through(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.2)
        with pytest.raises(NotReached):
            connect(Target(host, canary.getsockname()[1]), 2)
        with pytest.raises(TimeoutError):
            canary.accept()


def test_a_name_with_one_bad_address_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(*_arguments: object, **_more: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 25)) for ip in ("93.184.215.14", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    with pytest.raises(NotReached):
        allowed_addresses(Target("rebinding.example", 25))


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_is_a_port(port: int) -> None:
    with pytest.raises(NotReached):
        connect(Target("93.184.215.14", port), 1)


def test_a_refused_connection_is_a_plain_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NotReached, match="refuses connections"):
        connect(Target("127.0.0.1", port, named=True), 2)
