"""Each guard turns red when what it guards is really broken, and good again when that is mended."""

import base64
import hashlib
import os
import shutil
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from boxportal.kernel.audit.lines import write_entry, write_line
from boxportal.kernel.audit.models import AuditLine, AuditSeal
from boxportal.kernel.audit.sealer import seal_all
from boxportal.kernel.backup.journal import Copies, Kept, Run, keep_run
from boxportal.kernel.backup.targets.model import Target, write_targets
from boxportal.kernel.companies import Box, Company
from boxportal.kernel.database.engines import write_session, writing
from boxportal.kernel.door import DoorSettings
from boxportal.kernel.identity import passwords, throttle
from boxportal.kernel.identity.models import ApiToken, Person, SignInSession
from boxportal.kernel.identity.rules import rules_of
from boxportal.kernel.identity.sessions import start_session
from boxportal.kernel.identity.step_models import Totp
from boxportal.kernel.outbound import guard as outbound_guard
from boxportal.kernel.outbound.letters import MailSettings
from boxportal.kernel.protection.acts import turn_off, turn_on
from boxportal.kernel.protection.model import Level
from boxportal.kernel.secrets import ensure_master_key
from boxportal.kernel.settings import save_setting
from boxportal.kernel.talks import AllowedTargets
from boxportal.sdk.access import SYSTEM, Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import AuditEntry
from tests.cli.conftest import run_in
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


def backup(portal: Portal, *, content: bytes = b"age-encryption.org/v1\n...", hours: float = 1) -> Path:
    """A file that stands among the backups, as old as is wished."""
    folder = portal.data / "backups"
    folder.mkdir(exist_ok=True, mode=0o700)
    made = utcnow() - timedelta(hours=hours)
    path = folder / f"acme-{made:%Y%m%d-%H%M%S}.bpb"
    path.write_bytes(content)
    os.utime(path, (made.timestamp(), made.timestamp()))
    return path


def test_backup_that_is_too_old(portal: Portal) -> None:
    assert level(portal, "backup-age") is WEAK  # a company of today
    os.utime(portal.company.folder / "secrets", (0, 0))
    assert level(portal, "backup-age") is RED
    backup(portal, hours=24 * 8)
    assert level(portal, "backup-age") is RED
    backup(portal, hours=48)
    assert level(portal, "backup-age") is WEAK
    backup(portal)
    assert level(portal, "backup-age") is GOOD


def test_backup_that_is_not_encrypted(portal: Portal) -> None:
    assert run_in(portal.data, "backup", "create").code == 0
    assert level(portal, "backup-sealed") is GOOD
    plain = backup(portal, content=b"SQLite format 3\0", hours=2)
    assert level(portal, "backup-sealed") is RED
    plain.unlink()
    assert level(portal, "backup-sealed") is GOOD


def test_backup_that_nobody_restored(portal: Portal) -> None:
    assert level(portal, "backup-proven") is NOTE
    path = backup(portal, hours=2)
    assert level(portal, "backup-proven") is RED
    kept = Kept(name="acme", file=path.name, proven=["restored", "rows"])
    keep_run(portal.data, Run(began=utcnow(), ended=utcnow(), kept=[kept]))
    assert level(portal, "backup-proven") is GOOD
    backup(portal)
    assert level(portal, "backup-proven") is WEAK


def test_backups_on_the_datas_own_disk_are_weak_until_copies_lie_elsewhere(portal: Portal) -> None:
    backup(portal)
    assert level(portal, "backup-elsewhere") is WEAK
    write_targets(portal.data, [Target(name="away", where="sftp://keeper@backups.acme.example/portal")])
    assert level(portal, "backup-elsewhere") is WEAK  # nothing was copied yet
    copies = Copies(target="away", copied=["acme.bpb"])
    old = utcnow() - timedelta(days=8)
    keep_run(portal.data, Run(began=old, ended=old, copies=[copies]))
    assert level(portal, "backup-elsewhere") is WEAK
    keep_run(portal.data, Run(began=utcnow(), ended=utcnow(), copies=[copies]))
    assert level(portal, "backup-elsewhere") is GOOD


@dataclass(frozen=True)
class Copied:
    """A company in a folder of its own, which nobody serves."""

    company: Company


def test_database_with_a_damaged_page(portal: Portal, tmp_path: Path) -> None:
    shutil.copytree(portal.data, tmp_path / "copy")
    copied = Copied(Box.open(tmp_path / "copy").get(None))
    path = copied.company.folder / "company.db"
    assert level(copied, "database") is GOOD
    copied.company.engines.dispose()
    for left in path.parent.glob("company.db-*"):
        left.unlink()
    pages = path.stat().st_size // 4096
    for at in range(pages // 2, pages):
        with path.open("r+b") as file:
            file.seek(at * 4096)
            file.write(os.urandom(64))
    assert level(copied, "database") is RED
    copied.company.engines.dispose()


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


def test_administrator_with_a_password_alone(portal: Portal) -> None:
    def reachable(listen: str) -> Level:
        (portal.data / "boxportal.toml").write_text(f'[box]\nlisten = "{listen}"\n', "utf-8")
        return level(portal, "second-step")

    assert reachable("127.0.0.1:8080") is NOTE
    assert reachable("0.0.0.0:8080") is WEAK
    assert portal.browser("head").post("/admin/protection/second-step/on").status_code == 404
    confirmed(portal, portal.person("admin"))
    assert reachable("0.0.0.0:8080") is GOOD
    with write_session(portal.company.engines) as db:
        db.change(update(Person).where(Person.id == portal.person("head")).values(is_admin=True))
    found = seen(portal, "second-step")
    assert (found.level, "Hans Head" in str(found.said)) == (WEAK, True)


def confirmed(portal: Portal, person: int) -> None:
    """A second step, as it stands when somebody has set it up."""
    with write_session(portal.company.engines) as db:
        db.add(Totp(person_id=person, sealed="sealed", created_at=utcnow(), confirmed_at=utcnow(), last_step=0))


def test_pressing_asks_administrators_for_a_second_step_and_limits_addresses(portal: Portal) -> None:
    with writing(portal.company.engines) as session, session.begin():
        turn_on(portal.ctx(session), "own-network")
        turn_on(portal.ctx(session), "second-step")
    assert level(portal, "own-network") is GOOD
    assert level(portal, "second-step") is NOTE  # she sets it up at the next sign-in
    with writing(portal.company.engines) as session, session.begin():
        turn_off(portal.ctx(session), "own-network")
        turn_off(portal.ctx(session), "second-step")
        rules = rules_of(portal.ctx(session))
    assert (rules.everyone.networks, rules.admins.two_steps) == ((), False)


def test_sign_in_from_outside_is_named(portal: Portal) -> None:
    owner = Actor("person", portal.person("owner"), "Omar Owner")
    with write_session(portal.company.engines) as db:
        write_entry(db, owner, AuditEntry(action="core.sign-in"), at=utcnow(), address="8.8.8.8")
    assert "8.8.8.8" in str(seen(portal, "own-network").said)
