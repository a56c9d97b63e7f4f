"""The page of backups: runs, targets, the kit, a file to take away; the night's run; the notice; the card on Home."""

import asyncio
import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.backup import keys
from boxportal.kernel.backup.journal import Kept, Run, keep_run, read_journal
from boxportal.kernel.backup.locking import is_running
from boxportal.kernel.backup.names import newest_in
from boxportal.kernel.backup.nightly import TOO_OLD, Nightly, is_due, latest, tell_if_too_old
from boxportal.kernel.backup.targets.model import Target, read_targets, write_targets
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.notify.models import InboxNotice
from boxportal.sdk.clock import shifted, utcnow
from tests.cli.conftest import run_in
from tests.kernel.test_fresh_proof import stale
from tests.support.portal import Portal

pytestmark = pytest.mark.modules()
sqlite = pytest.mark.parametrize("backend", ["sqlite"])
PAGE = "/admin/backups"


def until(holds: Callable[[], bool], seconds: float = 90) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.1)


def has_good_run(data: Path) -> bool:
    return read_journal(data).last_good is not None


def actions(portal: Portal) -> list[str]:
    with read_session(portal.company.engines) as db:
        return list(db.scalars(select(AuditLine.action)))


@sqlite
def test_only_administrators_of_the_box_find_the_page(portal: Portal) -> None:
    assert portal.browser("owner").get(PAGE).status_code == 404
    page = portal.browser("admin").get(PAGE)
    assert page.status_code == 200
    assert "There is no recovery key" in page.text
    assert "No backup was made yet" in page.text


@sqlite
def test_back_up_now_runs_beside_the_server_and_shows_how_it_went(portal: Portal) -> None:
    admin = portal.browser("admin")
    begun = admin.post(f"{PAGE}/run")
    assert begun.status_code == 303
    assert "A backup is being made" in admin.get(begun.headers["location"]).text
    until(lambda: has_good_run(portal.data))
    run = read_journal(portal.data).runs[-1]
    assert run.by == "page"
    text = admin.get(f"{PAGE}/state").text
    assert "Proven" in text
    assert "acme" in text
    assert "settings and keys" in text
    assert {"core.backup.run", "core.backup.create"} <= set(actions(portal))


@sqlite
def test_file_is_taken_away_whole_and_no_other_file_is(portal: Portal) -> None:
    assert run_in(portal.data, "backup", "run").code == 0
    path = newest_in(portal.data / "backups", "acme")
    assert path is not None
    admin = portal.browser("admin")
    assert path.name in admin.get(PAGE).text
    answer = admin.post(f"{PAGE}/download", {"file": path.name})
    assert answer.content == path.read_bytes()
    assert answer.headers["content-disposition"].startswith("attachment")
    (portal.data / "backups" / "notes.txt").write_text("x", "utf-8")
    (portal.data / "backups" / "acme-20200101-000000.bpb").symlink_to(portal.data / "master.key")
    for wrong in (
        "notes.txt",
        "../master.key",
        "/etc/passwd",
        "acme-20200101-000000.bpb",
        "box-20200101-000000.bpb",
        "",
    ):
        assert admin.post(f"{PAGE}/download", {"file": wrong}).status_code in (404, 422), wrong
    assert actions(portal).count("core.backup.download") == 1


@sqlite
def test_old_proof_is_asked_for_before_a_file_a_kit_or_a_key(portal: Portal) -> None:
    assert run_in(portal.data, "backup", "run").code == 0
    path = newest_in(portal.data / "backups", "acme")
    assert path is not None
    admin = stale(portal, "admin")
    assert "/confirm" in admin.get(f"{PAGE}/kit").headers["location"]
    for act, fields in (("download", {"file": path.name}), ("kit/key", {})):
        asked = admin.post(f"{PAGE}/{act}", fields)
        assert asked.status_code == 403
        assert 'action="/confirm"' in asked.text
    assert not keys.has_recovery_key(portal.data)


@sqlite
def test_kit_says_what_a_bare_machine_needs_and_shows_a_new_key_once(portal: Portal) -> None:
    assert run_in(portal.data, "backup", "run").code == 0
    write_targets(portal.data, [Target(name="nas", where="sftp://keeper@nas.example/copies")])
    box = newest_in(portal.data / "backups", "box")
    admin = portal.browser("admin")
    text = admin.get(f"{PAGE}/kit").text
    assert box is not None
    for said in (f"restore --box {box.name}", "sftp://keeper@nas.example/copies", str(portal.data / "backups")):
        assert said in text
    made = admin.post(f"{PAGE}/kit/key")
    assert made.status_code == 200
    secret = keys.PRINTED.findall(made.text)[0]
    assert keys.PRINTED.findall(admin.get(f"{PAGE}/kit").text) == []
    assert "Nobody can show it again" in admin.get(f"{PAGE}/kit").text
    assert "core.backup.key" in actions(portal)
    assert "sftp://keeper@nas.example/copies" in run_in(portal.data, "backup", "kit").out
    write_targets(portal.data, [])
    assert run_in(portal.data, "backup", "run").code == 0
    path = newest_in(portal.data / "backups", "acme")
    assert run_in(portal.data, "backup", "verify", str(path), "--key-stdin", stdin=secret).code == 0


