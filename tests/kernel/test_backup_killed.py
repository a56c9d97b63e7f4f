"""Backup and restore are killed in the middle: what stands there afterwards is whole, and a repetition heals."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from boxportal.kernel.backup.journal import read_journal
from boxportal.kernel.backup.locking import is_running
from boxportal.kernel.backup.names import newest_in
from boxportal.kernel.companies import Box
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.files.blobs import store
from boxportal.kernel.tables import Setting
from tests.cli.conftest import run_in
from tests.conftest import Template, company_copy

pytestmark = [pytest.mark.modules(), pytest.mark.slow]
STEPS = 6


@pytest.fixture
def data(
    request: pytest.FixtureRequest, tmp_path: Path, templates: Callable[[str, tuple[str, ...]], Template]
) -> Iterator[Path]:
    """A company on SQLite that nobody serves, with a few megabytes of files."""
    with company_copy("sqlite", request, tmp_path / "data", templates) as (folder, _cast):
        box = Box.open(folder)
        for number in range(8):
            with Path("/dev/urandom").open("rb") as noise:
                content = tmp_path / f"noise{number}"
                content.write_bytes(noise.read(3_000_000))
            with content.open("rb") as source:
                store(box.get(None).files, source, limit=10_000_000)
        box.close()
        yield folder


def kill_at(data: Path, seconds: float, *arguments: str) -> None:
    command = [sys.executable, "-m", "boxportal", "--data", str(data), *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        time.sleep(seconds)
        os.kill(process.pid, signal.SIGKILL)


def length_of(data: Path, *arguments: str) -> float:
    began = time.monotonic()
    command = [sys.executable, "-m", "boxportal", "--data", str(data), *arguments]
    subprocess.run(command, check=True, capture_output=True)
    return time.monotonic() - began


def set_mark(data: Path, value: str) -> None:
    box = Box.open(data)
    with write_session(box.get(None).engines) as db:
        row = db.get(Setting, "core.mark")
        if row is None:
            db.add(Setting(key="core.mark", value={"is": value}))
        else:
            row.value = {"is": value}
    box.close()


def mark_in(data: Path) -> object:
    box = Box.open(data)
    with read_session(box.get("acme").engines) as db:
        row = db.get(Setting, "core.mark")
    box.close()
    return row.value["is"] if row else None


def test_killed_backup_leaves_whole_ones_only(data: Path) -> None:
    whole = length_of(data, "backup", "create")
    for step in range(STEPS):
        kill_at(data, whole * (0.4 + 0.1 * step), "backup", "create")
    for path in (data / "backups").glob("*.bpb"):
        assert run_in(data, "backup", "verify", str(path)).code == 0
    assert run_in(data, "backup", "create").code == 0
    assert [p.name for p in (data / "backups").iterdir() if p.suffix != ".bpb"] == []


def test_killed_restore_leaves_what_was_or_what_shall_be(data: Path) -> None:
    set_mark(data, "backed up")
    file = run_in(data, "backup", "create", "--json").json["data"]["file"]
    whole = length_of(data, "backup", "restore", file, "--yes")
    for step in range(STEPS):
        set_mark(data, "now")
        kill_at(data, whole * (0.4 + 0.1 * step), "backup", "restore", file, "--yes")
        assert mark_in(data) in ("now", "backed up")
        assert run_in(data, "status").code == 0
    assert run_in(data, "backup", "restore", file, "--yes").code == 0
    assert mark_in(data) == "backed up"
    assert [p.name for p in (data / "companies").iterdir() if p.name.endswith((".restored", ".tmp"))] == []


def test_killed_run_leaves_whole_backups_and_a_journal_that_can_be_read(data: Path) -> None:
    """How often it is killed says `BACKUP_KILLS`; at what moment, chance: the moments of a run are spread over it."""
    whole = length_of(data, "backup", "run")
    kills = int(os.environ.get("BACKUP_KILLS", "3"))
    for step in range(kills):
        kill_at(data, whole * (0.3 + 0.7 * step / kills), "backup", "run")
        assert read_journal(data).runs, "the journal is whole at every moment"
        assert not is_running(data), "the lock dies with the process"
    for path in (data / "backups").glob("*.bpb"):
        assert run_in(data, "backup", "verify", str(path)).code == 0, path
    assert run_in(data, "backup", "run").code == 0
    assert read_journal(data).runs[-1].is_good
    assert [p.name for p in (data / "backups").iterdir() if p.suffix != ".bpb"] == []
    assert [p.name for p in (data / "backup").iterdir() if p.name.endswith(".tmp")] == []


def test_killed_restore_of_a_box_is_healed_by_the_same_command(data: Path) -> None:
    set_mark(data, "backed up")
    assert run_in(data, "backup", "run").code == 0
    box = str(newest_in(data / "backups", "box"))
    words = ("backup", "restore", "--box", box, "--yes")
    whole = length_of(data, *words)
    kills = int(os.environ.get("BACKUP_KILLS", "2"))
    for step in range(kills):
        set_mark(data, "now")
        kill_at(data, whole * (0.4 + 0.6 * step / kills), *words)
        assert mark_in(data) in ("now", "backed up")
        assert run_in(data, "status").code == 0
    assert run_in(data, *words).code == 0
    assert mark_in(data) == "backed up"
    assert [p.name for p in data.iterdir() if p.name.endswith((".restored", ".tmp"))] == []
