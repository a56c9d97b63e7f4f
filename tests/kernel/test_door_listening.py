"""The port for clients of a server that runs: opened and closed at once, kept through a new start, troubles told."""

import os
import socket
import threading
import time
import urllib.error
import urllib.request

import pytest

from tests.cli.conftest import run_in
from tests.kernel.people.reading import wait_until
from tests.support.live import free_port
from tests.support.server import Server

pytestmark = [pytest.mark.modules("crm", "sales"), pytest.mark.slow]
ADDRESS = "https://clients.acme.example"


@pytest.fixture
def server(server: Server) -> Server:
    """The same, started."""
    server.start()
    return server


def status(port: int, path: str = "/healthz") -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def test_the_port_follows_the_setting_while_the_server_runs(server: Server) -> None:
    first, second = free_port(), free_port()
    assert status(first) == 0
    assert run_in(server.data, "door", "set", ADDRESS, "--listen", f"127.0.0.1:{first}").code == 0
    wait_until(lambda: status(first) == 200)
    assert status(first, "/login") == 404
    assert status(server.port, "/login") == 200
    assert run_in(server.data, "door", "set", ADDRESS, "--listen", f"127.0.0.1:{second}").code == 0
    wait_until(lambda: (status(first), status(second)) == (0, 200))
    assert run_in(server.data, "door", "close").code == 0
    wait_until(lambda: status(second) == 0)
    server.stop()
    assert "Traceback" not in server.log.read_text("utf-8")


def test_a_port_that_is_taken_is_tried_until_it_is_free(server: Server) -> None:
    port = free_port()
    assert run_in(server.data, "door", "set", ADDRESS, "--listen", f"127.0.0.1:{port}").code == 0
    wait_until(lambda: status(port) == 200)
    server.stop()
    with socket.create_server(("127.0.0.1", port)):
        server.start()
        assert status(server.port) == 200
        headers = {"cookie": server.cookie("admin")}
        wait_until(lambda: b"It is tried again all the time" in server.say("GET", "/admin/door", headers=headers).body)
    wait_until(lambda: status(port) == 200)


def test_nobody_outside_is_refused_while_the_program_starts_anew(server: Server) -> None:
    port = free_port()
    assert run_in(server.data, "door", "set", ADDRESS, "--listen", f"127.0.0.1:{port}").code == 0
    wait_until(lambda: status(port) == 200)
    assert server.process is not None
    answers: list[int] = []
    stop = threading.Event()

    def keep_asking() -> None:
        while not stop.is_set():
            answers.append(status(port))
            time.sleep(0.01)

    asking = threading.Thread(target=keep_asking)
    asking.start()
    try:
        began = server.log.read_text("utf-8").count("Started server process")
        assert run_in(server.data, "module", "disable", "sales", "crm", "--now", "--yes").code == 0
        wait_until(lambda: server.log.read_text("utf-8").count("Started server process") > began)
        wait_until(lambda: status(server.port) == 200)
    finally:
        stop.set()
        asking.join()
    assert set(answers) == {200}
    assert len(answers) > 20
    assert os.path.exists(f"/proc/{server.process.pid}")  # noqa: PTH110 the same process
