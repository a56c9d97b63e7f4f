"""A second server on the same data."""

import subprocess
import time

import pytest
from tests.support.live import free_port
from tests.support.server import Server, environment

pytestmark = pytest.mark.modules()
REFUSES_WITHIN = 15  # three times what is promised, for the machine may be busy


def test_second_server_refuses_with_one_sentence_and_the_first_goes_on(server: Server) -> None:
    server.start()
    began = time.monotonic()
    second = subprocess.run(
        server.command("--port", str(free_port())), env=environment(), capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    took = time.monotonic() - began
    assert second.returncode == 3, second.stderr
    assert second.stdout == ""
    assert len(second.stderr.splitlines()) == 1
    assert str(server.data) in second.stderr
    assert str(server.process and server.process.pid) in second.stderr
    assert took < REFUSES_WITHIN
    assert server.say("GET", "/readyz").status == 200
    assert server.say("GET", "/login").status == 200


def test_lock_of_a_killed_server_holds_nobody_back(server: Server) -> None:
    server.start()
    server.kill()
    server.start()
    assert server.say("GET", "/readyz").status == 200
