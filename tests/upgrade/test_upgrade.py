"""An upgrade ends with the new version, or with the old one and its data: whatever fails, or is killed."""

import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, inspect, select
from sqlalchemy.engine import make_url
from tests.cli.conftest import run_in
from tests.conftest import Template, company_copy
from tests.support.bundles import manifest_of, write_to
from tests.support.releases import NEW, OLD, AtBoot, QuickMachine, bare_release

from boxportal.cli.acting import boxed
from boxportal.cli.output import Globals
from boxportal.kernel.backup import tables as _tables  # noqa: F401 imported before a process is forked
from boxportal.kernel.bundle.keys import SigningKey
from boxportal.kernel.bundle.release import Release
from boxportal.kernel.companies import Box, Company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.identity.models import Team
from boxportal.kernel.upgrade import change as change_module
from boxportal.kernel.upgrade import child, walk
from boxportal.kernel.upgrade.change import Change, Step
from boxportal.kernel.upgrade.data import database_for, settle
from boxportal.kernel.upgrade.journal import Journal, Phase, alone, at_start, read_journal, write_journal
from boxportal.kernel.upgrade.machine import Installed, Systemd
from boxportal.kernel.upgrade.program import VARIABLE, Program, in_order
from boxportal.sdk.errors import Busy, RolledBack, RuleBroken, Stuck

pytestmark = pytest.mark.modules()
KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))
Templates = Callable[[str, tuple[str, ...]], Template]


@pytest.fixture
def data(backend: str, request: pytest.FixtureRequest, tmp_path: Path, templates: Templates) -> Iterator[Path]:
    with company_copy(backend, request, tmp_path / "data", templates) as (folder, _):
        yield folder


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    program = Program(tmp_path / "program")
    program.use(bare_release(program, OLD))
    monkeypatch.setenv(VARIABLE, str(program.root))
    write_to(tmp_path / "new.bundle", tmp_path / "files", manifest_of(tmp_path / "files", NEW), KEY)
    return program


@pytest.fixture
def machine(program: Program, data: Path) -> QuickMachine:
    return QuickMachine(program, data)


def upgrading(machine: QuickMachine) -> Change:
    journal = Journal(former=OLD, wanted=NEW, started_at="2026-11-25T12:00:00")
    return Change(machine, journal, lambda *_: None, machine.program.root.parent / "new.bundle", [KEY.public], 0)


def going_back(machine: QuickMachine) -> Change:
    return Change(machine, Journal(act="rollback", former=NEW, wanted=OLD), lambda *_: None, patience=0)


def resuming(machine: Installed) -> Change:
    journal = read_journal(machine.program.journal)
    assert journal is not None
    return Change(machine, journal, lambda *_: None, patience=0)


def teams(data: Path) -> set[str]:
    company = Box.open(data).get(None)
    with read_session(company.engines) as db:
        found = set(db.scalars(select(Team.name)))
    company.engines.dispose()
    return found


def write_team(data: Path, name: str) -> None:
    company = Box.open(data).get(None)
    with write_session(company.engines) as db:
        db.add(Team(name=name))
    company.engines.dispose()


def is_newer(data: Path) -> bool:
    company = Box.open(data).get(None)
    with company.engines.reader.connect() as connection:
        found = inspect(connection).has_table("core_probe")
    company.engines.dispose()
    return found


def left_behind(data: Path) -> list[str]:
    """What lies in the company's folder that is no part of it."""
    known = {"company.db", "company.db-wal", "company.db-shm", "company.toml", "files", "secrets"}
    return sorted(p.name for p in (data / "companies" / "acme").iterdir() if p.name not in known)


def require_old(machine: QuickMachine) -> None:
    """See that all is as it was before the upgrade."""
    assert machine.program.current().version == OLD
    assert machine.serving == [OLD]
    assert not is_newer(machine.data)
    assert "Written before" in teams(machine.data)
    assert left_behind(machine.data) == []
    assert not (machine.program.releases / NEW).exists()
    require_over(machine)


def require_new(machine: QuickMachine) -> None:
    assert machine.program.current().version == NEW
    assert machine.serving == [NEW]
    assert is_newer(machine.data)
    assert "Written before" in teams(machine.data)
    require_over(machine)


