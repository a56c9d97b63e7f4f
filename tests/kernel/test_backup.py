"""A company is copied while people work, proven, and put back; what was tampered with is refused."""

import hashlib
import io
import json
import os
import random
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from pyrage import encrypt, x25519
from sqlalchemy import URL, make_url, select, text

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.backup import create, keys, restore
from boxportal.kernel.backup.archive import unpack
from boxportal.kernel.backup.create import LOCK, WORK, create_backup, work_folder
from boxportal.kernel.backup.manifest import MAGIC, Header, Manifest
from boxportal.kernel.backup.restore import restore_backup
from boxportal.kernel.backup.verify import verify_backup
from boxportal.kernel.companies import FILE as COMPANY_FILE
from boxportal.kernel.companies import Box, company_file_text, read_company_file
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.door import DoorSettings
from boxportal.kernel.files.blobs import store
from boxportal.kernel.identity.models import Person
from boxportal.kernel.module import KERNEL
from boxportal.kernel.secrets import Place, ensure_master_key
from boxportal.kernel.state import DOOR, read_snapshot
from boxportal.kernel.tables import Setting
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import DomainError, RuleBroken
from tests.support.outside import DOOR_ADDRESS, FOREIGN
from tests.support.portal import Portal

pytestmark = pytest.mark.modules()


def make(portal: Portal) -> Path:
    return create_backup(portal.company, SYSTEM).path


def prove(portal: Portal, path: Path) -> tuple[str, ...]:
    server = None if portal.backend == "sqlite" else portal.company.engines.url
    return verify_backup(path, [keys.box_key(portal.data)], portal.data / "backups", server).steps


def set_mark(portal: Portal, value: str) -> None:
    with write_session(portal.company.engines) as db:
        row = db.get(Setting, "core.mark")
        if row is None:
            db.add(Setting(key="core.mark", value={"is": value}))
        else:
            row.value = {"is": value}


def mark(data: Path) -> str:
    box = Box.open(data)
    try:
        with read_session(box.get("acme").engines) as db:
            row = db.get(Setting, "core.mark")
            return str(row.value["is"]) if row else ""
    finally:
        box.close()


def leftovers(data: Path) -> list[str]:
    return [p.name for p in (data / "backups").iterdir() if not p.name.endswith(".bpb")]


def test_backup_is_private_complete_and_proven(portal: Portal) -> None:
    blob = store(portal.company.files, io.BytesIO(b"a scanned contract"), limit=1000)
    path = make(portal)
    assert path.stat().st_mode & 0o777 == 0o600
    assert (portal.data / "backup.key").stat().st_mode & 0o777 == 0o600
    assert leftovers(portal.data) == []
    assert {"opened", "hashes", "restored", "rows"} <= set(prove(portal, path))
    assert b"Amina" not in path.read_bytes()
    folder = portal.data / "look"
    folder.mkdir()
    manifest = unpack(path, [keys.box_key(portal.data)], folder)
    assert (folder / "files" / "blobs" / blob.sha256[:2] / blob.sha256[2:]).read_bytes() == b"a scanned contract"
    assert (folder / "secrets" / "company.key").read_bytes() == portal.company.key
    assert manifest.rows["core_person"] == 5
    assert manifest.audit_lines == manifest.audit_last == 0
    with read_session(portal.company.engines) as db:
        assert db.scalars(select(AuditLine.action)).all() == ["core.backup.create"]


