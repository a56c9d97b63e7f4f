"""A command asks the server of its data folder, wherever that answers."""

import json
from pathlib import Path

import pytest

from boxportal.kernel.own_server import ask, ask_until_ready, what_is_not_ready, where
from tests.support.live import free_port
from tests.support.server import Server

pytestmark = pytest.mark.modules()


def test_server_is_asked_where_it_said_that_it_answers(server: Server) -> None:
    server.start()
    said = where(server.data)
    assert (said.port, said.tls) == (server.port, False)
    answer = ask_until_ready(server.data, seconds=30)
    assert (answer.status, what_is_not_ready(answer)) == (200, [])
    assert ask(server.data, "/nothing-here").status == 404


def test_server_that_is_down_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "boxportal.toml").write_text(f'[box]\nlisten = "127.0.0.1:{free_port()}"\n', "utf-8")
    answer = ask(tmp_path)
    assert (answer.status, answer.is_good) == (None, False)
    assert answer.said


def test_half_written_note_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "serving.json").write_text(json.dumps({"port": 1})[:5], "utf-8")
    assert where(tmp_path).port == 8080
