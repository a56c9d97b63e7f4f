"""A portal that really serves: `boxportal serve` in a process of its own, and Chromium pages signed in to it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from boxportal.kernel.companies import Box, Company
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.identity.sessions import start_session
from boxportal.sdk.clock import utcnow

START_SECONDS = 120  # machines may be very busy
STOP_SECONDS = 15
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@dataclass
class LivePortal:
    """A company that is served on a port of its own."""

    data: Path
    port: int
    cast: dict[str, int]
    chromium: Browser
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def company(self) -> Company:
        return Box.open(self.data).get(None)

    def page(self, who: str = "", *, size: dict[str, int] | None = None) -> Page:
        """A page of somebody's browser, signed in when `who` is one of the cast.

        What it complains of fails the test.
        """
        settings: dict[str, Any] = {"viewport": size or DESK, "reduced_motion": "reduce"}
        context = self.chromium.new_context(base_url=self.url, **settings)
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        if who:
            context.add_cookies([{"name": f"bp_{self.port}", "value": self.cookie(who), "url": self.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        return page

    def cookie(self, who: str) -> str:
        company = self.company
        with write_session(company.engines) as db:
            secret = start_session(db, self.cast[who], utcnow(), agent="Chromium", address="127.0.0.1")
        company.engines.dispose()
        return secret


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(data: Path, log: Path) -> Iterator[int]:
    """Run `boxportal serve` on a free port until the block ends."""
    port = free_port()
    (data / "boxportal.toml").write_text(
        f'[box]\nlisten = "127.0.0.1:{port}"\nnames = ["127.0.0.1:{port}"]\n[tls]\nmode = "off"\n', "utf-8"
    )
    command = [sys.executable, "-m", "boxportal", "serve", "--data", str(data)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        wait_for(port, process, log)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start: {log.read_text('utf-8')[-2000:]}")
