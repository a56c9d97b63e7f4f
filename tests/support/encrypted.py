"""A portal that really serves https, asked by clients that trust its authority and nothing else."""

import http.client
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from boxportal.kernel.certificates.folder import Folder
from tests.support.live import START_SECONDS, STOP_SECONDS, free_port
from tests.support.portal import PASSWORD
from tests.support.server import environment

WAIT_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """What the server answered, and the certificate (DER) that it showed."""

    status: int
    headers: http.client.HTTPMessage
    text: str
    shown: bytes = b""


@dataclass
class Encrypted:
    """A data folder, the process that serves it, its two ports, and the cookie of who is signed in."""

    data: Path
    log: Path
    mode: str = "own-ca"
    more: str = ""
    port: int = field(default_factory=free_port)
    plain: int = field(default_factory=free_port)
    cookie: str = ""
    process: subprocess.Popen[bytes] | None = None

    @property
    def folder(self) -> Folder:
        return Folder(self.data)

    @property
    def authority(self) -> Path:
        return self.folder.authorities()[0]

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "boxportal", *words, "--data", str(self.data)]

    def start(self) -> None:
        names = f'listen = "127.0.0.1:{self.port}"\nnames = ["portal.lan:{self.port}", "127.0.0.1:{self.port}"]\n'
        tls = f'mode = "{self.mode}"\nplain_port = {self.plain}\n{self.more}'
        (self.data / "boxportal.toml").write_text(f"[box]\n{names}\n[tls]\n{tls}", "utf-8")
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(self.command("serve"), stdout=output, stderr=output, env=environment())
        self.wait(lambda: self.ask("/healthz", trusted=None).status == 200, START_SECONDS)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGKILL)
                self.process.wait()

    def wait(self, is_so: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text("utf-8")[-2000:]
            try:
                if is_so():
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError(self.log.read_text("utf-8")[-2000:])

    def trusting(self, authority: Path | None) -> ssl.SSLContext:
        """How a device sees the server; one that trusts nothing does not check (None)."""
        context = ssl.create_default_context(cafile=str(authority)) if authority else ssl.create_default_context()
        if authority is None:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    def ask(
        self, path: str, form: str | None = None, *, trusted: Path | None, headers: dict[str, str] | None = None
    ) -> Answer:
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=self.trusting(trusted))
        try:
            return self._said(connection, path, form, headers or {})
        finally:
            connection.close()

    def ask_plain(self, path: str, form: str | None = None, headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.plain, timeout=30)
        try:
            return self._said(connection, path, form, headers or {})
        finally:
            connection.close()

    def _said(
        self, connection: http.client.HTTPConnection, path: str, form: str | None, headers: dict[str, str]
    ) -> Answer:
        connection.connect()
        shown = connection.sock.getpeercert(binary_form=True) if isinstance(connection.sock, ssl.SSLSocket) else b""
        sent = headers | ({"cookie": f"__Host-bp={self.cookie}"} if self.cookie else {})
        if form is not None:
            sent |= {"content-type": "application/x-www-form-urlencoded", "origin": f"https://127.0.0.1:{self.port}"}
        connection.request("GET" if form is None else "POST", path, form, sent)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read().decode(errors="replace"), shown or b"")

    def sign_in(self, email: str) -> Answer:
        """Sign in by the page's own form."""
        answer = self.ask("/login", f"email={email}&password={PASSWORD.replace(' ', '+')}", trusted=self.authority)
        found = re.match(r"__Host-bp=([^;]+);", answer.headers.get("set-cookie", ""))
        self.cookie = found.group(1) if found else ""
        return answer


@dataclass(frozen=True)
class Given:
    """A certificate that an administrator has, with its key."""

    cert: Path
    key: Path

    @property
    def der(self) -> bytes:
        return ssl.PEM_cert_to_DER_cert(self.cert.read_text("ascii"))


def certificate_for(home: Path, name: str, *, days: int = 30, kind: str = "ec") -> Given:
    """A certificate that openssl makes, of a firm's own."""
    given = Given(home / f"{name}.pem", home / f"{name}.key")
    curve = ("-pkeyopt", "ec_paramgen_curve:P-256") if kind == "ec" else ()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", kind, *curve, "-nodes", "-keyout", str(given.key),
         "-out", str(given.cert), "-days", str(days), "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return given
