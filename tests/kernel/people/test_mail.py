"""The mail server: set by an administrator, tried out, and used for what must leave the box."""

import json
import ssl
import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from boxportal.kernel.database.engines import read_session, writing
from boxportal.kernel.outbound.letters import MailSettings
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.tables import Setting
from boxportal.sdk.context import Attachment, Notice
from boxportal.sdk.errors import Invalid, RuleBroken, TooManyTries
from tests.kernel.people.reading import copied, wait_until
from tests.support.mail_server import SECRET, USER, MailServer, certificate, serving
from tests.support.portal import Portal

SENDER = "portal@acme.example"


def settings(server: MailServer, **more: str) -> dict[str, str]:
    return {"host": "127.0.0.1", "port": str(server.port), "security": "none", "user": "", "password": "",
            "sender": SENDER} | more  # fmt: skip


def set_server(portal: Portal, server: MailServer, **more: str) -> None:
    answer = portal.browser("admin").post("/admin/mail", settings(server, **more))
    assert answer.status_code == 303, answer.text


def send(portal: Portal, *, to: str, subject: str = "Quote 7", files: tuple[Attachment, ...] = ()) -> None:
    """As a module would: by the context, within its transaction."""
    with writing(portal.company.engines) as session, session.begin():
        portal.ctx(session, "owner").mail(to, subject, "text", files)


def notify(portal: Portal, who: str, **more: object) -> None:
    notice = {"kind": "core.reminder", "text": "%(what)s waits.", "values": {"what": "Deal 7"}, "url": "/x/7"} | more
    with writing(portal.company.engines) as session, session.begin():
        portal.ctx(session).notify(Notice(to=portal.person(who), **notice))  # type: ignore[arg-type]  # a test's dict


def items(portal: Portal, topic: str = "core.mail") -> list[OutboxItem]:
    with read_session(portal.company.engines) as db:
        return list(db.scalars(select(OutboxItem).where(OutboxItem.topic == topic).order_by(OutboxItem.id)))


def test_a_test_mail_arrives_and_the_servers_answer_is_shown(portal: Portal) -> None:
    with serving() as server:
        set_server(portal, server)
        answer = portal.browser("admin").post("/admin/mail/test", {"to": "admin@acme.example"})
    assert answer.status_code == 200
    assert "250 Message 1 taken" in answer.text
    assert server.got[0]["To"] == "admin@acme.example"
    assert server.got[0]["From"] == f"Acme Pumps <{SENDER}>"


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's certificate, trusted by this machine for the length of the test."""
    made, trusted = certificate(tmp_path / "tls")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    return made


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_encrypted(portal: Portal, context: ssl.SSLContext, security: str) -> None:
    with serving(context, wrapped=security == "tls") as server:
        set_server(portal, server, host="localhost", security=security)
        answer = portal.browser("admin").post("/admin/mail/test", {"to": "admin@acme.example"})
    assert answer.status_code == 200, answer.text
    assert server.encrypted == [True]


def test_a_wrong_password_is_told_in_the_servers_words(portal: Portal, context: ssl.SSLContext) -> None:
    with serving(context, login=True) as server:
        set_server(portal, server, host="localhost", security="starttls", user=USER, password="wrong one")
        wrong = portal.browser("admin").post("/admin/mail/test", {"to": "admin@acme.example"})
    assert wrong.status_code == 422
    assert "535 5.7.8 Authentication credentials invalid" in wrong.text
    assert "wrong one" not in wrong.text


def test_a_certificate_that_nobody_vouches_for_is_refused(portal: Portal, tmp_path: Path) -> None:
    context, _trusted = certificate(tmp_path / "tls")
    with serving(context) as server:
        set_server(portal, server, host="localhost", security="starttls")
        answer = portal.browser("admin").post("/admin/mail/test", {"to": "admin@acme.example"})
    assert answer.status_code == 422
    assert "CERTIFICATE_VERIFY_FAILED" in answer.text
    assert server.got == []


def test_starttls_is_never_dropped_silently(portal: Portal) -> None:
    with serving() as server:
        set_server(portal, server, security="starttls")
        answer = portal.browser("admin").post("/admin/mail/test", {"to": "admin@acme.example"})
    assert answer.status_code == 422
    assert "does not offer" in answer.text
    assert server.got == []


def test_the_password_rests_sealed_and_is_shown_nowhere(portal: Portal, context: ssl.SSLContext) -> None:
    with serving(context, login=True) as server:
        set_server(portal, server, host="localhost", security="starttls", user=USER, password=SECRET)
        browser = portal.browser("admin")
        assert browser.post("/admin/mail/test", {"to": "a@b.example"}).status_code == 200
        set_server(portal, server, host="localhost", security="starttls", user=USER)
        assert browser.post("/admin/mail/test", {"to": "a@b.example"}).status_code == 200, "an empty field keeps it"
    with read_session(portal.company.engines) as db:
        row = db.get(Setting, "core.MailSettings")
        assert row is not None
        kept = json.dumps(row.value)
    assert SECRET not in kept
    assert "sealed1." in kept
    for path in ("/admin/mail", "/admin/audit"):
        page = browser.get(path).text
        assert SECRET not in page
        assert "sealed1." not in page


