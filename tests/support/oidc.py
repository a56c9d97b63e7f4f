"""A real OpenID provider of the tests' own on loopback, and one that answers with the keys and tokens it is given."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.support.live import START_SECONDS, free_port

PEOPLE = (
    {"sub": "n-1", "email": "neema@example.org", "email_verified": True, "name": "Neema Said"},
    {"sub": "u-2", "email": "unsure@example.org", "email_verified": False, "name": "Un Sure"},
)


@contextmanager
def running_provider(*people: dict[str, object]) -> Iterator[str]:
    """Start a provider with these people; gives its address."""
    port = free_port()
    claims = [word for person in people for word in ("--user-claims", json.dumps(person))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(port), *claims]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"PYTHONWARNINGS": "ignore"})
        try:
            wait_for(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(15)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx2.get(f"{address}/.well-known/openid-configuration", timeout=2)
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the provider did not start")


def agree(address: str, sub: str, *, action: str = "authorize") -> dict[str, str]:
    """What a person's browser does at the provider: agrees, and is sent back with these values."""
    answer = httpx2.post(address, data={"sub": sub, "action": action}, timeout=20)
    assert answer.status_code in (302, 303), answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


@dataclass
class Crooked:
    """A provider whose token a test writes itself. Its own key is `key`."""

    port: int = field(default_factory=free_port)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}))
    token: str = ""
    issuer_said: str = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def sign(self, claims: dict[str, object], *, key: RSAKey | None = None, algorithm: str = "RS256") -> None:
        header = {"alg": algorithm, "kid": "k1"}
        self.token = jwt.encode(header, claims, key or self.key, algorithms=[algorithm])

    def answer(self, path: str) -> dict[str, object]:
        if path.startswith("/.well-known"):
            places = {"authorization_endpoint": "/a", "token_endpoint": "/t", "jwks_uri": "/k"}
            return {"issuer": self.issuer_said or self.address, **{k: self.address + v for k, v in places.items()}}
        if path.startswith("/k"):
            return {"keys": [self.key.as_dict(private=False)]}
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.token}


@contextmanager
def running_crooked() -> Iterator[Crooked]:
    crooked = Crooked()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(crooked.answer(self.path)).encode()
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 the library's names

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", crooked.port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield crooked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
