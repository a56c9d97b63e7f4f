"""Each guard turns red when what it guards is really broken, and good again when that is mended."""

import base64
import hashlib
import os
from datetime import timedelta
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from boxportal.kernel.audit.lines import write_line
from boxportal.kernel.audit.models import AuditLine, AuditSeal
from boxportal.kernel.audit.sealer import seal_all
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.door import DoorSettings
from boxportal.kernel.identity import passwords, throttle
from boxportal.kernel.identity.models import ApiToken, Person, SignInSession
from boxportal.kernel.identity.sessions import start_session
from boxportal.kernel.outbound import guard as outbound_guard
from boxportal.kernel.outbound.letters import MailSettings
from boxportal.kernel.protection.model import Level
from boxportal.kernel.secrets import ensure_master_key
from boxportal.kernel.settings import save_setting
from boxportal.kernel.talks import AllowedTargets
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.clock import utcnow
from tests.kernel.protection.looking import level, seen
from tests.support.portal import Portal

pytestmark = [pytest.mark.modules(), pytest.mark.parametrize("backend", ["sqlite"])]
RED, GOOD, WEAK, NOTE = Level.OPEN, Level.GOOD, Level.WEAK, Level.NOTE


def test_data_folder_that_others_open(portal: Portal) -> None:
    for path in (portal.data, portal.company.folder, portal.company.folder / "secrets" / "company.key"):
        before = path.stat().st_mode
        assert level(portal, "data-folder") is GOOD
        path.chmod(0o777)
        assert level(portal, "data-folder") is RED
        path.chmod(before)
    assert level(portal, "data-folder") is GOOD


def test_settings_file_that_others_change(portal: Portal) -> None:
    path = portal.data / "boxportal.toml"
    path.write_text("", "utf-8")
    path.chmod(0o600)
    assert level(portal, "settings-file") is GOOD
    path.chmod(0o666)
    assert level(portal, "settings-file") is RED


def test_master_key_that_others_read_or_that_is_gone(portal: Portal) -> None:
    ensure_master_key(portal.data)
    path = portal.data / "master.key"
    assert level(portal, "master-key") is GOOD
    path.chmod(0o640)
    assert level(portal, "master-key") is RED
    path.chmod(0o600)
    key = path.read_bytes()
    path.unlink()
    assert level(portal, "master-key") is RED
    path.write_bytes(key)
    path.chmod(0o600)
    assert level(portal, "master-key") is GOOD


def installed(folder: Path) -> PathDistribution:
    """A program of two files, as an installer leaves it."""
    info = folder / "boxportal-9.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: boxportal\nVersion: 9\n", "utf-8")
    lines = []
    for name in ("one.py", "two.py"):
        (folder / name).write_text(f"# {name}\n", "utf-8")
        digest = base64.urlsafe_b64encode(hashlib.sha256((folder / name).read_bytes()).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},9")
    lines += ["../../bin/boxportal,sha256=AAAA,9", "boxportal-9.dist-info/RECORD,,"]
    (info / "RECORD").write_text("\n".join(lines) + "\n", "utf-8")
    return PathDistribution(info)


def test_file_of_the_program_that_was_changed_or_deleted(portal: Portal, tmp_path: Path) -> None:
    program = installed(tmp_path / "site-packages")
    assert level(portal, "program", program) is GOOD
    file = tmp_path / "site-packages" / "two.py"
    file.write_text("# two.py \n", "utf-8")
    found = seen(portal, "program", program)
    assert (found.level, "two.py" in str(found.said)) == (RED, True)
    file.unlink()
    assert level(portal, "program", program) is RED
    file.write_text("# two.py\n", "utf-8")
    assert level(portal, "program", program) is GOOD


def test_audit_log_that_was_rewritten(portal: Portal) -> None:
    with write_session(portal.company.engines) as db:
        for at in range(4):
            write_line(db, SYSTEM, "core.test", f"line {at}")
    seal_all(portal.company)
    assert level(portal, "audit-chain") is GOOD
    with write_session(portal.company.engines) as db:
        db.change(update(AuditLine).where(AuditLine.title == "line 1").values(title="line 9"))
    assert level(portal, "audit-chain") is RED
    with write_session(portal.company.engines) as db:
        db.change(update(AuditLine).where(AuditLine.title == "line 9").values(title="line 1"))
    assert level(portal, "audit-chain") is GOOD


