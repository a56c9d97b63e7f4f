"""The one client for HTTP, against servers that really answer: what it reaches, what it refuses, what it bears."""

import asyncio
import http.server
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import pytest
from sqlalchemy import select

from boxportal.kernel.database.engines import read_session, writing
from boxportal.kernel.outbound.book import Book
from boxportal.kernel.outbound.client import Client
from boxportal.kernel.outbound.guard import is_of_this_machine
from boxportal.kernel.outbound.models import OutgoingCall
from boxportal.kernel.outbound.wire import MOST_BYTES
from boxportal.kernel.talks import write_down
from boxportal.sdk.errors import NotAllowed, NotReached
from tests.kernel.people.reading import wait_until
from tests.support.mail_server import certificate
from tests.support.mail_server import serving as mail_serving
from tests.support.portal import Portal

SITE = "site.example"
INSIDE = [
    "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://localhost/",
    "http://0/", "http://0.0.0.0/", "http://[::1]/", "http://[::]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/", "http://[64:ff9b:1::7f00:1]/", "http://[64:ff9b:1:a00:0:100:808:808]/",
    "http://[2002:7f00:1::]/", "http://[fd00::1]/",
    "http://10.0.0.1/", "http://172.16.1.1/", "http://192.168.1.1/", "http://100.64.0.1/", "http://169.254.169.254/",
    "http://[fe80::1]/", "http://224.0.0.1/", "http://[ff02::1]/", "http://255.255.255.255/", "http://240.0.0.1/",
    "http://198.18.0.1/", "http://[::127.0.0.1]/",
]  # fmt: skip
NO_ADDRESS = [
    "", "site.example", "//site.example/", "ftp://site.example/", "file:///etc/passwd", "gopher://site.example/",
    "http://", "http:///x", "http://me@site.example/", "http://me:pw@site.example/", "http://site.example\\@127.0.0.1/",
    "http://site.example/\r\nHost: x", "http://site.example/ x", "http://site.example:99999/", "http://[::1/",
]  # fmt: skip


@dataclass
class Seen:
    """A server that a test runs, and the requests that reached it."""

    port: int = 0
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


Reply = Callable[[http.server.BaseHTTPRequestHandler], None]


