"""Guards that ask the running server: good with ours, red with one that is really broken."""

import fcntl
import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from boxportal.kernel import cookies
from boxportal.kernel.certificates.folder import Folder
from boxportal.kernel.companies import Box, Company
from boxportal.kernel.protection.model import Level
from boxportal.kernel.web.headers import POLICY
from boxportal.sdk.clock import utcnow
from tests.kernel.protection.looking import level, seen
from tests.support.live import free_port
from tests.support.portal import Portal
from tests.support.server import Server

pytestmark = [pytest.mark.modules(), pytest.mark.parametrize("backend", ["sqlite"])]
ASKED = ("page-policy", "forgery", "ports")


@dataclass(frozen=True)
class Served:
    """The company of a server in a process of its own."""

    company: Company


def test_our_own_server_is_good_and_a_stopped_one_not_measured(server: Server, backend: str) -> None:
    assert backend == "sqlite"
    served = Served(Box.open(server.data).get(None))
    assert {name: level(served, name) for name in ASKED} == dict.fromkeys(ASKED, Level.UNKNOWN)
    server.start()
    assert {name: level(served, name) for name in ASKED} == dict.fromkeys(ASKED, Level.GOOD)
    server.stop()
    assert {name: level(served, name) for name in ASKED} == dict.fromkeys(ASKED, Level.UNKNOWN)
    served.company.engines.dispose()


class Broken(BaseHTTPRequestHandler):
    """A server that takes forged forms and sends no policy, or the one that the test wants."""

    policy = ""
    insists = ""

    def do_GET(self) -> None:
        self._say()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self._say()

    def _say(self) -> None:
        self.send_response(200)
        if self.policy:
            self.send_header("Content-Security-Policy", self.policy)
            self.send_header("X-Content-Type-Options", "nosniff")
        if self.insists:
            self.send_header("Strict-Transport-Security", self.insists)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_anything: object) -> None:
        """Say nothing."""


@contextmanager
def broken_server(data: Path, *, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A broken server in the place of ours: it holds the data folder's lock and the configured port."""
    lock = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    port = free_port()
    mode = "own-ca" if tls else "off"
    (data / "boxportal.toml").write_text(
        f'[box]\nlisten = "127.0.0.1:{port}"\nnames = ["127.0.0.1:{port}"]\n[tls]\nmode = "{mode}"\n', "utf-8"
    )
    with ThreadingHTTPServer(("127.0.0.1", port), Broken) as serving:
        if tls:
            serving.socket = tls.wrap_socket(serving.socket, server_side=True)
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield port
        finally:
            serving.shutdown()
            thread.join()
            os.close(lock)


def test_pages_without_a_policy_or_with_a_weak_one(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    with broken_server(portal.data):
        assert level(portal, "page-policy") is Level.OPEN
        monkeypatch.setattr(Broken, "policy", POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"))
        assert level(portal, "page-policy") is Level.OPEN
        monkeypatch.setattr(Broken, "policy", POLICY)
        assert level(portal, "page-policy") is Level.GOOD


def test_forged_form_that_is_taken(portal: Portal) -> None:
    with broken_server(portal.data):
        assert level(portal, "forgery") is Level.OPEN


def test_port_that_nobody_set(portal: Portal) -> None:
    """The test's own process is the server here, and may have ports of its own besides."""
    with broken_server(portal.data):
        with ThreadingHTTPServer(("127.0.0.1", 0), Broken) as forgotten:
            found = seen(portal, "ports")
        assert (found.level, f"127.0.0.1:{forgotten.server_port}" in str(found.said)) == (Level.WEAK, True)
        assert f"127.0.0.1:{forgotten.server_port}" not in str(seen(portal, "ports").said)


def certificate(folder: Path, days: int) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that ends in so many days."""
    key, now = ec.generate_private_key(ec.SECP256R1()), utcnow()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "portal.test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days, hours=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{days}.pem"
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(plain + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.mark.parametrize(("days", "found"), [(-2, Level.OPEN), (5, Level.WEAK), (200, Level.GOOD)])
def test_certificate_that_ended_or_ends_soon(portal: Portal, tmp_path: Path, days: int, found: Level) -> None:
    with broken_server(portal.data, tls=certificate(tmp_path, days)):
        assert level(portal, "https") is found


def test_browsers_that_insist_on_encryption_or_do_not(
    portal: Portal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert portal.browser("admin").post("/admin/protection/insist/on").status_code == 409  # nothing is encrypted
    with broken_server(portal.data, tls=certificate(tmp_path, 100)):
        assert level(portal, "insist") is Level.NOTE
        monkeypatch.setattr(Broken, "insists", "max-age=0")
        assert level(portal, "insist") is Level.NOTE
        monkeypatch.setattr(Broken, "insists", "max-age=2592000")
        assert level(portal, "insist") is Level.GOOD
        assert portal.browser("admin").post("/admin/protection/insist/on").status_code == 303
    state = Folder(portal.data).state()
    assert state.hsts == {"own-ca": True}


def test_cookie_that_scripts_can_read(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert level(portal, "cookie") is Level.NOTE  # over plain http
    (portal.data / "boxportal.toml").write_text('[tls]\nmode = "own-ca"\n', "utf-8")
    assert level(portal, "cookie") is Level.GOOD
    monkeypatch.setattr(cookies, "session_cookie", lambda *_asked: "bp_8080=secret; Path=/; SameSite=lax")
    assert level(portal, "cookie") is Level.OPEN
