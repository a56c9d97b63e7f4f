"""A whole box comes back onto a bare machine in one command; a restore that fails leaves what was there."""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from boxportal.kernel import config
from boxportal.kernel.backup import keys, restore_box
from boxportal.kernel.backup.box_archive import require_settings
from boxportal.kernel.backup.names import files_in, newest_in
from boxportal.kernel.companies import Box
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.secrets import Place, ensure_master_key
from boxportal.kernel.tables import Setting
from boxportal.sdk.errors import RuleBroken
from tests.cli.conftest import Ran, run_in
from tests.support.portal import Portal

pytestmark = pytest.mark.modules()
sqlite = pytest.mark.parametrize("backend", ["sqlite"])
NAMES = '[box]\n# as people type it\nnames = ["portal.acme.example"]\n'
PLACE = Place("settings", "value", "core.smtp")


def set_mark(company_data: Path, value: str) -> None:
    box = Box.open(company_data)
    with write_session(box.get("acme").engines) as db:
        row = db.get(Setting, "core.mark")
        if row is None:
            db.add(Setting(key="core.mark", value={"is": value}))
        else:
            row.value = {"is": value}
    box.close()


def mark_in(data: Path) -> object:
    box = Box.open(data)
    try:
        with read_session(box.get("acme").engines) as db:
            row = db.get(Setting, "core.mark")
            return row.value["is"] if row else None
    finally:
        box.close()


@pytest.fixture
def saved(portal: Portal, tmp_path: Path) -> tuple[Path, str]:
    """What lies at a target after a run, and the recovery key."""
    (portal.data / "boxportal.toml").write_text(NAMES, "utf-8")
    authority = portal.data / "certificates" / "authorities" / "0123456789abcdef" / "ca.key"
    authority.parent.mkdir(parents=True)
    authority.write_text("the authority's key", "utf-8")
    ensure_master_key(portal.data)
    secret = keys.make_recovery_key(portal.data)
    set_mark(portal.data, "saved")
    assert run_in(portal.data, "backup", "run").code == 0
    copies = tmp_path / "copies"
    shutil.copytree(portal.data / "backups", copies)
    return copies, secret


def archive(copies: Path) -> str:
    found = newest_in(copies, "box")
    assert found is not None
    return str(found)


def restored(data: Path, copies: Path, secret: str) -> Ran:
    return run_in(data, "backup", "restore", "--box", archive(copies), "--key-stdin", "--yes", "--json", stdin=secret)


def bare(tmp_path: Path) -> Path:
    data = tmp_path / "bare"
    data.mkdir()
    return data


def state_of(data: Path) -> dict[str, bytes]:
    return {
        path.relative_to(data).as_posix(): path.read_bytes()
        for path in sorted(data.rglob("*"))
        if path.is_file() and path.name != "lock" and not path.name.endswith(("-wal", "-shm"))
    }


def test_bare_machine_gets_settings_authority_keys_and_companies(
    portal: Portal, saved: tuple[Path, str], tmp_path: Path
) -> None:
    data = bare(tmp_path)
    answer = restored(data, *saved)
    assert answer.code == 0, answer.out + answer.err
    assert answer.json["data"]["companies"] == ["acme"]
    assert mark_in(data) == "saved"
    assert (data / "boxportal.toml").read_text("utf-8") == NAMES
    assert (data / "master.key").read_bytes() == (portal.data / "master.key").read_bytes()
    assert (data / "master.key").stat().st_mode & 0o777 == 0o600
    authority = data / "certificates" / "authorities" / "0123456789abcdef" / "ca.key"
    assert authority.read_text("utf-8") == "the authority's key"
    assert authority.stat().st_mode & 0o077 == 0
    assert (data / "recovery.pub").read_text("utf-8") == (portal.data / "recovery.pub").read_text("utf-8")
    assert run_in(data, "backup", "run").code == 0
    assert run_in(data, "backup", "verify", archive(data / "backups"), "--key-stdin", stdin=saved[1]).code == 0
    assert [path.name for path in data.iterdir() if path.name.startswith(".")] == []


