"""What `sh installer/trial.sh` and `sh installer/test.sh` answer before they touch anything."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run_script(
    name: str, *arguments: str, root: Path = ROOT, path: str | None = None
) -> subprocess.CompletedProcess[str]:
    environment = os.environ | ({"PATH": path} if path else {})
    environment.pop("BOXPORTAL_PYTHON", None)
    command = ["/bin/sh", str(root / "installer" / name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--port", "no"], "The port must be a number from 1 to 65535, not 'no'."),
        (["--port", "0"], "The port must be a number from 1 to 65535, not '0'."),
        (["--port", "65536"], "The port must be a number from 1 to 65535, not '65536'."),
        (["--port=-1"], "The port must be a number from 1 to 65535, not '-1'."),
        (["--port", "999999999999999999999"], "The port must be a number from 1 to 65535"),
        (["--port"], "--port needs a value."),
        (["--data="], "--data needs a value."),
        (["--everything"], "There is no option --everything."),
        (["crm"], "There is no option crm."),
    ],
)
def test_wrong_option_is_named_and_ends_with_two(arguments: list[str], sentence: str) -> None:
    done = run_script("trial.sh", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("name", ["trial.sh", "test.sh"])
def test_help_names_every_option(name: str) -> None:
    done = run_script(name, "--help")
    assert done.returncode == 0
    text = (ROOT / "installer" / name).read_text()
    options = {
        line.split(")")[0].strip() for line in text.splitlines() if line.strip().startswith("--") and ")" in line
    }
    assert all(option.split("=")[0] in done.stdout for option in options)


@pytest.fixture
def bare_checkout(tmp_path: Path) -> Path:
    """A checkout with the scripts and a path on which there is no Python and no apt-get."""
    shutil.copytree(ROOT / "installer", tmp_path / "checkout" / "installer")
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("basename", "cat", "dirname", "grep", "id", "mkdir", "rm", "sh"):
        (tools / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    return tmp_path


def test_missing_python_is_said_and_nothing_is_made(bare_checkout: Path) -> None:
    done = run_script("trial.sh", root=bare_checkout / "checkout", path=str(bare_checkout / "bin"))
    assert done.returncode == 3
    assert "No Python 3.11, 3.12 or 3.13 was found." in done.stderr
    assert "Do: install one" in done.stderr
    assert not (bare_checkout / "checkout" / ".venv").exists()


def test_python_without_venv_names_the_package(bare_checkout: Path) -> None:
    python = bare_checkout / "bin" / "python3"
    python.write_text("#!/bin/sh\ncase $2 in *ensurepip*) exit 1 ;; *) exit 0 ;; esac\n")
    python.chmod(0o755)
    done = run_script("trial.sh", root=bare_checkout / "checkout", path=str(bare_checkout / "bin"))
    assert done.returncode == 3
    assert "python3-venv" in done.stderr
    assert not (bare_checkout / "checkout" / ".venv").exists()


def test_foreign_environment_is_left_alone(bare_checkout: Path) -> None:
    kept = bare_checkout / "checkout" / ".venv" / "mine"
    kept.parent.mkdir()
    kept.write_text("something")
    done = run_script("trial.sh", root=bare_checkout / "checkout", path=str(bare_checkout / "bin"))
    assert done.returncode == 6
    assert "was not made here" in done.stderr
    assert kept.read_text() == "something"