def require_over(machine: QuickMachine) -> None:
    program = machine.program
    assert at_start(program.journal, program.lock) is None
    assert walk.resume(resuming(machine)) == "Nothing was broken off."


@pytest.mark.parametrize("backend", ["sqlite"])
def test_good_upgrade_brings_the_new_release_with_its_tables(machine: QuickMachine) -> None:
    write_team(machine.data, "Written before")
    for earlier in ("0.8.0", "0.9.0"):
        bare_release(machine.program, earlier)
    walk.go(upgrading(machine))
    require_new(machine)
    assert sorted(p.name for p in machine.program.releases.iterdir()) == [OLD, NEW]
    assert left_behind(machine.data) == [f".before-{NEW}.db"]


@pytest.mark.postgres
@pytest.mark.parametrize("backend", ["postgres"])
def test_on_postgres_data_comes_back_after_a_failure_and_by_rollback(machine: QuickMachine) -> None:
    write_team(machine.data, "Written before")
    machine.broken.add("health")
    with pytest.raises(RolledBack):
        walk.go(upgrading(machine))
    require_old(machine)
    machine.broken.clear()
    walk.go(upgrading(machine))
    require_new(machine)
    write_team(machine.data, "Written since")
    walk.go(going_back(machine))
    assert not is_newer(machine.data)
    assert teams(machine.data) >= {"Written before"}
    assert "Written since" not in teams(machine.data)
    require_over(machine)