@contextmanager
def site(
    reply: Reply, *, address: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[Seen]:
    seen = Seen()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen.asked.append((self.command, self.path, headers, self.rfile.read(length)))
            try:
                reply(self)
            except OSError:  # the client went away, as it should
                self.close_connection = True

        do_POST = do_GET  # noqa: N815 the library's name

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer((address, port), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that refuses TLS is no error here
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    seen.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()


def says(text: bytes = b"hello", status: int = 200, **headers: str) -> Reply:
    def reply(to: http.server.BaseHTTPRequestHandler) -> None:
        to.send_response(status)
        for name, value in headers.items():
            to.send_header(name.replace("_", "-"), value)
        to.send_header("content-length", str(len(text)))
        to.end_headers()
        to.wfile.write(text)

    return reply


def leads_to(url: Callable[[int], str], status: int = 302) -> Reply:
    def reply(to: http.server.BaseHTTPRequestHandler) -> None:
        says(b"", status, location=url(int(to.path.strip("/") or 0)))(to)

    return reply


def client(seen: Seen, *more: Seen, addresses: Sequence[str] = ("127.0.0.1",), **other: object) -> Client:
    """May reach the tests' servers, by names that this resolver alone knows."""
    allowed = frozenset(f"{name}:{one.port}" for one in (seen, *more) for name in (SITE, "other.example", "localhost"))
    settings: dict[str, object] = {"resolve": lambda _host, _port: addresses, "seconds": 5.0}
    return Client("test", frozenset(), allowed, Book(), on_this_machine=True, **(settings | other))  # type: ignore[arg-type]


def strict(*, allowed: frozenset[str] = frozenset(), own_ports: frozenset[int] = frozenset()) -> Client:
    """As the product makes it."""
    return Client("test", own_ports, allowed, Book())


def test_what_is_asked_for_comes_back_whole_and_is_noted() -> None:
    with site(says(b"hello", x_more="1")) as seen:
        fetch = client(seen)
        got = fetch(
            f"http://{SITE}:{seen.port}/a/b?c=d", headers={"X-Key": "k", "Host": "evil.example", "Cookie": "x=y"}
        )
    assert (got.status, got.body, got.headers["x-more"]) == (200, b"hello", "1")
    method, path, headers, _body = seen.asked[0]
    assert (method, path, headers["host"], headers["x-key"]) == ("GET", "/a/b?c=d", f"{SITE}:{seen.port}", "k")
    assert "cookie" not in headers
    (call,) = fetch.book.take()
    assert (call.host, call.port, call.address, call.result, call.purpose) == (
        SITE,
        seen.port,
        "127.0.0.1",
        "done",
        "test",
    )
    assert call.received > 5
    assert call.sent > 0


def test_a_body_is_sent() -> None:
    with site(says(b"", 404)) as seen:
        got = client(seen)(f"http://{SITE}:{seen.port}/", method="POST", body=b"{}")
    assert got.status == 404
    assert (seen.asked[0][0], seen.asked[0][3]) == ("POST", b"{}")


@pytest.mark.parametrize("url", INSIDE)
def test_no_spelling_of_an_inner_address_is_asked(url: str) -> None:
    fetch = strict()
    with pytest.raises(NotAllowed):
        fetch(url)
    assert [call.result for call in fetch.book.take()] == ["refused"]


@pytest.mark.parametrize("url", NO_ADDRESS)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(NotReached):
        strict()(url)


def test_an_unusual_port_and_this_machine_stay_shut_whatever_is_allowed() -> None:
    with site(says()) as canary:
        with pytest.raises(NotAllowed, match="Port"):
            strict()(f"http://93.184.215.14:{canary.port}/")
        here = f"127.0.0.1:{canary.port}"
        with pytest.raises(NotAllowed):
            strict(allowed=frozenset({here}))(f"http://{here}/")
    assert canary.asked == []
    assert is_of_this_machine(ip_address("127.0.0.1"))
    assert not is_of_this_machine(ip_address("93.184.215.14"))


def test_a_name_is_looked_up_once_so_that_a_second_answer_changes_nothing() -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"]])
    with site(says(b"first")) as seen, site(says(b"second"), address="127.0.0.2", port=seen.port) as rebound:
        got = client(seen, resolve=lambda _host, _port: next(answers))(f"http://{SITE}:{seen.port}/")
    assert got.body == b"first"
    assert rebound.asked == []
    assert next(answers) == ["127.0.0.2"]


def test_a_name_with_one_forbidden_address_is_refused_whole() -> None:
    with site(says()) as seen:
        for addresses in (["127.0.0.1", "169.254.169.254"], ["::ffff:169.254.169.254", "127.0.0.1"]):
            with pytest.raises(NotAllowed):
                client(seen, addresses=addresses)(f"http://{SITE}:{seen.port}/")
    assert seen.asked == []


def test_the_next_address_is_asked_when_one_does_not_listen() -> None:
    with site(says(b"second"), address="127.0.0.3") as seen:
        got = client(seen, addresses=["127.0.0.2", "127.0.0.3"])(f"http://{SITE}:{seen.port}/")
    assert got.body == b"second"


@pytest.mark.parametrize(
    "goal",
    ["http://169.254.169.254/latest/", "http://[::1]/", "http://localhost/", "//10.0.0.1/", "file:///etc/passwd"],
)
def test_a_redirect_to_the_inside_is_refused(goal: str) -> None:
    with site(leads_to(lambda _number: goal)) as seen:
        resolve = {SITE: ["127.0.0.1"], "localhost": ["127.0.0.1"]}
        fetch = client(seen, resolve=lambda host, _port: resolve.get(host, [host]))
        with pytest.raises(NotAllowed):
            fetch(f"http://{SITE}:{seen.port}/")
    assert len(seen.asked) == 1


def test_three_redirects_are_followed_and_no_more() -> None:
    def next_page(number: int) -> str:
        return f"/{number + 1}"

    def reply(to: http.server.BaseHTTPRequestHandler) -> None:
        (says(b"end") if to.path == "/3" else leads_to(next_page))(to)

    with site(reply) as seen:
        assert client(seen)(f"http://{SITE}:{seen.port}/0").body == b"end"
    with site(leads_to(next_page)) as seen, pytest.raises(NotReached, match="from one address to the next"):
        client(seen)(f"http://{SITE}:{seen.port}/0")
    assert len(seen.asked) == 4


def test_a_redirect_elsewhere_takes_no_key_and_no_body_along() -> None:
    with site(says(b"there")) as other, site(leads_to(lambda _n: f"http://other.example:{other.port}/")) as seen:
        fetch = client(seen, other)
        fetch(f"http://{SITE}:{seen.port}/", method="POST", headers={"Authorization": "Bearer k"}, body=b"secret")
    method, _path, headers, body = other.asked[0]
    assert (method, body, "authorization" in headers) == ("GET", b"", False)
    assert [call.host for call in fetch.book.take()] == [SITE, "other.example"]


def test_an_answer_without_end_is_cut_off() -> None:
    def reply(to: http.server.BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        to.end_headers()
        for _ in range(10_000):
            to.wfile.write(b"x" * 65536)

    with site(reply) as seen:
        fetch = client(seen)
        with pytest.raises(NotReached, match="5 MB"):
            fetch(f"http://{SITE}:{seen.port}/")
    (call,) = fetch.book.take()
    assert call.result == "failed"
    assert call.received < MOST_BYTES * 1.2


def test_what_comes_packed_is_not_unpacked() -> None:
    with site(says(b"\x1f\x8b", content_encoding="gzip")) as seen:
        with pytest.raises(NotReached, match="not asked for"):
            client(seen)(f"http://{SITE}:{seen.port}/")
        assert seen.asked[0][2]["accept-encoding"] == "identity"


@pytest.mark.parametrize("in_head", [True, False])
def test_an_answer_that_drips_ends_in_time(*, in_head: bool) -> None:
    def reply(to: http.server.BaseHTTPRequestHandler) -> None:
        to.wfile.write(b"HTTP/1.1 200 OK\r\nX: " if in_head else b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(100):
            to.wfile.write(b"x")
            time.sleep(0.1)

    with site(reply) as seen:
        begun = time.monotonic()
        with pytest.raises(NotReached, match="does not answer"):
            client(seen, seconds=0.8)(f"http://{SITE}:{seen.port}/")
        assert time.monotonic() - begun < 4


def test_a_server_that_is_not_there_and_one_that_talks_nonsense_are_plain_sentences() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        seen = Seen(gone.getsockname()[1])
    with pytest.raises(NotReached, match="does not answer"):
        client(seen)(f"http://{SITE}:{seen.port}/")
    with (
        site(lambda to: to.wfile.write(b"SSH-2.0-x\r\n") and None) as seen,
        pytest.raises(NotReached, match="ended the connection"),
    ):
        client(seen)(f"http://{SITE}:{seen.port}/")


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with site(says(b"proxy")) as proxy, site(says(b"direct")) as seen:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert client(seen)(f"http://{SITE}:{seen.port}/").body == b"direct"
    assert proxy.asked == []


def test_https_is_for_the_name_though_the_connection_is_to_an_address(tmp_path: Path) -> None:
    served, file = certificate(tmp_path)
    trusting = {"tls": lambda: ssl.create_default_context(cafile=str(file))}
    with site(says(b"sealed"), tls=served) as seen:
        assert client(seen, **trusting)(f"https://localhost:{seen.port}/").body == b"sealed"
        for name, more in (("other.example", trusting), ("localhost", {})):
            with pytest.raises(NotReached, match="encrypted"):
                client(seen, **more)(f"https://{name}:{seen.port}/")
    assert len(seen.asked) == 1


def test_from_https_no_redirect_leads_to_http(tmp_path: Path) -> None:
    served, file = certificate(tmp_path)
    with site(says()) as plain, site(leads_to(lambda _n: f"http://{SITE}:{plain.port}/"), tls=served) as seen:
        fetch = client(seen, plain, tls=lambda: ssl.create_default_context(cafile=str(file)))
        with pytest.raises(NotAllowed, match="without encryption"):
            fetch(f"https://localhost:{seen.port}/")
    assert plain.asked == []


def test_inside_a_loop_it_can_not_be_called() -> None:
    async def wrong() -> None:
        strict()("http://93.184.215.14/")

    with pytest.raises(RuntimeError):
        asyncio.run(wrong())


def calls(portal: Portal) -> list[OutgoingCall]:
    with read_session(portal.company.engines) as db:
        return list(db.scalars(select(OutgoingCall).order_by(OutgoingCall.id)))


def test_the_page_shows_nothing_by_default_and_then_each_connection(portal: Portal) -> None:
    admin = portal.browser("admin")
    assert "talked to nobody" in admin.get("/admin/outgoing").text
    with mail_serving() as server:
        fields = {"host": "127.0.0.1", "port": str(server.port), "security": "none", "sender": "portal@acme.example"}
        assert admin.post("/admin/mail", fields).status_code == 303
        assert admin.post("/admin/mail/test", {"to": "admin@acme.example"}).status_code == 200
    wait_until(lambda: len(calls(portal)) == 1)
    (mail,) = calls(portal)
    assert (mail.purpose, mail.host, mail.port, mail.address, mail.result) == (
        "core.mail", "127.0.0.1", server.port, "127.0.0.1", "done",
    )  # fmt: skip
    assert mail.sent > 200
    assert mail.received > 20
    with writing(portal.company.engines) as session, session.begin():
        fetch = portal.ctx(session).fetcher("test.look")
    with pytest.raises(NotAllowed):
        fetch("http://169.254.169.254/latest/meta-data/")
    write_down(portal.company)
    page = admin.get("/admin/outgoing").text
    assert f"127.0.0.1:{server.port}" in page
    assert "169.254.169.254:80" in page
    assert "Refused" in page
    assert portal.browser("head").get("/admin/outgoing").status_code == 404


def test_an_administrator_allows_a_machine_of_the_own_network_and_takes_it_back(portal: Portal) -> None:
    admin = portal.browser("admin")
    for wrong in ("printer.local", "printer.local:0", "http://printer.local:80", "a b:80", ":80", ""):
        assert admin.post("/admin/outgoing/allow", {"target": wrong}).status_code == 422, wrong
    assert admin.post("/admin/outgoing/allow", {"target": "Printer.local:8080"}).status_code == 303
    assert "printer.local:8080" in admin.get("/admin/outgoing").text
    with writing(portal.company.engines) as session, session.begin():
        fetch = portal.ctx(session).fetcher("test.look")
    assert isinstance(fetch, Client)
    assert fetch.allowed == {"printer.local:8080"}
    assert admin.post("/admin/outgoing/forbid", {"target": "printer.local:8080"}).status_code == 303
    assert admin.post("/admin/outgoing/forbid", {"target": "printer.local:8080"}).status_code == 404


def test_a_name_server_that_is_silent_holds_nobody_longer_than_the_call_may_take() -> None:
    def silent(_host: str, _port: int) -> Sequence[str]:
        time.sleep(3)
        return ["93.184.215.14"]

    began = time.monotonic()
    with pytest.raises(NotReached):
        Client("test", frozenset(), frozenset(), Book(), resolve=silent, seconds=0.3)("http://acme.example/")
    assert time.monotonic() - began < 2
