"""Pre-flight: each thing that would go wrong is found before anything is asked or written, and says what mends it."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.installer.machine import FACTS

from boxportal.cli.installing import checks
from boxportal.cli.installing.answers import complete
from boxportal.cli.installing.checks import Check, check_answers, check_machine, stopping
from boxportal.cli.installing.facts import file_system, os_release, taken_ports
from boxportal.cli.installing.parts import read_parts
from boxportal.cli.installing.places import Places


def states(found: list[Check]) -> dict[str, str]:
    return {check.id: check.state for check in found}


def test_good_machine_passes_every_check(tmp_path: Path) -> None:
    assert set(states(check_machine(FACTS, Places(tmp_path))).values()) == {"ok"}


@pytest.mark.parametrize(
    ("wrong", "name", "state"),
    [
        ({"version": "11"}, "system", "stop"),
        ({"system": "fedora", "version": "44"}, "system", "stop"),
        ({"is_root": False}, "root", "stop"),
        ({"machine": "riscv64"}, "processor", "stop"),
        ({"memory": 400}, "memory", "stop"),
        ({"memory": 700}, "memory", "note"),
        ({"python": (3, 10)}, "python", "stop"),
        ({"has_venv": False}, "venv", "note"),
        ({"has_venv": False, "has_apt": False}, "venv", "stop"),
        ({"has_systemd": False}, "systemd", "stop"),
        ({"clock": 1_000_000_000.0}, "clock", "stop"),
        ({"resolves": False}, "name", "note"),
        ({"firewall": "ufw"}, "firewall", "note"),
    ],
)
def test_each_fault_of_the_machine_is_found(tmp_path: Path, wrong: dict[str, object], name: str, state: str) -> None:
    found = check_machine(replace(FACTS, **wrong), Places(tmp_path))  # type: ignore[arg-type]
    assert {key: value for key, value in states(found).items() if value != "ok"} == {name: state}
    assert all(check.fix for check in stopping(found))


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    found = check_machine(replace(FACTS, is_root=False, memory=100, has_systemd=False), Places(tmp_path))
    assert [check.id for check in stopping(found)] == ["root", "memory", "systemd"]


def test_unknown_system_may_be_insisted_on(tmp_path: Path) -> None:
    found = check_machine(replace(FACTS, system="fedora"), Places(tmp_path), force_os=True)
    assert states(found)["system"] == "note"


def test_foreign_program_in_the_way_is_left_alone(tmp_path: Path) -> None:
    command = Places(tmp_path).command
    command.parent.mkdir(parents=True)
    command.write_text("something of theirs")
    (check,) = stopping(check_machine(FACTS, Places(tmp_path)))
    assert check.fix == f"mv {command} {command}.old"


def test_taken_port_names_its_holder_and_two_ways_out(tmp_path: Path) -> None:
    facts = replace(FACTS, taken={443: "nginx"})
    answers = complete({"box.data": str(tmp_path)}, facts, read_parts())
    (check,) = stopping(check_answers(facts, answers))
    assert check.text == "Port 443 is held by nginx."
    assert "0.0.0.0:8443" in check.fix
    assert "proxy" in check.fix


def test_sqlite_is_refused_on_a_network_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "file_system", lambda _path: "nfs4")
    given = {"box.data": str(tmp_path)}
    assert [c.id for c in stopping(check_answers(FACTS, complete(given, FACTS, read_parts())))] == ["file-system"]
    other = complete({**given, "box.database": "postgresql://portal@db/portal"}, FACTS, read_parts())
    assert stopping(check_answers(FACTS, other)) == []


def test_full_disk_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "free_mb", lambda _path: 100)
    answers = complete({"box.data": str(tmp_path)}, FACTS, read_parts())
    found = [*check_machine(FACTS, Places(tmp_path)), *check_answers(FACTS, answers)]
    assert [check.id for check in stopping(found)] == ["program-disk", "data-disk"]


def test_folder_with_something_in_it_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    answers = complete({"box.data": str(tmp_path)}, FACTS, read_parts())
    assert [check.id for check in stopping(check_answers(FACTS, answers))] == ["data-folder"]


def test_data_of_a_former_box_is_taken(tmp_path: Path) -> None:
    (tmp_path / "companies" / "acme").mkdir(parents=True)
    (tmp_path / "companies" / "acme" / "company.toml").write_text('name = "acme"\n')
    answers = complete({"box.data": str(tmp_path)}, FACTS, read_parts())
    assert stopping(check_answers(FACTS, answers)) == []


def test_named_file_that_is_missing_is_found(tmp_path: Path) -> None:
    given = {"box.data": str(tmp_path), "mail.host": "mail", "mail.password_file": "/nowhere/password"}
    answers = complete(given, FACTS, read_parts())
    assert [check.id for check in stopping(check_answers(FACTS, answers))] == ["mail.password_file"]


def test_release_file_and_mounts_are_read(tmp_path: Path) -> None:
    (tmp_path / "os-release").write_text('ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04 LTS"\n')
    assert os_release(tmp_path / "os-release") == {
        "ID": "ubuntu", "VERSION_ID": "24.04", "PRETTY_NAME": "Ubuntu 24.04 LTS"
    }  # fmt: skip
    (tmp_path / "mounts").write_text(f"/dev/a / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n")
    assert file_system(tmp_path / "new" / "data", tmp_path / "mounts") == "nfs4"
    assert file_system(Path("/usr"), tmp_path / "mounts") == "ext4"


def test_holder_of_a_port_is_found(free_listener: int) -> None:
    assert taken_ports()[free_listener]