def test_audit_log_whose_end_was_cut_off(portal: Portal) -> None:
    with write_session(portal.company.engines) as db:
        for at in range(4):
            write_line(db, SYSTEM, "core.test", f"line {at}")
    seal_all(portal.company)
    assert level(portal, "audit-seals") is GOOD
    with write_session(portal.company.engines) as db:
        last = db.scalars(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1)).one()
        row = {name: getattr(last, name) for name in ("number", "line_id", "hash", "sealed_at")}
        db.change(delete(AuditSeal).where(AuditSeal.number == last.number))
        db.change(delete(AuditLine).where(AuditLine.id == last.line_id))
    assert level(portal, "audit-chain") is GOOD  # the chain alone can't tell
    assert level(portal, "audit-seals") is RED
    with write_session(portal.company.engines) as db:
        db.add(AuditSeal(**row))
    assert level(portal, "audit-seals") is GOOD


def backup(portal: Portal, name: str, *, content: bytes = b"age-encryption.org/v1\n...", hours: float = 1) -> Path:
    folder = portal.data / "backups"
    folder.mkdir(exist_ok=True, mode=0o700)
    path = folder / f"acme-{name}.bpb"
    path.write_bytes(content)
    at = utcnow().timestamp() - hours * 3600
    os.utime(path, (at, at))
    return path


def test_backup_that_is_too_old(portal: Portal) -> None:
    assert level(portal, "backup-age") is WEAK  # a company of today
    secrets = portal.company.folder / "secrets"
    os.utime(secrets, (0, 0))
    assert level(portal, "backup-age") is RED
    backup(portal, "old", hours=24 * 8)
    assert level(portal, "backup-age") is RED
    backup(portal, "older", hours=48)
    assert level(portal, "backup-age") is WEAK
    backup(portal, "new")
    assert level(portal, "backup-age") is GOOD


def test_backup_that_is_not_encrypted(portal: Portal) -> None:
    backup(portal, "good")
    assert level(portal, "backup-sealed") is GOOD
    plain = backup(portal, "plain", content=b"SQLite format 3\0")
    assert level(portal, "backup-sealed") is RED
    plain.unlink()
    assert level(portal, "backup-sealed") is GOOD


def test_backups_on_the_datas_own_disk_are_weak(portal: Portal) -> None:
    backup(portal, "good")
    assert level(portal, "backup-elsewhere") is WEAK