@pytest.mark.parametrize("broken", ["doctor", "load", "scratch", "rehearse:migrate", "backup"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_failure_before_people_wait_changes_nothing(machine: QuickMachine, broken: str) -> None:
    write_team(machine.data, "Written before")
    machine.broken.add(broken)
    with pytest.raises(RuleBroken, match="Nothing was changed") as failed:
        walk.go(upgrading(machine))
    assert not isinstance(failed.value, RolledBack)
    require_old(machine)


@pytest.mark.parametrize("broken", ["begin", "migrate:migrate", "take", "start", "health", f"{NEW} /crm/deals", "rows"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_failure_after_people_wait_brings_the_old_release_and_its_data_back(machine: QuickMachine, broken: str) -> None:
    write_team(machine.data, "Written before")
    machine.broken.add(broken)
    with pytest.raises(RolledBack, match="serves again, with the data as it was"):
        walk.go(upgrading(machine))
    require_old(machine)
    machine.broken.clear()
    write_team(machine.data, "Written after the failure")
    walk.go(upgrading(machine))
    require_new(machine)
    assert "Written after the failure" in teams(machine.data)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_lost_row_is_a_failure(machine: QuickMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    write_team(machine.data, "Written before")
    begin = machine.restart

    def lose(self: QuickMachine) -> None:
        begin()
        if self.serving == [NEW]:
            company = Box.open(self.data).get(None)
            with write_session(company.engines) as db:
                db.change(delete(Team).where(Team.name == "Written before"))
            company.engines.dispose()

    monkeypatch.setattr(QuickMachine, "restart", lose)
    with pytest.raises(RolledBack, match="core_team"):
        walk.go(upgrading(machine))
    require_old(machine)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("second", ["put_back", "serve"])
def test_way_back_that_fails_too_names_the_command_that_goes_on(machine: QuickMachine, second: str) -> None:
    write_team(machine.data, "Written before")
    machine.broken.update({"health", second})
    with pytest.raises(Stuck) as stuck:
        walk.go(upgrading(machine))
    assert stuck.value.fix == "boxportal upgrade resume"
    with pytest.raises(RuleBroken, match="broken off"):
        at_start(machine.program.journal, machine.program.lock)
    machine.broken.discard(second)
    walk.resume(resuming(machine))
    require_old(machine)


def killed_at(change: Change, name: str, *, after: bool) -> None:
    """Walk in a process of its own that is killed at a step: before it begins, or after it is done."""
    steps = walk.STEPS[change.journal.act]

    def dying(step: Step) -> Step:
        def do(change: Change) -> None:
            if after:
                step.do(change)
            os.kill(os.getpid(), signal.SIGKILL)

        return Step(step.name, step.title, step.phase, do, step.undo) if step.name == name else step

    child = os.fork()
    if child == 0:
        walk.STEPS = {change.journal.act: tuple(map(dying, steps))}
        walk.go(change)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("name", [step.name for step in walk.STEPS["upgrade"]])
def test_killed_upgrade_is_ended_by_resume(machine: QuickMachine, name: str, *, after: bool) -> None:
    write_team(machine.data, "Written before")
    killed_at(upgrading(machine), name, after=after)
    journal = read_journal(machine.program.journal)
    assert journal is not None
    machine.serving[:] = [OLD if journal.phase == "preparing" else NEW if journal.phase == "done" else "rest"]
    walk.resume(resuming(machine))
    (require_new if journal.phase in ("trying", "done") else require_old)(machine)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("name", ["unpack", "backup", "stop", "migrate", "switch", "start", "health", "keep"])
def test_start_after_a_power_cut_in_an_upgrade_comes_back_to_a_whole_state(machine: QuickMachine, name: str) -> None:
    write_team(machine.data, "Written before")
    killed_at(upgrading(machine), name, after=True)
    boot = AtBoot(machine.program, machine.data)
    walk.resume(resuming(boot), at_start=True)
    machine.restart()
    (require_new if name == "keep" else require_old)(machine)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("name", ["start", "switch", "migrate", "stop", "unpack"])
def test_killed_way_back_is_ended_by_resume(machine: QuickMachine, name: str) -> None:
    write_team(machine.data, "Written before")
    change = upgrading(machine)
    machine.broken.add("health")

    def dying(step: Step) -> Step:
        def undo(change: Change) -> None:
            step.undo(change)
            os.kill(os.getpid(), signal.SIGKILL)

        return Step(step.name, step.title, step.phase, step.do, undo) if step.name == name else step

    child = os.fork()
    if child == 0:
        walk.STEPS = {"upgrade": tuple(map(dying, walk.STEPS["upgrade"]))}
        walk.go(change)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    machine.serving[:] = ["rest"]
    walk.resume(resuming(machine))
    require_old(machine)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_rollback_brings_the_former_release_with_its_data(machine: QuickMachine) -> None:
    write_team(machine.data, "Written before")
    walk.go(upgrading(machine))
    write_team(machine.data, "Written since")
    walk.go(going_back(machine))
    assert machine.program.current().version == OLD
    assert machine.serving == [OLD]
    assert not is_newer(machine.data)
    assert "Written before" in teams(machine.data)
    assert "Written since" not in teams(machine.data)
    require_over(machine)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_rollback_that_fails_leaves_the_new_release_with_its_data(machine: QuickMachine) -> None:
    write_team(machine.data, "Written before")
    walk.go(upgrading(machine))
    write_team(machine.data, "Written since")
    machine.broken.add("old")
    with pytest.raises(RolledBack):
        walk.go(going_back(machine))
    require_new(machine)
    assert "Written since" in teams(machine.data)
    machine.broken.clear()
    walk.go(going_back(machine))
    assert machine.serving == [OLD]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("name", [step.name for step in walk.STEPS["rollback"]])
def test_killed_rollback_is_ended_by_resume(machine: QuickMachine, name: str) -> None:
    write_team(machine.data, "Written before")
    walk.go(upgrading(machine))
    write_team(machine.data, "Written since")
    killed_at(going_back(machine), name, after=True)
    machine.serving[:] = ["rest"] if name not in ("look", "keep") else machine.serving
    walk.resume(resuming(machine))
    is_back = name in ("start", "health", "keep")
    assert machine.program.current().version == (OLD if is_back else NEW)
    assert ("Written since" in teams(machine.data)) is not is_back
    assert is_newer(machine.data) is not is_back


@pytest.mark.parametrize("backend", ["sqlite"])
def test_rollback_is_refused_when_a_company_was_made_since(machine: QuickMachine) -> None:
    walk.go(upgrading(machine))
    other = machine.data / "companies" / "globex"
    shutil.copytree(machine.data / "companies" / "acme", other, ignore=shutil.ignore_patterns(".before-*"))
    (other / "company.toml").write_text((other / "company.toml").read_text().replace("acme", "globex"))
    with pytest.raises(RuleBroken, match="globex"):
        walk.go(going_back(machine))
    assert machine.program.current().version == NEW


def test_two_upgrades_at_once_are_refused(program: Program) -> None:
    with alone(program.lock), pytest.raises(Busy), alone(program.lock):
        pass


def test_server_rests_only_while_the_upgrade_lives(program: Program) -> None:
    journal = Journal(former=OLD, wanted=NEW, phase="resting", step="migrate")
    program.journal.write_text(journal.model_dump_json())
    with alone(program.lock):
        found = at_start(program.journal, program.lock)
    assert found is not None
    assert found.phase == "resting"
    with pytest.raises(RuleBroken, match="boxportal upgrade resume"):
        at_start(program.journal, program.lock)


def test_versions_stand_in_their_order() -> None:
    versions = ["0.9", "0.10.dev1", "0.10a2", "0.10b1", "0.10rc1", "0.10", "0.10.post1", "0.10.1", "1.0.0", "1.0.1"]
    assert sorted({*versions}, key=in_order) == versions
    assert in_order("1.0") == in_order("1.0.0")


def test_what_a_release_can_not_do_is_one_sentence(tmp_path: Path) -> None:
    release = Release("1.0", tmp_path)
    release.python.parent.mkdir(parents=True)
    for said, told in (("echo '{\"error\": \"no room\"}'; exit 1", "no room"), ("echo oh >&2; exit 1", "oh"),
                       ("echo nonsense; exit 1", "without a word")):  # fmt: skip
        release.python.write_text(f"#!/bin/sh\n{said}\n")
        release.python.chmod(0o755)
        with pytest.raises(RuleBroken, match=told):
            child.ask(release, tmp_path, "look")
    release.python.write_text("#!/bin/sh\necho before; echo '{\"rows\": {}}'\n")
    assert child.ask(release, tmp_path, "rows", company="acme") == {"rows": {}}


def test_database_that_somebody_has_open_is_not_settled(tmp_path: Path) -> None:
    file = tmp_path / "company.db"
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("CREATE TABLE line (id INTEGER)")
        with pytest.raises(RuleBroken, match="still has"):
            settle(file)
    settle(file)


def test_commands_wait_while_an_upgrade_goes_on(program: Program, tmp_path: Path) -> None:
    journal = Journal(former=OLD, wanted=NEW, phase="resting", step="migrate")
    program.journal.write_text(journal.model_dump_json())
    with alone(program.lock), pytest.raises(Busy, match="upgrade status"), boxed(Globals(data=tmp_path)):
        pass
    program.journal.write_text(journal.model_copy(update={"phase": "done"}).model_dump_json())
    with boxed(Globals(data=tmp_path)):
        pass


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("lasting", [False, True])
def test_journal_that_can_not_be_written_keeps_nothing_from_being_undone(
    machine: QuickMachine, monkeypatch: pytest.MonkeyPatch, *, lasting: bool
) -> None:
    write_team(machine.data, "Written before")
    failed = 0

    def full(path: Path, journal: Journal) -> None:
        nonlocal failed
        if journal.phase == "done" or (journal.phase == "returning" and lasting):
            failed += 1
            raise OSError(28, "No space left on device")
        write_journal(path, journal)

    monkeypatch.setattr(change_module, "write_journal", full)
    with pytest.raises(RolledBack, match="No space left"):
        walk.go(upgrading(machine))
    assert failed == 1 + lasting
    require_old(machine)


@pytest.mark.parametrize("phase", ["done", "preparing"])
def test_what_is_left_to_tidy_keeps_no_service_from_starting(program: Program, tmp_path: Path, phase: Phase) -> None:
    program.journal.write_text(Journal(former="0.1", wanted="0.2", phase=phase, step="keep").model_dump_json())
    assert run_in(tmp_path, "upgrade", "resume", "--at-start").code == 0


def test_database_of_a_kept_state_has_one_name_at_every_try() -> None:
    def named(database: str, label: str) -> str:
        company = SimpleNamespace(
            name="a-c", key=b"k", engines=SimpleNamespace(url=make_url(f"postgresql://u@h/{database}"))
        )
        return database_for(cast("Company", company), label)

    name = named("acme", "before-1.1.0")
    assert name == named("acme", "before-1.1.0")
    assert name.startswith("boxportal_a_c_before_1_1_0_")
    assert named(name, "before-1.1.0") != name
    assert len(named("acme", f"before-1{'0' * 40}")) <= 63


def test_service_that_hangs_is_a_failure(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(command: list[str], **given: float) -> None:
        raise subprocess.TimeoutExpired(command, given["timeout"])

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(RuleBroken, match="within 180 seconds"):
        Systemd(program, tmp_path).stop()