def test_a_kept_password_is_never_sent_to_another_server(portal: Portal) -> None:
    with serving() as server:
        set_server(portal, server, user=USER, password=SECRET)
        for other in ({"host": "localhost"}, {"port": "2525"}, {"security": "starttls"}, {"user": "somebody"}):
            answer = portal.browser("admin").post("/admin/mail", settings(server, user=USER) | other)
            assert answer.status_code == 422
            assert "Enter the password for this server" in answer.text


@pytest.mark.parametrize(
    ("field", "value"),
    [("host", "bad host"), ("host", "-x"), ("host", "a\r\nb"), ("port", "0"), ("port", "70000"), ("port", "x"),
     ("security", "maybe"), ("sender", "nobody"), ("sender", "a@b.example\r\nBcc: c@d.example"), ("user", "u\r\nX")],
)  # fmt: skip
def test_wrong_settings_are_refused_and_the_old_ones_stay(portal: Portal, field: str, value: str) -> None:
    with serving() as server:
        set_server(portal, server)
        wish = settings(server, user="u", password="p") | {field: value}
        assert portal.browser("admin").post("/admin/mail", wish).status_code == 422
    with read_session(portal.company.engines) as db:
        row = db.get(Setting, "core.MailSettings")
        assert row is not None
        assert MailSettings.model_validate(row.value).port == server.port


def test_a_module_sends_with_an_attachment_and_the_text_rests_sealed(portal: Portal) -> None:
    with serving() as server:
        set_server(portal, server)
        text = "Dear client,\n\nhttps://x/s/very-secret-link\n"
        with writing(portal.company.engines) as session, session.begin():
            pdf = Attachment("Quote 7.pdf", "application/pdf", b"%PDF-1.7 quote")
            portal.ctx(session, "owner").mail("client@firm.example", "Quote 7 – Привет", text, [pdf],
                                              reply_to="owner@acme.example")  # fmt: skip
            session.flush()
            item = session.scalars(select(OutboxItem).where(OutboxItem.topic == "core.mail")).one()
            assert "very-secret-link" not in json.dumps(item.payload)
        wait_until(lambda: bool(server.got))
        wait_until(lambda: items(portal)[0].state == "done")
    mail = server.got[0]
    assert (mail["Subject"], mail["Reply-To"]) == ("Quote 7 – Привет", "owner@acme.example")
    body, file = mail.get_body(), next(mail.iter_attachments())
    assert body is not None
    assert "very-secret-link" in body.get_content()
    assert (file.get_filename(), file.get_content()) == ("Quote 7.pdf", b"%PDF-1.7 quote")
    assert set(items(portal)[0].payload) & {"text", "files"} == set(), "what was sent is not kept"


@pytest.mark.parametrize(
    ("to", "subject", "name"),
    [("a@b.example\nBcc: c@d.example", "s", "f"), ("a@b.example", "s\r\nBcc: c@d.example", "f"),
     ("a@b.example", "s", "f\r\nX: y"), ("", "s", "f"), ("a@b.example", " ", "f"), ("a@b.example", "s" * 301, "f")],
)  # fmt: skip
def test_line_breaks_never_reach_a_header(portal: Portal, to: str, subject: str, name: str) -> None:
    with serving() as server:
        set_server(portal, server)
        with pytest.raises(Invalid):
            send(portal, to=to, subject=subject, files=(Attachment(name, "text/plain", b"x"),))
    assert items(portal) == []


def test_without_a_mail_server_nothing_is_offered_or_sent(portal: Portal) -> None:
    with pytest.raises(RuleBroken):
        send(portal, to="a@b.example")
    notify(portal, "owner")
    wait_until(lambda: [i.state for i in items(portal, "core.mail-notice")] == ["done"])
    assert "Hand this link over yourself" in invite(portal)


def test_an_attempt_that_failed_is_repeated_under_the_same_message_id(portal: Portal) -> None:
    with serving() as server:
        set_server(portal, server)
        server.answer = "451 taken, but something else went wrong"
        send(portal, to="client@firm.example")
        wait_until(lambda: items(portal)[0].last_error != "")
        item = items(portal)[0]
        assert (item.state, item.attempts, item.last_error) == ("waiting", 1, server.answer)
        server.answer = ""
        with writing(portal.company.engines) as session, session.begin():
            session.scalars(select(OutboxItem).where(OutboxItem.id == item.id)).one().due_at = item.created_at
        wait_until(lambda: len(server.got) == 2)
        wait_until(lambda: items(portal)[0].state == "done")
    first, second = server.got
    assert first["Message-ID"] == second["Message-ID"]
    assert f"mail.{item.id}." in first["Message-ID"]


