"""A run saves and proves every company and the box itself, keeps what the rule says, and writes down how it went."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from boxportal.kernel.backup import keys, run
from boxportal.kernel.backup.age import is_too_old
from boxportal.kernel.backup.archive import header_of, unpack
from boxportal.kernel.backup.journal import Journal, Kept, Run, is_behind, keep_run, read_journal
from boxportal.kernel.backup.keep import prune, to_remove
from boxportal.kernel.backup.locking import is_running, run_lock
from boxportal.kernel.backup.names import files_in, named, newest_in
from boxportal.kernel.companies import Box
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import RuleBroken
from tests.cli.conftest import run_in
from tests.support.portal import Portal

pytestmark = pytest.mark.modules()
sqlite = pytest.mark.parametrize("backend", ["sqlite"])
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SETTINGS = '[box]\nnames = ["portal.acme.example"]\n'


def file_of(name: str, at: datetime, number: int = 0) -> str:
    return f"{name}-{at:%Y%m%d-%H%M%S}{f'-{number}' if number else ''}.bpb"


def proving(*files: str) -> Journal:
    kept = [Kept(name=one.name, file=one.file, proven=["opened"]) for file in files if (one := named(file))]
    return Journal(runs=[Run(began=NOON, ended=NOON, kept=[one]) for one in kept])


@pytest.fixture
def ready(portal: Portal) -> Path:
    """A box with settings and an authority of its own."""
    (portal.data / "boxportal.toml").write_text(SETTINGS, "utf-8")
    authority = portal.data / "certificates" / "authorities" / "0123456789abcdef"
    authority.mkdir(parents=True)
    (authority / "ca.key").write_text("a key", "utf-8")
    (portal.data / "certificates" / "lock").touch()
    return portal.data


def test_names_are_read_exactly() -> None:
    one = named("acme-2-20260701-120000-3.bpb")
    assert one is not None
    assert (one.name, one.at, one.number) == ("acme-2", NOON, 3)
    assert getattr(named("acme-20260701-120000-2.bpb"), "name", "") == "acme"
    for wrong in ("acme.bpb", "acme-20261301-120000.bpb", "acme-20260701-120000.bpb.unproven", "acme-20260701-1200.bpb",
                  "Acme-20260701-120000.bpb", "../acme-20260701-120000.bpb"):  # fmt: skip
        assert named(wrong) is None, wrong


def test_companies_whose_names_begin_alike_do_not_mix(tmp_path: Path) -> None:
    for name, days in (("acme", 3), ("acme-2", 0)):
        (tmp_path / file_of(name, NOON - timedelta(days=days))).touch()
    assert getattr(newest_in(tmp_path, "acme"), "name", "") == file_of("acme", NOON - timedelta(days=3))
    assert to_remove([one.file for one in files_in(tmp_path)], (1, 0, 0), Journal()) == []


def test_days_weeks_and_months_are_kept() -> None:
    nightly = [file_of("acme", NOON - timedelta(days=n)) for n in range(400)]
    kept = [file for file in nightly if file not in to_remove(nightly, (7, 4, 6), Journal())]
    assert kept[:7] == nightly[:7]
    months = {file[5:11] for file in kept}
    assert months == {"202607", "202606", "202605", "202604", "202603", "202602"}
    assert 7 + 2 <= len(kept) <= 7 + 4 + 6


def test_of_one_day_the_last_proven_is_kept_and_the_last_proven_of_all_never_goes() -> None:
    morning, noon = file_of("acme", NOON - timedelta(hours=4)), file_of("acme", NOON)
    assert to_remove([morning, noon], (1, 0, 0), proving(morning, noon)) == [morning]
    assert to_remove([morning, noon], (1, 0, 0), proving(morning)) == []
    old = file_of("acme", NOON - timedelta(days=90))
    newer = [file_of("acme", NOON - timedelta(days=n)) for n in range(9)]
    assert old not in to_remove([old, *newer], (2, 0, 0), proving(old))
    assert old in to_remove([old, *newer], (2, 0, 0), proving(old, newer[0]))


def test_backup_that_no_run_made_outlives_the_days() -> None:
    before, later = (
        file_of("acme", NOON - timedelta(hours=4)),
        [file_of("acme", NOON + timedelta(days=n)) for n in range(9)],
    )
    assert before not in to_remove([before, *later[:7]], (7, 0, 0), proving(*later))
    assert before in to_remove([before, *later], (7, 0, 0), proving(*later))


def test_files_of_other_names_are_left_alone(tmp_path: Path) -> None:
    for name in ("notes.txt", "acme-old.bpb", file_of("acme", NOON - timedelta(days=9)), file_of("acme", NOON)):
        (tmp_path / name).touch()
    assert prune(tmp_path, (1, 0, 0), Journal()) == [file_of("acme", NOON - timedelta(days=9))]
    assert {path.name for path in tmp_path.iterdir()} == {"notes.txt", "acme-old.bpb", file_of("acme", NOON)}


def test_run_proves_the_companies_and_the_box_and_is_written_down(ready: Path) -> None:
    answer = run_in(ready, "backup", "run", "--json")
    assert answer.code == 0, answer.out + answer.err
    journal = read_journal(ready)
    assert [kept.name for kept in journal.runs[-1].kept] == ["acme", "box"]
    assert journal.runs[-1].is_complete
    assert all(kept.proven and kept.size for kept in journal.runs[-1].kept)
    assert sorted(one.name for one in files_in(ready / "backups")) == ["acme", "box"]
    assert not is_behind(ready, journal, utcnow())
    assert run_in(ready, "status", "--json").json["data"]["backups"]["too_old"] is False


@sqlite
def test_archive_of_the_box_holds_settings_authority_and_keys_but_not_the_one_that_opens_it(ready: Path) -> None:
    keys.make_recovery_key(ready)
    assert run_in(ready, "backup", "run").code == 0
    box = newest_in(ready / "backups", "box")
    assert box is not None
    assert header_of(box).kind == "box"
    folder = ready / "look"
    folder.mkdir()
    unpack(box, [keys.box_key(ready)], folder)
    assert (folder / "settings" / "boxportal.toml").read_text("utf-8") == SETTINGS
    assert (folder / "settings" / "master.key").read_bytes() == (ready / "master.key").read_bytes()
    authority = folder / "settings" / "certificates" / "authorities" / "0123456789abcdef"
    assert (authority / "ca.key").read_text("utf-8") == "a key"
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert names == {"boxportal.toml", "master.key", "recovery.pub", "backup.pub", "companies.json", "ca.key"}
    assert json.loads((folder / "companies.json").read_text("utf-8"))["companies"][0]["name"] == "acme"
    assert run_in(ready, "backup", "verify", str(box)).code == 0
    assert run_in(ready, "backup", "restore", str(box), "--yes").code == 3


@sqlite
def test_flipped_byte_of_a_box_archive_is_found(ready: Path) -> None:
    assert run_in(ready, "backup", "run").code == 0
    box = newest_in(ready / "backups", "box")
    assert box is not None
    good = box.read_bytes()
    for at in range(0, len(good), max(1, len(good) // 40)):
        box.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        assert run_in(ready, "backup", "verify", str(box)).code == 3, at


@sqlite
def test_company_that_fails_keeps_nobody_else_from_a_backup_and_nothing_is_removed(
    ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_in(ready, "backup", "run").code == 0
    before = files_in(ready / "backups")
    proof = run.verify_backup

    def failing(path: Path, *rest: object) -> object:
        if path.name.startswith("acme-"):
            raise RuleBroken("The database in the backup is damaged.")
        return proof(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "verify_backup", failing)
    answer = run_in(ready, "backup", "run", "--json")
    assert answer.code == 3
    assert "acme: The database in the backup is damaged." in answer.json["error"]["text"]
    journal = read_journal(ready)
    assert [bool(kept.error) for kept in journal.runs[-1].kept] == [True, False]
    assert journal.last_good == journal.runs[0]
    assert set(before) <= set(files_in(ready / "backups"))
    assert len(list((ready / "backups").glob("acme-*.unproven"))) == 1
    monkeypatch.undo()
    assert run_in(ready, "backup", "run").code == 0
    assert list((ready / "backups").glob("*.unproven")) == []


@sqlite
def test_second_run_at_once_is_exit_6(ready: Path) -> None:
    with run_lock(ready):
        assert is_running(ready)
        assert run_in(ready, "backup", "run").code == 6
    assert not is_running(ready)


@sqlite
def test_run_goes_where_the_settings_say_and_keeps_what_they_say(ready: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (ready / "boxportal.toml").write_text(f'{SETTINGS}[backup]\ndir = "{other}"\nkeep = "1/0/0"\n', "utf-8")
    assert run_in(ready, "backup", "run").code == 0
    made = newest_in(other, "acme")
    assert made is not None
    old = other / file_of("acme", utcnow() - timedelta(days=40))
    shutil.copyfile(made, old)
    assert run_in(ready, "backup", "run").code == 0
    assert not old.exists()
    assert not made.exists()
    assert sorted(one.name for one in files_in(other)) == ["acme", "box"]


@sqlite
def test_age_gives_a_new_box_a_night_and_then_speaks(ready: Path) -> None:
    assert is_too_old(None, NOON)
    assert not is_too_old(None, NOON, since=NOON - timedelta(hours=35))
    assert is_too_old(NOON - timedelta(hours=37), NOON)
    now = utcnow()
    assert not is_behind(ready, Journal(), now)
    assert is_behind(ready, Journal(), now + timedelta(hours=37))
    assert not is_behind(ready / "nothing", Journal(), now)


@sqlite
def test_run_that_was_killed_is_not_a_good_one(ready: Path) -> None:
    keep_run(ready, Run(began=utcnow(), kept=[Kept(name="acme", file="x", proven=["opened"])]))
    assert read_journal(ready).last_good is None
    (ready / "backup" / "runs.json").write_text("{", "utf-8")
    assert read_journal(ready).runs == []


@sqlite
def test_no_company_is_called_as_the_box(ready: Path) -> None:
    answer = run_in(ready, "company", "create", "box")
    assert answer.code == 3
    assert "box itself" in answer.err
    box = Box.open(ready)
    assert list(box.companies) == ["acme"]
    box.close()
