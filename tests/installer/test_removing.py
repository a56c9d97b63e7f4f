"""A purge leaves what was there before the installation, and takes nothing of anybody else's."""

from pathlib import Path

import pytest

from boxportal.cli.installing import removing
from boxportal.cli.installing.journal import Journal
from boxportal.cli.installing.places import Places
from boxportal.cli.installing.removing import Removal, purge_data
from boxportal.cli.installing.talk import Talk
from boxportal.cli.output import Globals, Output
from boxportal.cli.set_up import refusing
from boxportal.cli.uninstall import take_away


@pytest.fixture(autouse=True)
def no_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's own users are none of a test's."""
    monkeypatch.setattr(removing, "has_user", lambda: False)


def removal_of(root: Path, *, backups: Path, made: list[str]) -> Removal:
    places = Places(root)
    answers = {"box.data": str(root / "srv/acme/portal"), "backup.dir": str(backups), "box.names": ["portal"]}
    journal = Journal(places.journal, {**answers, "box.listen": ["0.0.0.0:443"], "tls.mode": "own-ca"}, made=made)
    for file in ("etc/boxportal/master.key", "srv/acme/portal/companies/acme/company.db"):
        (root / file).parent.mkdir(parents=True)
        (root / file).write_text("x")
    backups.mkdir(parents=True, exist_ok=True)
    (backups / "acme-1.bpb").write_text("x")
    return Removal(places, journal, Talk(show=lambda _text: None))


def test_purge_removes_settings_data_backups_and_the_folders_made_for_them(tmp_path: Path) -> None:
    (tmp_path / "srv").mkdir()
    made = [str(tmp_path / "srv/acme"), str(tmp_path / "srv/acme/portal"), str(tmp_path / "srv/acme/backups")]
    purge_data(removal_of(tmp_path, backups=tmp_path / "srv/acme/backups", made=made))
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["etc", "srv"]


def test_purge_leaves_other_files_beside_the_backups_alone(tmp_path: Path) -> None:
    (tmp_path / "mnt").mkdir()
    (tmp_path / "mnt" / "letter.txt").write_text("mine")
    purge_data(removal_of(tmp_path, backups=tmp_path / "mnt", made=[]))
    assert [path.name for path in (tmp_path / "mnt").iterdir()] == ["letter.txt"]


def test_purge_wants_the_portals_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    removal = removal_of(tmp_path, backups=tmp_path / "backups", made=[])
    removal.journal.write()
    monkeypatch.setattr("os.geteuid", lambda: 0)
    output, options = Output("uninstall", quiet=True), Globals(no_input=True)
    for typed in ("", "other"):
        with pytest.raises(Exception, match="must be the portal's name, portal"), refusing():
            take_away(output, options, removal.places, purge=True, confirmed=typed, backup=False)
    assert (tmp_path / "etc/boxportal/master.key").exists()


def test_machine_without_a_box_is_left_alone(tmp_path: Path) -> None:
    output = Output("uninstall", quiet=True)
    take_away(output, Globals(), Places(tmp_path), purge=True, confirmed="", backup=True)
    assert output.data["removed"] is False
