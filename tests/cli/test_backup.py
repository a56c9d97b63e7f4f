"""`boxportal backup` and `status`."""

import os
from pathlib import Path

import pytest

from boxportal.cli.holding import take_lock
from tests.cli.conftest import Run, run_in
from tests.support.portal import Portal

pytestmark = pytest.mark.modules()


def test_backup_is_made_listed_proven_and_restored_on_a_bare_machine(portal: Portal, run: Run, tmp_path: Path) -> None:
    assert "No backups in" in (empty := run("backup", "list").out)
    assert "boxportal --data FOLDER backup list" in empty
    printed = run("backup", "key").out
    assert "AGE-SECRET-KEY-1" in printed
    assert run("backup", "key").code == 3
    made = run("backup", "create", "--json")
    assert (made.code, made.json["warnings"]) == (0, [])
    file = made.json["data"]["file"]
    assert [b["file"] for b in run("backup", "list", "--json").json["data"]["backups"]] == [file]
    assert run("backup", "verify", file).code == 0
    bare = tmp_path / "bare"
    assert run_in(bare, "backup", "restore", file).code == 3
    assert run_in(bare, "backup", "restore", file, "--key-stdin", stdin="nonsense").code == 2
    answer = run_in(bare, "backup", "restore", file, "--key-stdin", stdin=printed)
    assert answer.code == 0, answer.err
    assert run_in(bare, "company", "list", "--json").json["data"]["companies"][0]["people"] == 5


def test_backup_without_a_recovery_key_says_so(run: Run) -> None:
    answer = run("backup", "create")
    assert answer.code == 0
    assert "Only this machine can open its backups" in answer.err
    assert " backup key" in answer.err.partition("Do: boxportal")[2]


def test_restore_refuses_while_a_server_runs_and_without_consent(portal: Portal, run: Run) -> None:
    file = run("backup", "create", "--json").json["data"]["file"]
    assert run("backup", "restore", file, "--no-input").code == 2
    lock = take_lock(portal.data)
    try:
        answer = run("backup", "restore", file, "--yes")
    finally:
        os.close(lock)
    assert answer.code == 3
    assert "Another server serves" in answer.err


def test_wrong_files_are_one_sentence(portal: Portal, run: Run) -> None:
    other = portal.data / "other.bpb"
    other.write_bytes(b"not a backup")
    for verb in ("verify", "restore"):
        assert run("backup", verb, str(portal.data / "missing.bpb"), "--yes").code == 5
        answer = run("backup", verb, str(other), "--yes")
        assert (answer.code, answer.err.count("\n")) == (3, 1)


def test_status_names_the_server_and_what_is_on(run: Run) -> None:
    state = run("status", "--json").json["data"]["companies"][0]
    assert len(state["servers"]) == 1
    assert state["servers"][0]["applied"] == state["revision"]
    assert state["servers"][0]["memory_bytes"] > 1_000_000