def test_a_refusal_for_good_is_told_to_the_sender_and_can_be_sent_again(portal: Portal) -> None:
    with serving() as server:
        set_server(portal, server)
        server.refuse = "550 no such mailbox"
        send(portal, to="gone@firm.example")
        wait_until(lambda: items(portal)[0].state == "dead")
        page = portal.browser("owner").get("/inbox").text
        assert "gone@firm.example could not be sent: 550 no such mailbox" in page
        listed = portal.browser("admin").get("/admin/mail").text
        assert "Quote 7" in listed
        server.refuse = ""
        portal.browser("admin").post(f"/admin/mail/{items(portal)[0].id}/again")
        wait_until(lambda: len(server.got) == 1)
    body = server.got[0].get_body()
    assert body is not None
    assert body.get_content().strip() == "text"


def test_a_notice_is_mailed_in_the_persons_language_with_its_link(portal: Portal) -> None:
    with serving() as server:
        set_server(portal, server)
        notify(portal, "owner")
        wait_until(lambda: len(server.got) == 1)
    mail = server.got[0]
    body = mail.get_body()
    assert body is not None
    assert (mail["To"], mail["Subject"]) == ("owner@acme.example", "Deal 7 waits.")
    assert f"{portal.company.address}/x/7" in body.get_content()
    assert mail["Message-ID"].startswith("<notice.")


def test_what_was_read_already_or_is_not_wanted_is_not_mailed(portal: Portal) -> None:
    with serving() as server:
        portal.browser("colleague").post("/account/notifications", {"inbox": ["core.reminder"], "mail": []})
        portal.browser("head").post("/account/notifications", {"inbox": [], "mail": ["core.reminder"]})
        notify(portal, "owner")
        portal.browser("owner").post("/inbox/read")
        set_server(portal, server)
        notify(portal, "colleague")
        notify(portal, "head")
        wait_until(lambda: len(server.got) == 1)
        wait_until(lambda: all(i.state == "done" for i in items(portal, "core.mail-notice")))
    assert [mail["To"] for mail in server.got] == ["head@acme.example"]
    assert 'data-unread="0"' in portal.browser("head").get("/inbox").text
    assert 'data-unread="1"' in portal.browser("colleague").get("/inbox").text


def test_a_slow_mail_server_holds_nobody_up(portal: Portal) -> None:
    with serving() as server:
        set_server(portal, server)
        held, asked = threading.Event(), threading.Event()
        handle = server.handle_DATA

        async def slow(*arguments: object) -> str:
            import asyncio  # noqa: PLC0415 only here

            asked.set()
            await asyncio.to_thread(held.wait, 20)
            return await handle(*arguments)  # type: ignore[arg-type]  # passed on as they came

        server.handle_DATA = slow  # type: ignore[method-assign]
        send(portal, to="client@firm.example")
        assert asked.wait(10)
        for number in range(5):
            answer = portal.browser("owner").post("/account", {"name": f"Omar {number}", "language": "en",
                                                                "timezone": "UTC"})  # fmt: skip
            assert answer.status_code == 303
        held.set()
        wait_until(lambda: len(server.got) == 1)


def invite(portal: Portal) -> str:
    form = {"name": "Nia", "email": "nia@acme.example", "roles": "1", "teams": "1"}
    return portal.browser("admin").post("/admin/people/new", form).text


def test_invitations_and_resets_are_mailed_too(portal: Portal) -> None:
    with serving() as server:
        set_server(portal, server)
        link = copied(invite(portal))
        wait_until(lambda: len(server.got) == 1)
        portal.browser().post("/forgot", {"email": "owner@acme.example"})
        wait_until(lambda: len(server.got) == 3)
    invitation = server.got[0].get_body()
    reset = next(mail.get_body() for mail in server.got if mail["To"] == "owner@acme.example")
    told = next(mail for mail in server.got if mail["To"] == "admin@acme.example")
    assert invitation is not None
    assert reset is not None
    assert link in invitation.get_content()
    assert f"{portal.company.address}/reset#t=" in reset.get_content()
    assert told["Subject"] == "Omar Owner forgot the password and asks for help."


def test_a_person_sends_at_most_two_hundred_mails_an_hour_and_the_system_more(portal: Portal) -> None:
    with serving() as server:
        set_server(portal, server)
    with writing(portal.company.engines) as session:
        ctx, system = portal.ctx(session, "owner"), portal.ctx(session)
        for _number in range(200):
            ctx.mail("client@firm.example", "Hello", "text")
        with pytest.raises(TooManyTries):
            ctx.mail("client@firm.example", "Hello", "text")
        system.mail("client@firm.example", "Hello", "text")
