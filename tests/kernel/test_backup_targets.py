"""Copies go to a folder, an SFTP server and an S3 store; each is compared, and a target catches up by itself."""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import paramiko
import pytest
from sqlalchemy import select

from boxportal.kernel.backup.journal import read_journal
from boxportal.kernel.backup.names import files_in, stem_of
from boxportal.kernel.backup.targets import disks
from boxportal.kernel.backup.targets.copying import copy_to
from boxportal.kernel.backup.targets.disks import is_other_disk
from boxportal.kernel.backup.targets.model import FILE, Target, parse_target, read_targets, write_targets
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.outbound.models import OutgoingCall
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import Invalid
from tests.cli.conftest import run_in
from tests.support.portal import Portal
from tests.support.s3_server import BUCKET, KEY_ID, SECRET, S3Box, s3_server
from tests.support.sftp_server import PASSWORD, USER, SftpBox, sftp_server

pytestmark = pytest.mark.modules()
sqlite = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[SftpBox]:
    root = tmp_path / "far"
    (root / "copies").mkdir(parents=True)
    with sftp_server(root) as box:
        yield box


@pytest.fixture
def s3() -> Iterator[S3Box]:
    with s3_server() as box:
        yield box


def add_sftp(portal: Portal, box: SftpBox, secret: str = PASSWORD, where: str = "/copies") -> int:
    url = f"sftp://{USER}@127.0.0.1:{box.port}{where}"
    return run_in(portal.data, "backup", "target", "add", "far", url, "--secret-stdin", stdin=secret).code


def add_s3(portal: Portal, box: S3Box, secret: str = SECRET, bucket: str = BUCKET) -> int:
    url = f"s3+http://127.0.0.1:{box.port}/{bucket}/acme"
    words = ["backup", "target", "add", "store", url, "--key-id", KEY_ID, "--secret-stdin"]
    return run_in(portal.data, *words, stdin=secret).code


def names_here(portal: Portal) -> set[str]:
    return {one.file for one in files_in(portal.data / "backups")}


def last_error(portal: Portal) -> str:
    return read_journal(portal.data).runs[-1].copies[-1].error


def test_what_can_be_typed() -> None:
    for where, kind in (("/mnt/disk/", "folder"), ("sftp://a@host.example/x", "sftp"), ("s3://host.example/b/p", "s3")):
        assert parse_target("far", where, key_id="id").kind == kind
    for name, where in (("Far", "/mnt"), ("far", "/"), ("far", "/mnt/../etc"), ("far", "sftp://host/x"), ("far", "s3://host"),
                        ("far", "sftp://a:secret@host/x"), ("far", "ftp://a@host/x"), ("far", "sftp://a@host:99999/x"),
                        ("far", "sftp://a@-oProxyCommand=x/y"), ("far", "mnt/disk"), ("far", "")):  # fmt: skip
        with pytest.raises(Invalid):
            parse_target(name, where, key_id="id")
    with pytest.raises(Invalid):
        parse_target("far", "s3://host.example/bucket")


