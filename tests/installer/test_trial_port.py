"""A trial says its link with the port that it is served on."""

import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONFIG = "boxportal.toml"


def boxportal(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "boxportal", "--data", str(data), *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=60)


def test_link_names_the_default_port(tmp_path: Path) -> None:
    done = boxportal(tmp_path / "box", "install", "--trial")
    assert done.returncode == 0, done.stderr
    assert "http://127.0.0.1:8080/hello#t=" in done.stdout


def test_chosen_port_is_kept_and_may_be_changed_later(tmp_path: Path) -> None:
    assert "127.0.0.1:9001/hello#t=" in boxportal(tmp_path, "install", "--trial", "--port", "9001").stdout
    assert "127.0.0.1:9001/hello#t=" in boxportal(tmp_path, "install", "--trial").stdout
    done = boxportal(tmp_path, "install", "--trial", "--port", "9002")
    assert "Already installed: nothing was changed." not in done.stdout
    assert "127.0.0.1:9002/hello#t=" in done.stdout
    assert "127.0.0.1:9002/hello#t=" in boxportal(tmp_path, "install", "--trial").stdout


def test_edited_configuration_is_left_alone(tmp_path: Path) -> None:
    boxportal(tmp_path, "install", "--trial")
    edited = (tmp_path / CONFIG).read_text() + "\n# ours\n"
    (tmp_path / CONFIG).write_text(edited)
    boxportal(tmp_path, "install", "--trial", "--port", "9002")
    assert (tmp_path / CONFIG).read_text() == edited


def test_lost_configuration_is_written_anew(tmp_path: Path) -> None:
    boxportal(tmp_path, "install", "--trial")
    (tmp_path / CONFIG).unlink()
    assert "127.0.0.1:9002/hello#t=" in boxportal(tmp_path, "install", "--trial", "--port", "9002").stdout
    assert '"127.0.0.1:9002"' in (tmp_path / CONFIG).read_text()


def test_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert boxportal(tmp_path, "install", "--trial", "--port", port).returncode == 0
        done = boxportal(tmp_path, "serve")
    assert done.returncode == 3
    assert done.stderr == f"Port {port} of 127.0.0.1 cannot be used: Address already in use. Choose another: --port P\n"
