"""A server in a process of its own that a test may kill, starve and speak to by raw bytes."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from boxportal.kernel.companies import Box
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.identity.models import ApiToken
from boxportal.kernel.identity.sessions import TOKEN_PREFIX, digest, start_session
from boxportal.sdk.clock import utcnow
from tests.support.live import STOP_SECONDS, free_port, wait_for


@dataclass(frozen=True)
class Said:
    """What the server answered; status 0 when it did not."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> dict[str, object]:
        read: dict[str, object] = json.loads(self.body)
        return read


@dataclass
class Server:
    """A data folder and the process that serves it, on one port through all restarts.

    `under` is a program that starts it, and must not take its place.
    """

    data: Path
    log: Path
    cast: dict[str, int]
    settings: str = ""
    port: int = field(default_factory=free_port)
    under: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        names = f'listen = "127.0.0.1:{self.port}"\nnames = ["127.0.0.1:{self.port}"]\n'
        names += "" if "api_per_minute" in self.settings else "api_per_minute = 0\n"  # tests ask oftener than programs
        (self.data / "boxportal.toml").write_text(f'[box]\n{names}{self.settings}\n[tls]\nmode = "off"\n', "utf-8")
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*self.under, *self.command()], stdout=output, stderr=output, env=environment()
            )
        wait_for(self.port, self.process, self.log)

    def command(self, *more: str) -> list[str]:
        return [sys.executable, "-m", "boxportal", "serve", "--data", str(self.data), *more]

    def kill(self) -> None:
        """As a power cut does: without a word."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def token(self, who: str) -> str:
        """A key to the API of one of the cast."""
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        company = Box.open(self.data).get(None)
        with write_session(company.engines) as db:
            row = ApiToken(person_id=self.cast[who], name=who, scopes=["all:write"], created_at=utcnow(),
                           token_hash=digest(secret))  # fmt: skip
            db.add(row)
        company.engines.dispose()
        return secret

    def cookie(self, who: str) -> str:
        company = Box.open(self.data).get(None)
        with write_session(company.engines) as db:
            secret = start_session(db, self.cast[who], utcnow(), agent="test", address="127.0.0.1")
        company.engines.dispose()
        return f"bp_{self.port}={secret}"

    def say(
        self,
        method: str,
        path: str,
        *,
        json_body: object = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        seconds: float = 10,
    ) -> Said:
        """One request, one answer."""
        sent, more = body, dict(headers or {})
        if json_body is not None:
            sent, more["content-type"] = json.dumps(json_body).encode(), "application/json"
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", sent, more, method=method)
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310 as above
                return Said(answer.status, answer.read(), dict(answer.headers.items()))
        except urllib.error.HTTPError as error:
            with error:
                return Said(error.code, error.read(), dict(error.headers.items()))
        except (OSError, ValueError, HTTPException):  # the last: an answer that ends in the middle
            return Said(0)

    def connect(self, seconds: float = 10) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