@sqlite
def test_secrets_that_were_sealed_open_again(portal: Portal, tmp_path: Path) -> None:
    (portal.data / "boxportal.toml").write_text(NAMES, "utf-8")
    ensure_master_key(portal.data)
    box = Box.open(portal.data)
    sealed = box.get("acme").vault.seal("the mail server's password", PLACE)
    box.close()
    secret = keys.make_recovery_key(portal.data)
    assert run_in(portal.data, "backup", "run").code == 0
    data = bare(tmp_path)
    assert restored(data, portal.data / "backups", secret).code == 0
    box = Box.open(data)
    assert box.get("acme").vault.open(sealed, PLACE) == "the mail server's password"
    box.close()


@sqlite
def test_box_in_use_is_put_back_and_what_it_replaced_is_kept(portal: Portal, saved: tuple[Path, str]) -> None:
    set_mark(portal.data, "later")
    (portal.data / "boxportal.toml").write_text("[box]\nthreads = 4\n", "utf-8")
    answer = restored(portal.data, *saved)
    assert answer.code == 0, answer.out
    assert mark_in(portal.data) == "saved"
    assert (portal.data / "boxportal.toml").read_text("utf-8") == NAMES
    before = Path(answer.json["data"]["before"])
    assert "threads" in (before / "boxportal.toml").read_text("utf-8")
    assert len(list((portal.data / "companies").glob(".acme.before-*"))) == 1


def flip(copies: Path) -> None:
    path = newest_in(copies, "acme")
    assert path is not None
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut_box(copies: Path) -> None:
    path = Path(archive(copies))
    path.write_bytes(path.read_bytes()[:-20])


def lose_companies(copies: Path) -> None:
    for one in files_in(copies):
        if one.name != "box":
            (copies / one.file).unlink()


@sqlite
@pytest.mark.parametrize("harm", [flip, cut_box, lose_companies])
def test_restore_that_fails_leaves_what_was_there(
    portal: Portal, saved: tuple[Path, str], harm: Callable[[Path], None], tmp_path: Path
) -> None:
    set_mark(portal.data, "later")
    (portal.data / "boxportal.toml").write_text("[box]\nthreads = 4\n", "utf-8")
    harm(saved[0])
    before = state_of(portal.data)
    assert restored(portal.data, *saved).code in (3, 5)
    assert state_of(portal.data) == before
    data = bare(tmp_path)
    assert restored(data, *saved).code in (3, 5)
    assert not (data / "boxportal.toml").exists()
    assert list((data / "companies").iterdir() if (data / "companies").exists() else ()) == []