def test_database_with_a_damaged_page(portal: Portal) -> None:
    assert level(portal, "database") is GOOD
    portal.company.engines.dispose()
    path = portal.company.folder / "company.db"
    whole = path.read_bytes()
    for at in range(4, len(whole) // 4096, 3):
        with path.open("r+b") as file:
            file.seek(at * 4096)
            file.write(os.urandom(64))
    assert level(portal, "database") in {RED, Level.UNKNOWN}
    portal.company.engines.dispose()
    path.write_bytes(whole)
    assert level(portal, "database") is GOOD


def test_mail_that_leaves_unencrypted(portal: Portal) -> None:
    def mail(host: str, security: str) -> Level:
        with write_session(portal.company.engines) as db:
            save_setting(db, MailSettings(host=host, security=security, sender="a@acme.example"))
        return level(portal, "mail")

    assert level(portal, "mail") is NOTE
    assert mail("mail.acme.example", "none") is RED
    assert mail("127.0.0.1", "none") is NOTE
    assert mail("mail.acme.example", "starttls") is GOOD


def test_public_test_that_came_straight_to_the_portal(portal: Portal) -> None:
    def door(**values: object) -> Level:
        with write_session(portal.company.engines) as db:
            save_setting(db, DoorSettings.model_validate(values))
        return level(portal, "public-door")

    assert level(portal, "public-door") is GOOD
    kept = {"address": "https://clients.acme.example", "listen": "127.0.0.1:8081"}
    assert door(**kept, seen_straight=True, seen_at=utcnow()) is RED
    assert door(**kept, tested_at=utcnow()) is GOOD


def test_person_who_left_with_a_device_or_rights(portal: Portal) -> None:
    assert level(portal, "people-left") is GOOD
    with write_session(portal.company.engines) as db:
        db.change(update(Person).where(Person.id == portal.person("stranger")).values(state="left"))
    assert level(portal, "people-left") is GOOD
    with write_session(portal.company.engines) as db:
        start_session(db, portal.person("stranger"), utcnow(), agent="test", address="127.0.0.1")
    found = seen(portal, "people-left")
    assert (found.level, "Stan Stranger" in str(found.said)) == (RED, True)
    with write_session(portal.company.engines) as db:
        db.change(delete(SignInSession).where(SignInSession.person_id == portal.person("stranger")))
    assert level(portal, "people-left") is GOOD


def test_account_that_nobody_used_for_ninety_days(portal: Portal) -> None:
    assert level(portal, "unused-accounts") is GOOD
    long_ago = utcnow() - timedelta(days=100)
    with write_session(portal.company.engines) as db:
        db.change(update(Person).where(Person.id == portal.person("owner")).values(created_at=long_ago))
    found = seen(portal, "unused-accounts")
    assert (found.level, "Omar Owner" in str(found.said)) == (WEAK, True)
    portal.browser("owner").get("/")  # has a session that was seen today
    assert level(portal, "unused-accounts") is GOOD


def test_key_that_nothing_uses(portal: Portal) -> None:
    portal.api("owner")
    assert level(portal, "api-keys") is GOOD
    with write_session(portal.company.engines) as db:
        db.change(update(ApiToken).values(created_at=utcnow() - timedelta(days=91)))
    assert level(portal, "api-keys") is WEAK
    with write_session(portal.company.engines) as db:
        db.change(update(ApiToken).values(used_at=utcnow()))
    assert level(portal, "api-keys") is GOOD


def test_password_kept_in_a_weak_way(portal: Portal) -> None:
    assert level(portal, "passwords") is GOOD
    mine = update(Person).where(Person.id == portal.person("owner"))
    with write_session(portal.company.engines) as db:
        before = db.scalars(select(Person.password_hash).where(Person.id == portal.person("owner"))).one()
        db.change(mine.values(password_hash="$1$salt$5f4dcc3b5aa765d61d8327deb882cf99"))
    found = seen(portal, "passwords")
    assert (found.level, "Omar Owner" in str(found.said)) == (RED, True)
    with write_session(portal.company.engines) as db:
        db.change(mine.values(password_hash=before))
    assert level(portal, "passwords") is GOOD


def test_rules_for_passwords_that_are_gone(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "check_new_password", lambda _password: None)
    assert level(portal, "passwords") is RED


def test_throttle_that_lets_everything_through(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert level(portal, "throttle") is GOOD
    assert level(portal, "throttle") is GOOD  # nothing of the first look was kept
    monkeypatch.setattr(throttle, "add_try", lambda *_anything: None)
    assert level(portal, "throttle") is RED


def test_device_that_stays_signed_in_for_ever(portal: Portal) -> None:
    portal.browser("owner")
    assert level(portal, "sessions") is GOOD
    with write_session(portal.company.engines) as db:
        db.change(update(SignInSession).values(expires_at=utcnow() + timedelta(days=4000)))
    assert level(portal, "sessions") is RED


def test_links_that_reach_inwards(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert level(portal, "inner-network") is GOOD
    monkeypatch.setattr(outbound_guard, "is_global", lambda _address: True)
    assert level(portal, "inner-network") is RED


def test_machines_of_the_own_network_that_may_be_asked(portal: Portal) -> None:
    def allowed(count: int) -> Level:
        with write_session(portal.company.engines) as db:
            save_setting(db, AllowedTargets(targets=[f"printer{at}.local:631" for at in range(count)]))
        return level(portal, "outgoing")

    assert [allowed(0), allowed(1), allowed(20)] == [GOOD, NOTE, WEAK]


def test_nobody_who_could_be_told(portal: Portal) -> None:
    assert level(portal, "alerts") is GOOD
    with write_session(portal.company.engines) as db:
        db.change(update(Person).values(is_admin=False))
    assert level(portal, "alerts") is RED


def test_portal_that_others_reach_without_encryption(portal: Portal) -> None:
    assert level(portal, "https") is NOTE
    (portal.data / "boxportal.toml").write_text('[box]\nlisten = "0.0.0.0:8080"\n[tls]\nmode = "off"\n', "utf-8")
    assert level(portal, "https") is RED
