"""Clients that send too much, too slowly, or not HTTP: cut off, while others are served."""

import re
import socket
import time
from contextlib import suppress

import pytest
from tests.support.portal import PASSWORD
from tests.support.server import Server
from websockets.sync.client import connect
from websockets.typing import Origin

from boxportal.kernel.web.connection import HEAD_BYTES, HEAD_SECONDS
from boxportal.kernel.web.limits import BODY_BYTES, URL_BYTES

pytestmark = [pytest.mark.slow, pytest.mark.modules("crm")]
SLOW_CLIENTS = 60
FORGED = "203.0.113.9"


def said_to(server: Server, sent: bytes) -> bytes:
    """What comes back for these bytes until the server has said it all."""
    with server.connect() as connection, suppress(ConnectionError):
        connection.sendall(sent)
        connection.settimeout(10)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer
    return b"reset"


def head(path: str, *lines: str, method: str = "GET") -> bytes:
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: x", "Connection: close", *lines, "", "")).encode("latin-1")


def test_what_is_too_large_is_refused_and_the_server_goes_on(server: Server) -> None:
    server.start()
    key = f"Authorization: Bearer {server.token('owner')}"
    for path in ("/api/v1/crm/leads", "/login"):
        large = head(path, f"Content-Length: {BODY_BYTES + 1}", key, method="POST") + b"x" * (BODY_BYTES + 1)
        with server.connect() as connection:  # stays open: who closes at once throws the answer away with the rest
            connection.sendall(large.replace(b"Connection: close\r\n", b"", 1))
            assert connection.recv(12) == b"HTTP/1.1 413", path
    assert server.say("GET", "/login?next=" + "x" * URL_BYTES).status == 414
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    for path, kind in (("/login", "application/x-www-form-urlencoded"), ("/api/v1/crm/leads", "application/json")):
        lines = (f"Content-Type: {kind}", "Transfer-Encoding: chunked", key)
        endless = head(path, *lines, method="POST") + chunk * 20 + b"0\r\n\r\n"
        with server.connect() as connection:
            connection.sendall(endless.replace(b"Connection: close\r\n", b"", 1))
            assert connection.recv(12) == b"HTTP/1.1 413", path
    for huge in (head("/login", "X-Huge: " + "x" * HEAD_BYTES), head("/login", *["A: b"] * HEAD_BYTES),
                 b"GET /" + b"x" * 10 * HEAD_BYTES):  # fmt: skip
        assert said_to(server, huge)[:12] in (b"HTTP/1.1 400", b"reset")
    assert server.say("GET", "/login").status == 200


def test_what_is_no_http_is_refused_and_the_server_goes_on(server: Server) -> None:
    server.start()
    both = ("Content-Length: 4", "Transfer-Encoding: chunked")
    for wrong in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"GET\r\n\r\n", b"\x00" * 1000 + b"\r\n\r\n",
        head("/login", *both, method="POST") + b"0\r\n\r\nGET /login HTTP/1.1\r\n\r\n",
        head("/login", "Content-Length: 1", "Content-Length: 2", method="POST") + b"xx",
        head("/login", "Content-Length: -1", method="POST"), head("/login", "Transfer-Encoding: x", method="POST"),
        head("/login", "Bad Header: x"), head("/login", "X: a\x00b"), head("/\xff"), head("login"),
    ):  # fmt: skip
        answer = said_to(server, wrong)
        assert re.match(rb"HTTP/1.1 (400|403|404)|reset|$", answer), (wrong[:80], answer[:80])
    assert server.say("GET", "/login").status == 200


def test_slow_clients_are_cut_off_and_hold_nobody_up(server: Server) -> None:
    server.start()
    slow = [server.connect(seconds=HEAD_SECONDS * 6) for _ in range(SLOW_CLIENTS)]
    try:
        for n, connection in enumerate(slow):
            connection.sendall((b"", b"GET /lo", b"GET /login HTTP/1.1\r\nHost: x\r\nX-A")[n % 3])
        posting = server.connect()
        posting.sendall(head("/login", "Content-Length: 100", method="POST") + b"email=")
        for _ in range(10):
            assert server.say("GET", "/login").status == 200
        time.sleep(HEAD_SECONDS / 2)
        for connection in slow[1::3]:
            connection.sendall(b"g")  # a byte now and then does not help
        assert [gone(connection) for connection in slow] == [True] * SLOW_CLIENTS
        posting.close()
        assert server.say("GET", "/login").status == 200
    finally:
        for connection in slow:
            connection.close()


def gone(connection: socket.socket) -> bool:
    """Waits until the server has closed, or its patience with the client should long be over."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


@pytest.mark.parametrize(("settings", "kept"), [("", "127.0.0.1"), ('trusted_proxies = ["127.0.0.1"]', FORGED)])
def test_forwarded_address_counts_from_configured_proxies_alone(server: Server, settings: str, kept: str) -> None:
    server.settings = settings
    server.start()
    origin = f"http://127.0.0.1:{server.port}"
    form = f"email=owner@acme.example&password={PASSWORD.replace(' ', '+')}".encode()
    headers = {"origin": origin, "x-forwarded-for": FORGED, "content-type": "application/x-www-form-urlencoded"}
    signed_in = said_to(
        server,
        head("/login", f"Host: 127.0.0.1:{server.port}", f"Content-Length: {len(form)}",
             *(f"{name}: {value}" for name, value in headers.items()), method="POST").replace(b"Host: x\r\n", b"", 1)
        + form,
    )  # fmt: skip
    assert signed_in.startswith(b"HTTP/1.1 303"), signed_in[:500]
    cookie = re.search(rb"set-cookie: ([^;]+)", signed_in)
    assert cookie
    page = server.say("GET", "/account/devices", headers={"cookie": cookie[1].decode()}).body.decode()
    assert (kept in page, ({FORGED, "127.0.0.1"} - {kept}).pop() in page) == (True, False)


def test_open_screen_outlives_the_time_that_a_head_may_take(server: Server) -> None:
    cookie = server.cookie("owner")
    server.start()
    address, origin = f"ws://127.0.0.1:{server.port}/live", f"http://127.0.0.1:{server.port}"
    with connect(address, origin=Origin(origin), additional_headers={"cookie": cookie}) as live:
        assert b"unread" in live.recv(timeout=10, decode=False)
        time.sleep(HEAD_SECONDS + 1)
        assert live.ping().wait(10)