@sqlite
def test_failure_in_the_last_step_is_undone(
    portal: Portal, saved: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_mark(portal.data, "later")
    (portal.data / "boxportal.toml").write_text("[box]\nthreads = 4\n", "utf-8")
    before = state_of(portal.data)

    def failing(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(restore_box, "swap", failing)
    with pytest.raises(OSError, match="Input/output"):
        restored(portal.data, *saved)
    monkeypatch.undo()
    assert state_of(portal.data) == before
    assert restored(portal.data, *saved).code == 0
    assert mark_in(portal.data) == "saved"


@sqlite
def test_company_that_would_lose_its_secrets_stops_the_restore(saved: tuple[Path, str], tmp_path: Path) -> None:
    data = bare(tmp_path)
    assert run_in(data, "company", "create", "globex", "--title", "Globex").code == 0
    before = state_of(data)
    answer = restored(data, *saved)
    assert answer.code == 3
    assert "globex" in answer.json["error"]["text"]
    assert state_of(data) == before


@sqlite
def test_wrong_key_and_wrong_kind_of_file_are_refused(saved: tuple[Path, str], tmp_path: Path) -> None:
    data, copies = bare(tmp_path), saved[0]
    assert run_in(data, "backup", "restore", "--box", archive(copies), "--yes").code == 3
    company = newest_in(copies, "acme")
    assert run_in(data, "backup", "restore", "--box", str(company), "--key-stdin", stdin=saved[1]).code == 3
    assert run_in(data, "backup", "restore", archive(copies), "--key-stdin", stdin=saved[1]).code == 3


@sqlite
def test_root_does_not_fill_a_folder_that_is_not_its_own(
    saved: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restore_box.os, "geteuid", lambda: 0)
    answer = restored(tmp_path / "not-there", *saved)
    assert answer.code == 3
    assert "must not run as root" in answer.json["error"]["text"]
    assert not (tmp_path / "not-there").exists()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path, Path]:
    """The settings of an archive of a trial, and the settings and the data folder of an installed box."""
    inside, etc, data = tmp_path / "inside", tmp_path / "etc", tmp_path / "var"
    for folder in (inside, etc, data):
        folder.mkdir()
    (inside / "boxportal.toml").write_text(f'{NAMES}[backup]\nby = "server"\n', "utf-8")
    (inside / "master.key").write_bytes(b"theirs")
    (etc / "boxportal.toml").write_text(f'[box]\ndata = "{data}"\n', "utf-8")
    (etc / "master.key").write_bytes(b"ours")
    monkeypatch.delenv(config.VARIABLE, raising=False)
    monkeypatch.setattr(config, "INSTALLED", etc)
    return inside, etc, data


def test_installed_box_stays_one(installed: tuple[Path, Path, Path]) -> None:
    inside, etc, data = installed
    with ExitStack() as undo:
        before = restore_box.put_settings(inside, data, undo)
        undo.pop_all()
    assert config.settings_folder(data) == etc
    assert config.load_config(data).box.data == str(data)
    assert config.load_config(data).box.names == ["portal.acme.example"]
    assert config.load_config(data).backup.by == "timer"
    assert (etc / "master.key").read_bytes() == b"theirs"
    assert before is not None
    assert (before / "master.key").read_bytes() == b"ours"
    assert list(data.iterdir()) == []


@pytest.mark.parametrize("can_link", [True, False])
@pytest.mark.parametrize("last", ["boxportal.toml", "master.key"])
def test_installed_box_is_found_while_it_is_put_back_and_after_a_failure(
    installed: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch, *, last: str, can_link: bool
) -> None:
    inside, etc, data = installed
    before, write_whole = state_of(etc), restore_box.write_whole

    def failing(path: Path, content: bytes, mode: int) -> None:
        assert config.settings_folder(data) == etc
        if path == etc / last:
            raise OSError(5, "Input/output error")
        write_whole(path, content, mode)

    def refused(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(restore_box, "write_whole", failing)
    if not can_link:
        monkeypatch.setattr(restore_box.os, "link", refused)
    with pytest.raises(OSError, match="Input/output"), ExitStack() as undo:
        restore_box.put_settings(inside, data, undo)
    assert state_of(etc) == before
    assert sorted(path.name for path in etc.iterdir()) == ["boxportal.toml", "master.key"]


def test_trial_starts_its_backups_itself(tmp_path: Path) -> None:
    text = b'[box]\ndata = "/var/lib/boxportal"\n[backup]\nkeep = "1/0/0"\nby = "timer"\n'
    written = restore_box.with_data(text, tmp_path, apart=False).decode()
    assert written == '[box]\n[backup]\nkeep = "1/0/0"\nby = "server"\n'


def test_newer_settings_are_refused(tmp_path: Path) -> None:
    inside = tmp_path / "settings"
    inside.mkdir()
    (inside / "boxportal.toml").write_text("[flying]\ncars = 3\n", "utf-8")
    (tmp_path / "companies.json").write_text('{"companies": []}', "utf-8")
    with pytest.raises(RuleBroken, match="can't be used by this version"):
        require_settings(tmp_path)