@sqlite
def test_targets_are_added_tried_and_removed_on_the_page(portal: Portal, tmp_path: Path) -> None:
    admin, disk = portal.browser("admin"), tmp_path / "disk"
    disk.mkdir()
    wrong = admin.post(f"{PAGE}/targets", {"name": "Disk!", "where": "disk"})
    assert wrong.status_code == 422
    assert 'value="Disk!"' in wrong.text
    assert read_targets(portal.data) == []
    assert admin.post(f"{PAGE}/targets", {"name": "disk", "where": str(disk)}).status_code == 303
    assert [target.name for target in read_targets(portal.data)] == ["disk"]
    assert "On the same disk" in admin.get(PAGE).text
    assert "answers and takes files" in admin.post(f"{PAGE}/targets/test", {"name": "disk"}).text
    assert admin.post(f"{PAGE}/targets/remove", {"name": "disk"}).status_code == 303
    assert admin.post(f"{PAGE}/targets/remove", {"name": "disk"}).status_code == 404
    assert read_targets(portal.data) == []
    assert {"core.backup.target-add", "core.backup.target-remove"} <= set(actions(portal))


@sqlite
def test_home_warns_until_a_copy_lies_elsewhere(portal: Portal) -> None:
    admin = portal.browser("admin")
    assert "A dead disk loses everything" in admin.get("/").text
    assert "A dead disk loses everything" not in portal.browser("owner").get("/").text
    write_targets(portal.data, [Target(name="here", where="/mnt/here")])
    assert "A dead disk loses everything" in admin.get("/").text
    write_targets(portal.data, [Target(name="nas", where="sftp://keeper@nas.example/copies", is_elsewhere=True)])
    assert "A dead disk loses everything" not in admin.get("/").text


def notices(portal: Portal) -> list[InboxNotice]:
    with read_session(portal.company.engines) as db:
        return list(db.scalars(select(InboxNotice).where(InboxNotice.kind == TOO_OLD)))


def test_administrators_hear_once_a_day_that_the_backup_is_too_old(portal: Portal) -> None:
    now = utcnow()
    keep_run(portal.data, Run(began=now, ended=now, kept=[Kept(name="acme", file="x", proven=["opened"])]))
    look(portal)
    assert notices(portal) == []
    with shifted(timedelta(hours=37)):
        look(portal)
        look(portal)
        told = notices(portal)
        assert [notice.person_id for notice in told] == [portal.person("admin")]
        assert told[0].url == PAGE
        assert "The backup is too old" in portal.browser("admin").get(PAGE).text
    with shifted(timedelta(hours=62)):
        look(portal)
        assert len(notices(portal)) == 2


def look(portal: Portal) -> None:
    with write_session(portal.company.engines) as db:
        tell_if_too_old(portal.ctx(db))


def test_moment_of_the_night() -> None:
    night = datetime(2026, 7, 2, 2, 30).astimezone()
    now, day = night + timedelta(hours=6), timedelta(days=1)
    assert latest("02:30", now) == night
    assert latest("02:30", night - timedelta(minutes=1)) == night - day
    assert is_due("02:30", now, night - timedelta(hours=3), None)
    assert is_due("02:30", now, night - 5 * day, None), "what a sleeping machine missed is made up for"
    assert not is_due("02:30", now, night + timedelta(minutes=1), None)
    assert not is_due("02:30", now, None, None)
    assert not is_due("02:30", now, night - day, night + timedelta(minutes=1)), "one that failed waits for the night"


@sqlite
def test_server_starts_the_run_of_the_night_unless_a_timer_does(portal: Portal) -> None:
    file = portal.company.folder / "company.toml"
    asyncio.run(Nightly(portal.data, grace=0).look())
    assert not is_running(portal.data)
    assert read_journal(portal.data).runs == []
    before = utcnow().timestamp() - 3 * 86400
    os.utime(file, (before, before))
    (portal.data / "boxportal.toml").write_text('[backup]\nby = "timer"\n', "utf-8")
    asyncio.run(Nightly(portal.data, grace=0).look())
    (portal.data / "boxportal.toml").unlink()
    asyncio.run(Nightly(portal.data, grace=1000).look())
    assert read_journal(portal.data).runs == []
    nightly = Nightly(portal.data, grace=0)
    asyncio.run(nightly.look())
    asyncio.run(nightly.look())
    until(lambda: has_good_run(portal.data))
    assert [run.by for run in read_journal(portal.data).runs] == ["server"]
