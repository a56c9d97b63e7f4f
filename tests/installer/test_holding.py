"""Ports that the service manager holds are taken from it, and root's commands leave root's rights."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from boxportal.cli.stepping_down import step_down
from boxportal.kernel import config
from boxportal.sdk.errors import RuleBroken

ROOT = Path(__file__).parents[2]
CODE = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid() + int(sys.argv[3])), LISTEN_FDS="1", LISTEN_FDNAMES="x")
from boxportal.cli.holding import listen
from boxportal.sdk.errors import RuleBroken
try:
    taken = listen("127.0.0.1", int(sys.argv[2]))
    print(taken.fileno(), os.get_inheritable(3), sorted(set(os.environ) & {"LISTEN_PID", "LISTEN_FDS"}))
except RuleBroken:
    print("in use")
"""


def taken_by(opened: socket.socket, *, other: int = 0) -> str:
    """What a process says that was handed the port; with `other` it was meant for another process."""
    descriptor = opened.fileno()
    command = [sys.executable, "-c", CODE, str(descriptor), str(opened.getsockname()[1]), str(other)]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment, pass_fds=[descriptor], timeout=60
    )
    return done.stdout.strip()


def test_port_that_was_handed_over_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        assert taken_by(opened) == "3 False []"


def test_port_that_is_meant_for_another_process_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        assert taken_by(opened, other=1) == "in use"


def test_rights_are_kept_where_the_data_is_nobody_elses(tmp_path: Path) -> None:
    before = os.geteuid()
    assert not step_down("status", tmp_path)
    assert not step_down("status", tmp_path / "missing")
    assert not step_down("install", tmp_path)
    assert os.geteuid() == before


def test_a_broken_settings_file_is_still_the_installed_boxs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, data = tmp_path / "etc", tmp_path / "data"
    settings.mkdir()
    (settings / "boxportal.toml").write_text(f'[box]\ndata = "{data}"\nlisten = \n', "utf-8")
    monkeypatch.setattr(config, "INSTALLED", settings)
    assert config.settings_folder(data) == settings
    with pytest.raises(RuleBroken, match="TOML"):
        config.load_config(data)
