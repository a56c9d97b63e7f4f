"""A server that is really served: modules are switched and its process starts anew while people go on working."""

import asyncio
import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from boxportal.kernel import renewal
from boxportal.kernel.companies import Box
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.identity.sessions import start_session
from boxportal.kernel.web import traffic
from boxportal.sdk.clock import utcnow
from tests.cli.conftest import run_in
from tests.conftest import Template, company_copy
from tests.support.extra_modules import installed_extras
from tests.support.live import serving
from tests.support.portal import Portal

pytestmark = [pytest.mark.modules(), pytest.mark.slow]


@pytest.fixture(autouse=True, scope="module")
def extras() -> Iterator[None]:
    with installed_extras():
        yield


@dataclass
class Served:
    """A running `boxportal serve` on a test's company, and the cookie of somebody who is signed in."""

    data: Path
    port: int
    cookie: str

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path, headers={"cookie": f"bp_{self.port}={self.cookie}"})
            return connection.getresponse().status
        finally:
            connection.close()

    def screen(self) -> ClientConnection:
        """An open screen of the person."""
        headers = {"cookie": f"bp_{self.port}={self.cookie}"}
        origin = f"http://127.0.0.1:{self.port}"
        where = f"ws://127.0.0.1:{self.port}/live"
        return connect(where, additional_headers=headers, origin=origin)  # type: ignore[arg-type]  # a plain string


@pytest.fixture
def data(
    backend: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    templates: Callable[[str, tuple[str, ...]], Template],
) -> Iterator[Path]:
    """A company that nobody serves."""
    with company_copy(backend, request, tmp_path / "data", templates) as (folder, _cast):
        yield folder


@pytest.fixture
def server(data: Path, tmp_path: Path) -> Iterator[Served]:
    """The same, served. A traceback in the server's log fails the test."""
    box = Box.open(data)
    with write_session(box.get(None).engines) as db:
        cookie = start_session(db, 2, utcnow(), agent="test", address="127.0.0.1")
    box.close()
    log = tmp_path / "serve.log"
    with serving(data, log) as port:
        yield Served(data, port, cookie)
    assert "Traceback" not in log.read_text("utf-8")


@dataclass
class Load:
    """Keeps asking a page, from several threads, and notes what did not go well."""

    server: Served
    path: str
    wanted: set[int]
    done: int = 0
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._ask) for _ in range(4)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        while not self._stop.wait(0.2):
            began = time.monotonic()
            try:
                status = self.server.get(self.path)
            except OSError as error:
                self.wrong.append(repr(error))
                continue
            self.done += 1
            self.slowest = max(self.slowest, time.monotonic() - began)
            if status not in self.wanted:
                self.wrong.append(str(status))


def name_of(server: Served) -> str:
    """What the serving process calls itself."""
    state = run_in(server.data, "status", "--json").json["data"]["companies"][0]
    assert len(state["servers"]) == 1
    return str(state["servers"][0]["process"])


def test_process_starts_anew_twice_without_a_failed_request(server: Served) -> None:
    first = name_of(server)
    with Load(server, "/inbox", {200}) as load:
        for _ in range(2):
            assert run_in(server.data, "module", "enable", "notes").code == 0
            answer = run_in(server.data, "module", "disable", "notes", "--yes", "--now", "--json")
            assert (answer.code, answer.json["data"]["renewed"]) == (0, 1), answer.err
        while load.done < 160:
            time.sleep(0.1)
    assert load.wrong == []
    second = name_of(server)
    assert second != first
    assert second.partition("@")[0] == first.partition("@")[0], "the process has another number"
    assert "Another server serves" in run_in(server.data, "serve", "--port", str(server.port)).err


def test_open_screens_are_told_that_the_server_comes_back(server: Served) -> None:
    with server.screen() as screen:
        assert "unread" in str(screen.recv(timeout=10))
        run_in(server.data, "module", "disable", "notes", "--yes", "--now")
        with pytest.raises(ConnectionClosed) as closed:
            listen_to_the_end(screen)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
    with server.screen() as screen:
        assert "unread" in str(screen.recv(timeout=20))


def listen_to_the_end(screen: ClientConnection) -> None:
    while True:
        screen.recv(timeout=20)


def test_toggling_fifty_times_fails_no_request_and_signs_nobody_out(server: Served) -> None:
    """Under 20 requests a second and more, to a page of the kernel and to one of the module itself."""
    with Load(server, "/inbox", {200}) as calm, Load(server, "/notes", {200, 404}) as module:
        for turn in range(50):
            verb = ["enable", "notes"] if turn % 2 == 0 else ["disable", "notes", "--yes"]
            assert run_in(server.data, "module", *verb).code == 0
    assert calm.wrong == []
    assert module.wrong == []
    assert calm.done > 50
    assert server.get("/inbox") == 200


def test_killed_in_the_middle_a_switch_leaves_old_or_new_and_a_repetition_heals(data: Path) -> None:
    """The command is killed at moments spread over its run; what it left is always one state or the other."""
    command = [sys.executable, "-m", "boxportal", "--data", str(data), "module"]
    began = time.monotonic()
    subprocess.run([*command, "enable", "notes"], check=True, capture_output=True)
    whole = time.monotonic() - began
    for step in range(6):
        verb = ["disable", "notes", "--yes"] if step % 2 == 0 else ["enable", "notes"]
        with subprocess.Popen([*command, *verb], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(whole * (0.45 + 0.09 * step))
            os.kill(process.pid, signal.SIGKILL)
        assert stands(data) in {("on", 2), ("off", 2), ("off", 0)}
        assert run_in(data, "module", *verb).code == 0
        assert stands(data) == (("off", 0) if step % 2 == 0 else ("on", 2))


def stands(data: Path) -> tuple[str, int]:
    """The module's state and the number of its tables."""
    listed = run_in(data, "module", "list", "--json").json["data"]["modules"]
    notes = next(m for m in listed if m["id"] == "notes")
    return notes["state"], notes["tables"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_unused_code_makes_the_server_start_anew_once_and_not_while_an_upload_runs(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def restart() -> None:
        asked.append("restart")

    monkeypatch.setattr(renewal, "IDLE_AFTER", 0.0)
    monkeypatch.setattr(traffic, "LONG_SECONDS", 0.0)
    roads = traffic.Traffic()
    watch = renewal.Renewal(portal.box, roads, restart)
    asyncio.run(watch.look("nobody"))
    assert run_in(portal.data, "module", "enable", "notes").code == 0
    asyncio.run(watch.look("nobody"))
    assert run_in(portal.data, "module", "disable", "notes", "--yes").code == 0
    upload = roads.begin()
    asyncio.run(watch.look("nobody"))
    assert asked == []
    roads.end(upload)
    asyncio.run(watch.look("nobody"))
    asyncio.run(watch.look("nobody"))
    assert asked == ["restart"]
    assert roads.closing
