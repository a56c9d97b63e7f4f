"""The server under a service manager: it says when it serves, and gives signs of life."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.server import Server


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What the service manager listens at."""
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(address))
        listening.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(address))
        monkeypatch.setenv("WATCHDOG_USEC", "400000")
        yield listening


def test_server_says_when_it_serves_and_gives_signs_of_life(manager: socket.socket, server: Server) -> None:
    server.start()
    said = [manager.recv(200).decode() for _ in range(3)]
    assert said[0].startswith("READY=1")
    assert said[1:] == ["WATCHDOG=1", "WATCHDOG=1"]


def test_server_without_a_manager_serves_too(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    server.start()
    assert server.say("GET", "/healthz").status == 200