@sqlite
def test_folder_gets_copies_and_keeps_by_the_same_rule(portal: Portal, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    answer = run_in(portal.data, "backup", "target", "add", "disk", str(disk), "--json")
    assert answer.code == 0
    assert [one["code"] for one in answer.json["warnings"]] == ["SAME_DISK"]
    old = disk / f"{stem_of('acme', utcnow() - timedelta(days=400))}.bpb"
    for other in (old, disk / "holiday.jpg", disk / ".acme-20260101-000000.bpb.part"):
        other.write_bytes(b"x")
    (portal.data / "boxportal.toml").write_text('[backup]\nkeep = "1/0/0"\n', "utf-8")
    assert run_in(portal.data, "backup", "run").code == 0
    assert {path.name for path in disk.iterdir()} == {*names_here(portal), "holiday.jpg"}
    assert all((disk / n).read_bytes() == (portal.data / "backups" / n).read_bytes() for n in names_here(portal))
    assert all((disk / n).stat().st_mode & 0o777 == 0o600 for n in names_here(portal))


@sqlite
def test_target_that_was_away_catches_up_and_a_spoiled_copy_is_sent_again(portal: Portal, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    assert run_in(portal.data, "backup", "target", "add", "disk", str(disk)).code == 0
    disk.rename(tmp_path / "away")
    answer = run_in(portal.data, "backup", "run", "--json")
    assert answer.code == 8
    assert "There is no folder" in last_error(portal)
    journal = read_journal(portal.data)
    assert journal.runs[-1].is_good
    assert not journal.runs[-1].is_complete
    (tmp_path / "away").rename(disk)
    assert run_in(portal.data, "backup", "run").code == 0
    assert {path.name for path in disk.iterdir()} == names_here(portal)
    cut = next(disk.iterdir())
    cut.write_bytes(cut.read_bytes()[:-1])
    target, folder = read_targets(portal.data)[0], portal.data / "backups"
    copies = copy_to(portal.company, target, folder, (7, 4, 6), read_journal(portal.data))
    assert (copies.copied, copies.error) == ([cut.name], "")
    assert cut.read_bytes() == (folder / cut.name).read_bytes()


@sqlite
def test_disk_that_is_not_mounted_is_not_filled_in_its_place(portal: Portal, tmp_path: Path) -> None:
    write_targets(portal.data, [Target(name="disk", where=str(tmp_path), is_elsewhere=True)])
    assert run_in(portal.data, "backup", "run").code == 8
    assert "not mounted" in last_error(portal)
    assert not list(tmp_path.glob("*.bpb"))


def test_memory_and_the_same_disk_are_no_other_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_other_disk(tmp_path, tmp_path)
    assert not is_other_disk(tmp_path / "nothing", tmp_path)
    monkeypatch.setattr(disks, "kind_of", lambda _device: "tmpfs")
    assert not is_other_disk(Path("/proc"), tmp_path)
    monkeypatch.setattr(disks, "kind_of", lambda _device: "ext4")
    assert is_other_disk(Path("/proc"), tmp_path)


@sqlite
def test_sftp_gets_copies_that_are_compared_and_the_key_is_pinned(portal: Portal, sftp: SftpBox) -> None:
    assert add_sftp(portal, sftp) == 0
    target = read_targets(portal.data)[0]
    assert target.host_key.startswith("SHA256:")
    assert not target.is_elsewhere
    kept = (portal.data / "backup" / FILE).read_text("utf-8")
    assert PASSWORD not in kept
    assert (portal.data / "backup" / FILE).stat().st_mode & 0o777 == 0o600
    assert run_in(portal.data, "backup", "run").code == 0
    assert {path.name for path in (sftp.root / "copies").iterdir()} == names_here(portal)
    answer = run_in(portal.data, "backup", "target", "test", "far", "--json")
    assert answer.json["data"]["files"] == 2
    with read_session(portal.company.engines) as db:
        calls = db.scalars(select(OutgoingCall)).all()
    assert {(call.purpose, call.host, call.port) for call in calls} == {("core.backup", "127.0.0.1", sftp.port)}

    sftp.key = paramiko.ECDSAKey.generate()
    assert run_in(portal.data, "backup", "run").code == 8
    assert "another key than before" in last_error(portal)
    assert run_in(portal.data, "backup", "target", "test", "far").code == 3


@sqlite
def test_sftp_lets_nobody_in_with_a_wrong_password_and_nothing_is_added(portal: Portal, sftp: SftpBox) -> None:
    assert add_sftp(portal, sftp, secret="wrong") == 3
    assert add_sftp(portal, sftp, where="/nowhere") == 3
    assert read_targets(portal.data) == []


@sqlite
def test_sftp_takes_a_private_key(portal: Portal, sftp: SftpBox) -> None:
    sftp.allowed = paramiko.ECDSAKey.generate()
    text = io.StringIO()
    sftp.allowed.write_private_key(text)
    assert add_sftp(portal, sftp, secret=text.getvalue()) == 0


@sqlite
def test_sftp_copy_that_is_spoiled_on_the_way_is_not_taken_for_one(portal: Portal, sftp: SftpBox) -> None:
    assert add_sftp(portal, sftp) == 0
    sftp.spoil = True
    assert run_in(portal.data, "backup", "run").code == 8
    assert "not what was written" in last_error(portal)
    assert list((sftp.root / "copies").iterdir()) == []
    sftp.spoil = False
    assert run_in(portal.data, "backup", "run").code == 0
    assert {path.name for path in (sftp.root / "copies").iterdir()} == names_here(portal)


@sqlite
def test_target_that_does_not_answer_keeps_the_others_from_nothing(portal: Portal, sftp: SftpBox, s3: S3Box) -> None:
    assert add_sftp(portal, sftp) == 0
    assert add_s3(portal, s3) == 0
    write_targets(portal.data, [t.model_copy(update={"where": f"sftp://{USER}@127.0.0.1:1/copies"}) if t.kind == "sftp"
                                else t for t in read_targets(portal.data)])  # fmt: skip
    answer = run_in(portal.data, "backup", "run", "--json")
    assert answer.code == 8
    assert [copies["error"] != "" for copies in answer.json["data"]["copies"]] == [True, False]
    listed = run_in(portal.data, "backup", "target", "list", "--json").json["data"]["targets"]
    assert [bool(one["error"]) for one in listed] == [True, False]


@sqlite
def test_s3_gets_copies_that_are_compared(portal: Portal, s3: S3Box) -> None:
    assert add_s3(portal, s3) == 0
    assert SECRET not in (portal.data / "backup" / FILE).read_text("utf-8")
    assert s3.objects == {}
    assert run_in(portal.data, "backup", "run").code == 0
    assert set(s3.objects) == {f"acme/{name}" for name in names_here(portal)}
    assert all(s3.objects[f"acme/{n}"] == (portal.data / "backups" / n).read_bytes() for n in names_here(portal))
    s3.spoil = True
    before = set(s3.objects)
    assert run_in(portal.data, "backup", "run").code == 8
    assert "not what was written" in last_error(portal)
    assert set(s3.objects) == before
    assert s3.refused == 0


@sqlite
def test_s3_in_parts(portal: Portal, s3: S3Box, tmp_path: Path) -> None:
    from boxportal.kernel.backup.targets.s3 import PART_SIZE, S3Remote  # noqa: PLC0415 beside its only test

    assert add_s3(portal, s3) == 0
    large = tmp_path / "acme-20260101-000000.bpb"
    large.write_bytes(bytes(PART_SIZE + 100))
    remote = S3Remote(read_targets(portal.data)[0], SECRET)
    remote.put(large)
    assert remote.files() == {large.name: PART_SIZE + 100}
    remote.remove(large.name)
    remote.close()
    assert s3.objects == {}


@sqlite
def test_s3_refuses_a_wrong_key_and_a_missing_bucket_and_nothing_is_added(portal: Portal, s3: S3Box) -> None:
    assert add_s3(portal, s3, secret="wrong") == 3
    assert s3.refused
    assert add_s3(portal, s3, bucket="nothing") == 3
    assert read_targets(portal.data) == []


@sqlite
def test_the_portals_own_port_is_no_target(portal: Portal) -> None:
    own = portal.company.own_ports or {8080}
    url = f"s3+http://127.0.0.1:{next(iter(own))}/copies"
    words = ["backup", "target", "add", "own", url, "--key-id", "x", "--secret-stdin"]
    answer = run_in(portal.data, *words, stdin="y")
    assert answer.code == 1
    assert "may not be reached" in answer.err


@sqlite
def test_removed_target_gets_no_copies_and_keeps_what_it_has(portal: Portal, tmp_path: Path) -> None:
    assert run_in(portal.data, "backup", "target", "add", "disk", str(tmp_path), "--dry-run").code == 0
    assert read_targets(portal.data) == []
    assert run_in(portal.data, "backup", "target", "add", "disk", str(tmp_path)).code == 0
    assert run_in(portal.data, "backup", "target", "add", "disk", str(tmp_path)).code == 2
    assert run_in(portal.data, "backup", "run").code == 0
    there = {path.name for path in tmp_path.glob("*.bpb")}
    assert run_in(portal.data, "backup", "target", "remove", "disk").code == 0
    assert {path.name for path in tmp_path.glob("*.bpb")} == there
    assert run_in(portal.data, "backup", "target", "remove", "disk").code == 5