def test_backup_taken_under_writes_holds_one_moment(portal: Portal) -> None:
    """Each write adds a person and a setting together; a backup must never hold one without the other."""
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with write_session(portal.company.engines) as db:
                db.add(Person(email=f"p{number}@acme.example", name="x", state="invited", is_admin=False, language="en",
                              timezone="UTC", password_hash=None, created_at=utcnow()))  # fmt: skip
                db.add(Setting(key=f"core.twin.{number}", value={}))
            stop.wait(0.005)

    with read_session(portal.company.engines) as db:
        before = len(db.scalars(select(Setting.key)).all())
    writer = threading.Thread(target=write)
    writer.start()
    try:
        manifests = [create_backup(portal.company, SYSTEM).manifest for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    assert all(m.rows["core_person"] - 5 == m.rows["core_setting"] - before for m in manifests)
    assert manifests[-1].rows["core_person"] > 5
    for path in (portal.data / "backups").glob("*.bpb"):
        prove(portal, path)


def test_recovery_key_opens_backups_where_the_box_is_lost(portal: Portal) -> None:
    secret = keys.make_recovery_key(portal.data)
    path = make(portal)
    assert secret not in "".join(p.read_text("utf-8") for p in portal.data.glob("*.pub"))
    scratch = portal.data / "elsewhere"
    server = None if portal.backend == "sqlite" else portal.company.engines.url
    assert verify_backup(path, [keys.recovery_key(secret.lower())], scratch, server).manifest.header.company == "acme"
    with pytest.raises(RuleBroken, match="No key here opens"):
        verify_backup(path, [x25519.Identity.generate()], scratch)


def test_restore_brings_back_what_was_and_keeps_what_it_replaced(portal: Portal) -> None:
    set_mark(portal, "old")
    path = make(portal)
    set_mark(portal, "new")
    done = restore_backup(path, [keys.box_key(portal.data)], portal.data, SYSTEM)
    assert mark(portal.data) == "old"
    assert done.before is not None
    assert done.before.exists()
    box = Box.open(portal.data)
    assert sorted(box.companies) == ["acme"]
    with read_session(box.get("acme").engines) as db:
        assert "core.backup.restore" in db.scalars(select(AuditLine.action)).all()
    box.close()


def test_secrets_open_again_on_a_bare_machine_and_a_strange_box_says_that_they_do_not(
    portal: Portal, tmp_path: Path
) -> None:
    place = Place("core_setting", "value", "test")
    sealed = portal.company.vault.seal("the mail password", place)
    path, key = make(portal), keys.box_key(portal.data)
    assert restore_backup(path, [key], tmp_path / "bare", SYSTEM).secrets_open
    box = Box.open(tmp_path / "bare")
    assert box.get("acme").vault.open(sealed, place) == "the mail password"
    box.close()
    strange = tmp_path / "strange"
    strange.mkdir()
    ensure_master_key(strange)
    assert not restore_backup(path, [key], strange, SYSTEM).secrets_open
    assert not (strange / "companies" / "acme" / "master.key").exists()


def test_restore_into_an_empty_folder(portal: Portal, tmp_path: Path) -> None:
    set_mark(portal, "here")
    path = make(portal)
    other = tmp_path / "bare"
    done = restore_backup(path, [keys.box_key(portal.data)], other, SYSTEM)
    assert (done.company, done.before, mark(other)) == ("acme", None, "here")


def test_every_kind_of_damage_is_refused_and_leaves_what_was_there(portal: Portal) -> None:
    set_mark(portal, "kept")
    path = make(portal)
    good = path.read_bytes()
    key = keys.box_key(portal.data)
    bad = portal.data / "backups" / "bad.bpb"
    half = len(good) // 2
    damaged = {
        "cut": good[:-1],
        "cut in the middle": good[:half],
        "appended": good + b"x",
        "a bit flipped": good[:half] + bytes([good[half] ^ 1]) + good[half + 1 :],
        "zeros": good[:half] + bytes(64) + good[half + 64 :],
        "header changed": good.replace(b'"company":"acme"', b'"company":"evil"', 1),
        "empty": b"",
        "other file": b"PK\x03\x04" + good,
        "two halves swapped": good[:400] + good[half:] + good[400:half],
    }
    for what, content in damaged.items():
        bad.write_bytes(content)
        with pytest.raises(RuleBroken):
            restore_backup(bad, [key], portal.data, SYSTEM)
        assert mark(portal.data) == "kept", what
    assert [p.name for p in (portal.data / "companies").iterdir()] == ["acme"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_no_damage_at_random_places_is_taken_for_whole(portal: Portal) -> None:
    path = make(portal)
    good, bad = path.read_bytes(), portal.data / "bad.bpb"
    dice = random.Random(7)  # noqa: S311 places to damage are no secrets
    for _ in range(60):
        at, length = dice.randrange(len(good)), dice.choice([1, 1, 16, 512, 5000])
        content = bytearray(good)
        content[at : at + length] = dice.choice([b"", bytes(length), dice.randbytes(length)])
        if bytes(content) == good:
            continue
        bad.write_bytes(content)
        with pytest.raises(RuleBroken):
            prove(portal, bad)


def seal(portal: Portal, path: Path, inside: bytes, header: Header) -> None:
    sealed = encrypt(zstandard.compress(inside), [keys.box_key(portal.data).to_public()])
    path.write_bytes(MAGIC + header.model_dump_json().encode() + b"\n" + sealed)


def hostile_tar(header: Header, members: list[tuple[tarfile.TarInfo, bytes]], listed: list[tuple[str, bytes]]) -> bytes:
    """An archive whose manifest lists some files and that holds others."""
    files = [{"name": n, "size": len(c), "sha256": hashlib.sha256(c).hexdigest()} for n, c in listed]
    rest = {"header": header.model_dump(mode="json"), "files": files, "rows": {}, "revisions": [], "audit_lines": 0,
            "audit_last": 0}  # fmt: skip
    text_ = json.dumps(rest).encode()
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.GNU_FORMAT) as tar:
        first = tarfile.TarInfo("manifest.json")
        first.size, first.mode = len(text_), 0o600
        tar.addfile(first, io.BytesIO(text_))
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return target.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, 0o600
    return info


TOML = b'name = "acme"\n'
HOSTILE: dict[str, Callable[[], tuple[list[tuple[tarfile.TarInfo, bytes]], list[tuple[str, bytes]]]]] = {
    "up and out": lambda: ([(member("../evil"), b"x")], [("company.toml", TOML), ("../evil", b"x")]),
    "up inside a name": lambda: ([(member("files/../../e"), b"x")], [("company.toml", TOML), ("files/../../e", b"x")]),
    "absolute": lambda: ([(member("/tmp/evil"), b"x")], [("company.toml", TOML), ("/tmp/evil", b"x")]),  # noqa: S108
    "link in place of a file": lambda: (
        [(member("company.toml", tarfile.SYMTYPE, "/etc/passwd"), b"")], [("company.toml", b"")]
    ),
    "hard link": lambda: ([(member("company.toml", tarfile.LNKTYPE, "../../acme/company.toml"), b"")],
                          [("company.toml", b"")]),
    "device": lambda: ([(member("company.toml", tarfile.CHRTYPE), b"")], [("company.toml", b"")]),
    "fifo": lambda: ([(member("company.toml", tarfile.FIFOTYPE), b"")], [("company.toml", b"")]),
    "folder": lambda: ([(member("company.toml", tarfile.DIRTYPE), b"")], [("company.toml", b"")]),
    "twin names": lambda: ([(member("company.toml"), TOML), (member("company.toml"), TOML)],
                           [("company.toml", TOML), ("company.toml", TOML)]),
    "more files than listed": lambda: ([(member("company.toml"), TOML), (member("files/x"), b"x")],
                                       [("company.toml", TOML)]),
    "fewer files than listed": lambda: ([(member("company.toml"), TOML)], [("company.toml", TOML), ("files/x", b"x")]),
    "other content than listed": lambda: ([(member("company.toml"), b'name = "evil"\n')], [("company.toml", TOML)]),
    "other name than listed": lambda: ([(member("files/other"), TOML)], [("company.toml", TOML)]),
    "executable mode": lambda: ([(_with_mode(member("company.toml"), 0o4755), TOML)], [("company.toml", TOML)]),
    "long name": lambda: ([(member("files/" + "a" * 300), b"x")],
                          [("company.toml", TOML), ("files/" + "a" * 300, b"x")]),
    "bomb": lambda: ([(member("company.toml"), TOML), (member("files/big"), bytes(400 << 20))],
                     [("company.toml", TOML), ("files/big", bytes(400 << 20))]),
    "no database": lambda: ([(member("company.toml"), TOML)], [("company.toml", TOML)]),
}  # fmt: skip


def _with_mode(info: tarfile.TarInfo, mode: int) -> tarfile.TarInfo:
    info.mode = mode
    return info


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_hostile_archive_is_refused_and_writes_nothing_outside(portal: Portal, what: str) -> None:
    set_mark(portal, "kept")
    header = Header(program="0", company="acme", made_at=utcnow(), database="sqlite")
    path = portal.data / "hostile.bpb"
    members, listed = HOSTILE[what]()
    seal(portal, path, hostile_tar(header, members, listed), header)
    before = {p for p in portal.data.parent.rglob("*") if "company.db" not in p.name}
    with pytest.raises((DomainError, OSError)):
        restore_backup(path, [keys.box_key(portal.data)], portal.data, SYSTEM)
    assert {p for p in portal.data.parent.rglob("*") if "company.db" not in p.name} == before
    assert mark(portal.data) == "kept"


def test_restore_that_is_stopped_at_any_step_leaves_old_or_new(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    set_mark(portal, "old")
    path = make(portal)
    set_mark(portal, "now")
    key = keys.box_key(portal.data)
    for step in ("unpack", "set_up", "bring_forward", "swap"):
        with monkeypatch.context() as patch:
            patch.setattr(restore, step, _stopped)
            with pytest.raises(KeyboardInterrupt):
                restore_backup(path, [key], portal.data, SYSTEM)
        assert mark(portal.data) == "now", step
    restore_backup(path, [key], portal.data, SYSTEM)
    assert mark(portal.data) == "old"
    assert not [p for p in (portal.data / "companies").iterdir() if p.name.endswith(".restored")]


def company_folder(folder: Path, database: str) -> Path:
    folder.mkdir()
    text = company_file_text("acme", hosts=("acme.example",), database=database, order=1)
    (folder / COMPANY_FILE).write_text(text, "utf-8")
    return folder


def waiting(tmp_path: Path, made: URL) -> restore.Prepared:
    """A company on Postgres that waits to take the place of one on SQLite."""
    aside = company_folder(tmp_path / ".acme.restored", made.render_as_string(hide_password=False))
    live = company_folder(tmp_path / "acme", "sqlite")
    manifest = Manifest.model_construct()
    return restore.Prepared("acme", manifest, aside, live, made, secrets_open=True)


@pytest.mark.parametrize("is_swapped", [True, False])
def test_interrupted_swap_clears_neither_the_former_data_nor_the_live_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_swapped: bool
) -> None:
    made, dropped = make_url("postgresql+psycopg://me:secret@localhost/boxportal_acme_1"), list[URL]()
    prepared, exchange = waiting(tmp_path, made), restore.exchange

    def interrupted(one: Path, other: Path) -> None:
        if not is_swapped:
            raise OSError(5, "Input/output error")
        exchange(one, other)
        raise KeyboardInterrupt

    monkeypatch.setattr(restore, "drop_database", dropped.append)
    monkeypatch.setattr(restore, "exchange", interrupted)
    with pytest.raises((OSError, KeyboardInterrupt)):
        restore.swap(prepared.aside, prepared.live)
    prepared.discard()
    found = {
        read_company_file(folder / COMPANY_FILE).database == "sqlite" for folder in tmp_path.glob(".acme.before-*")
    }
    assert found == ({True} if is_swapped else set())
    assert (read_company_file(prepared.live / COMPANY_FILE).database == "sqlite") is not is_swapped
    assert dropped == ([] if is_swapped else [made])


def test_swap_whose_last_sync_fails_tells_where_the_former_data_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = waiting(tmp_path, make_url("postgresql+psycopg://localhost/boxportal_acme_1"))

    def failing(_: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(restore, "sync", failing)
    before = restore.swap(prepared.aside, prepared.live)
    assert before is not None
    assert read_company_file(before / COMPANY_FILE).database == "sqlite"


def _stopped(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_backup_of_a_newer_version_is_refused_with_its_name(portal: Portal) -> None:
    with portal.company.engines.writer.begin() as connection:
        connection.execute(text("INSERT INTO alembic_version VALUES ('core_9999')"))
    path = make(portal)
    with pytest.raises(RuleBroken, match="core_9999"):
        restore_backup(path, [keys.box_key(portal.data)], portal.data, SYSTEM)


def test_full_disk_leaves_no_half_backup(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DomainError, match="No space left"):
        make(portal)
    monkeypatch.undo()
    assert list((portal.data / "backups").iterdir()) == []


def test_what_a_crash_left_is_swept_by_the_next_backup(portal: Portal) -> None:
    left = portal.data / "backups" / f"{WORK}dead"
    left.mkdir(parents=True)
    (left / "database.sqlite").write_bytes(b"plain")
    make(portal)
    assert leftovers(portal.data) == []


def test_two_backups_at_once_leave_each_other_alone(tmp_path: Path) -> None:
    left = tmp_path / f"{WORK}dead"
    left.mkdir()
    (left / LOCK).touch()
    with work_folder(tmp_path) as one:
        (one / "database.sqlite").write_bytes(b"plain")
        with work_folder(tmp_path) as other:
            assert sorted(tmp_path.iterdir()) == sorted([one, other])
        assert (one / "database.sqlite").read_bytes() == b"plain"
    assert list(tmp_path.iterdir()) == []


def test_folder_that_another_backup_swept_before_it_was_held_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = create.fcntl.flock

    def swept_first(descriptor: int, kind: int) -> None:
        monkeypatch.undo()
        create.sweep(next(tmp_path.iterdir()))
        lock(descriptor, kind)

    monkeypatch.setattr(create.fcntl, "flock", swept_first)
    with work_folder(tmp_path) as work:
        assert list(tmp_path.iterdir()) == [work]


def test_manifest_names_are_of_the_format_only() -> None:
    with pytest.raises(ValueError, match="not a name of this format"):
        Manifest.model_validate({"header": {"program": "0", "company": "a", "made_at": utcnow(), "database": "sqlite"},
                                 "files": [{"name": "files/./x", "size": 0, "sha256": "0" * 64}], "rows": {},
                                 "revisions": [], "audit_lines": 0, "audit_last": 0})  # fmt: skip


def test_the_door_counts_as_untested_after_a_restore(portal: Portal) -> None:
    tested = DoorSettings(
        address=DOOR_ADDRESS, listen="127.0.0.1:8081", tested_at=utcnow(), tested_from=FOREIGN, try_hash="x"
    )
    with write_session(portal.company.engines) as db:
        db.add(Setting(key=DOOR, value=tested.model_dump(mode="json")))
    path = make(portal)
    portal.box.close()
    restore_backup(path, [keys.box_key(portal.data)], portal.data, SYSTEM)
    box = Box.open(portal.data)
    with read_session(box.get("acme").engines) as db:
        row = db.get(Setting, DOOR)
        assert row is not None
        kept = DoorSettings.model_validate(row.value)
    assert kept == DoorSettings(address=DOOR_ADDRESS, listen="127.0.0.1:8081")
    assert not read_snapshot(box.get("acme"), KERNEL).door.is_tested
    box.close()
