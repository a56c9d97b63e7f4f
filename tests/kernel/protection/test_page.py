"""The page: three plain answers, cards, tests on demand, setting aside with a reason, the report."""

import re
from pathlib import Path

import pytest
from sqlalchemy import func, select

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.outbound.letters import MailSettings
from boxportal.kernel.protection import kept
from boxportal.kernel.protection.cards import cards_of, letter_of
from boxportal.kernel.protection.document import document
from boxportal.kernel.protection.model import Level
from boxportal.kernel.protection.table import GUARDS
from boxportal.kernel.settings import save_setting
from boxportal.sdk.i18n import LANGUAGES, use_locale
from tests.kernel.protection.looking import a_round, reader
from tests.support.portal import Portal

pytestmark = pytest.mark.modules()
MOST_WORDS, MOST_WORDS_OF_WHAT = 90, 25


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_card_says_all_in_few_words_in_every_language(language: str) -> None:
    english = {name: text.message for guard in GUARDS for name, text in guard.texts.items()}
    assert english
    with use_locale(language):
        for guard in GUARDS:
            texts = {name: str(text) for name, text in guard.texts.items()}
            assert all(texts.values()), guard.id
            assert sum(len(text.split()) for text in texts.values()) <= MOST_WORDS, guard.id
            assert len(texts["does"].split()) <= MOST_WORDS_OF_WHAT, guard.id
            if language != "en":
                same = [name for name, text in texts.items() if text == guard.texts[name].message]
                assert not same, (guard.id, same)


def test_guards_have_names_of_their_own() -> None:
    assert len({guard.id for guard in GUARDS}) == len(GUARDS)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", guard.id) for guard in GUARDS)


def test_fresh_company_has_no_red_guard(portal: Portal) -> None:
    assert [name for name, level in a_round(portal).items() if level is Level.OPEN] == []


def test_page_shows_the_three_answers_and_nobody_else_finds_it(portal: Portal) -> None:
    a_round(portal)
    shown = portal.browser("admin").get("/admin/protection").text
    for text in ("Can strangers get in?", "Can you get your data back?", "Would you notice?", "Test now"):
        assert text in shown
    assert all(f'id="{guard.id}"' in shown for guard in GUARDS)
    assert "No mail server is set" in shown
    assert portal.browser("owner").get("/admin/protection").status_code == 404
    assert portal.browser("owner").post("/admin/protection/alerts/off").status_code == 404


def test_test_now_measures_in_a_process_of_its_own(portal: Portal) -> None:
    admin = portal.browser("admin")
    assert "Nothing was measured yet" in admin.get("/admin/protection").text
    assert admin.post("/admin/protection/test").status_code == 303
    with write_session(portal.company.engines) as db:
        save_setting(db, MailSettings(host="mail.acme.example", security="none", sender="a@acme.example"))
    assert admin.post("/admin/protection/test").status_code == 303
    shown = admin.get("/admin/protection").text
    assert "go to mail.acme.example unencrypted" in shown
    with read_session(portal.company.engines) as db:
        assert kept.read(db).seen["mail"].level is Level.OPEN
        told = db.scalar(select(func.count()).select_from(InboxNotice).where(InboxNotice.kind == "core.guard"))
    assert told == 1


def test_guard_is_set_aside_with_a_reason_that_stays_in_the_audit_log(portal: Portal) -> None:
    a_round(portal)
    admin = portal.browser("admin")
    refused = admin.post("/admin/protection/backup-age/dismiss", {"reason": " "})
    assert (refused.status_code, "Say why" in refused.text) == (422, True)
    assert admin.post("/admin/protection/backup-age/dismiss", {"reason": "Only a trial"}).status_code == 303
    assert "Only a trial" in admin.get("/admin/protection").text
    assert "Only a trial" in admin.get("/admin/protection/report").text
    assert admin.post("/admin/protection/backup-age/return").status_code == 303
    assert "Only a trial" not in admin.get("/admin/protection").text
    assert admin.post("/admin/protection/nonsense/dismiss", {"reason": "whatever"}).status_code == 404
    with read_session(portal.company.engines) as db:
        acts = db.scalars(select(AuditLine.action).where(AuditLine.action.startswith("core.guard"))).all()
        why = db.scalars(select(AuditLine.after).where(AuditLine.action == "core.guard.dismiss")).all()
    assert (sorted(acts), why) == (["core.guard.dismiss", "core.guard.return"], [{"reason": "Only a trial"}])


def test_switch_is_seen_at_once_and_what_is_always_on_has_none(portal: Portal) -> None:
    a_round(portal)
    admin = portal.browser("admin")
    assert admin.post("/admin/protection/alerts/off").status_code == 303
    shown = admin.get("/admin/protection").text
    assert "Nobody is told when a guard turns red." in shown
    assert admin.post("/admin/protection/alerts/on").status_code == 303
    assert "Nobody is told when a guard turns red." not in admin.get("/admin/protection").text
    assert admin.post("/admin/protection/forgery/off").status_code == 409
    assert "/admin/protection/forgery/o" not in shown


@pytest.mark.parametrize("backend", ["sqlite"])
def test_pressing_puts_the_folder_right(portal: Portal) -> None:
    portal.data.chmod(0o755)
    assert a_round(portal)["data-folder"] is Level.OPEN
    assert portal.browser("admin").post("/admin/protection/data-folder/on").status_code == 303
    assert (portal.data.stat().st_mode & 0o777, a_round(portal)["data-folder"]) == (0o750, Level.GOOD)


def test_administrators_are_told_once_of_what_turned_red(portal: Portal) -> None:
    def mail(security: str) -> None:
        with write_session(portal.company.engines) as db:
            save_setting(db, MailSettings(host="mail.acme.example", security=security, sender="a@acme.example"))
        a_round(portal)

    def told() -> int:
        with read_session(portal.company.engines) as db:
            return db.scalar(select(func.count()).select_from(InboxNotice).where(InboxNotice.kind == "core.guard")) or 0

    mail("tls")
    assert told() == 0
    mail("none")
    mail("none")
    assert told() == 1
    assert "Mail leaves encrypted" in portal.browser("admin").get("/inbox").text


def test_letter_is_d_at_best_when_a_critical_check_failed(portal: Portal) -> None:
    a_round(portal)
    with read_session(portal.company.engines) as db:
        cards = cards_of(reader(portal, db))
        assert letter_of(cards) in {"A", "B", "C"}
        state = kept.read(db)
    critical = [guard.id for guard in GUARDS if guard.critical]
    for count, letter in ((1, "D"), (2, "E"), (3, "F")):
        for name in critical[:count]:
            state.seen[name].level = Level.OPEN
            state.aside[name] = kept.SetAside(reason="it may stay", by="x", at=state.seen[name].at)
        with write_session(portal.company.engines) as db:
            kept.write(db, state)
        assert f">{letter}<" in portal.browser("admin").get("/admin/protection/report").text.replace(" ", "")


def test_documentation_says_what_the_cards_say() -> None:
    written = (Path(__file__).resolve().parents[3] / "docs" / "protection.md").read_text("utf-8")
    assert written == document(), "python -m boxportal.kernel.protection.document > docs/protection.md"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_report_is_a_pdf_file_too(portal: Portal) -> None:
    a_round(portal)
    admin = portal.browser("admin")
    assert "/admin/protection/report/pdf" in admin.get("/admin/protection/report").text
    answer = admin.get("/admin/protection/report/pdf")
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    assert portal.browser("owner").get("/admin/protection/report/pdf").status_code == 404
