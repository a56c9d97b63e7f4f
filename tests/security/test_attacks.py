"""Attacks that others suffered (SECURITY.md's table), each tried as somebody who means ill would."""

import json
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from tests.cli.conftest import run_in
from tests.support.portal import PASSWORD, Portal
from tests.support.server import Server

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.companies import Box
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.forgery import csrf_token
from boxportal.kernel.identity.models import Person, SignInSession

pytestmark = [pytest.mark.modules(), pytest.mark.parametrize("backend", ["sqlite"])]
MARK = "<b>zqx7</b>"
DEEP = 50_000


def test_cookie_planted_before_the_sign_in_is_nobody_afterwards(portal: Portal) -> None:
    """Session fixation: the secret that the attacker knows must not become the victim's session."""
    planted = "x" * 43
    browser = portal.browser()
    browser.cookie = planted
    answer = browser.post("/login", {"email": "owner@acme.example", "password": PASSWORD})
    assert answer.status_code == 303
    assert planted not in answer.headers["set-cookie"]
    browser.cookie = planted
    assert browser.get("/inbox").headers["location"].startswith("/login")


def test_who_is_taken_out_loses_devices_and_keys_at_once(portal: Portal) -> None:
    browser, api = portal.browser("owner"), portal.api("owner")
    assert (browser.get("/inbox").status_code, api.get("/me").status_code) == (200, 200)
    path = f"/admin/people/{portal.person('owner')}/leave"
    portal.browser("admin").post(path, {"successor": str(portal.person("colleague"))})
    with read_session(portal.company.engines) as db:
        assert db.scalar(select(Person.state).where(Person.id == portal.person("owner"))) == "left"
    assert browser.get("/inbox").status_code == 303
    assert api.get("/me").status_code == 401


@pytest.mark.parametrize("path", ["/login", "/forgot", "/hello", "/account/password", "/nowhere"])
def test_text_of_the_address_is_never_shown(portal: Portal, path: str) -> None:
    """Reflected scripts: `?error=` and its like say codes, never texts."""
    names = ("error", "message", "next", "email", "q", "name", "title", "reason", "lang")
    query = urlencode(dict.fromkeys(names, MARK))
    for who in ("", "owner"):
        assert MARK not in portal.browser(who).get(f"{path}?{query}").text, (path, who)


def test_own_profile_takes_no_more_than_is_on_its_form(portal: Portal) -> None:
    """Mass assignment: fields that the form does not have are not taken."""
    browser = portal.browser("owner")
    more = {"is_admin": "true", "state": "left", "id": "1", "password_hash": "x", "role": "admin", "email": "x@y.zz"}
    browser.post("/account/profile", {"name": "Omar Owner", "language": "en", "timezone": "UTC", **more})
    with read_session(portal.company.engines) as db:
        owner = db.get(Person, portal.person("owner"))
        assert owner is not None
        assert (owner.is_admin, owner.state, owner.email) == (False, "active", "owner@acme.example")
        assert (owner.password_hash or "").startswith("$argon2id$")


@pytest.mark.parametrize("words", ["a" * 60_000, "*" * 20, '"(NEAR/9 OR NOT', "a*b*" * 40, "%" * 300, "\0\0"])
def test_search_answers_whatever_is_asked(portal: Portal, words: str) -> None:
    answer = portal.browser("owner").get(f"/find?{urlencode({'q': words})}")
    assert answer.status_code < 500


@pytest.mark.modules("crm")
def test_json_as_deep_as_a_well_and_a_form_of_thousands_of_fields_are_refused(portal: Portal) -> None:
    api = portal.api("admin")
    deep = portal.client.post(
        "/api/v1/crm/leads",
        content=b'{"title":' + b"[" * DEEP + b"]" * DEEP + b"}",
        headers={"authorization": f"Bearer {api.token}", "content-type": "application/json"},
    )
    assert 400 <= deep.status_code < 500
    wide = portal.browser("admin").post("/account/profile", {f"field{at}": "x" for at in range(5000)})
    assert 400 <= wide.status_code < 500
    assert api.get("/me").status_code == 200


def test_planted_secrets_stand_in_no_log_and_no_line_of_the_audit_log(server: Server, backend: str) -> None:
    """Twenty secrets by every way in; then the server's log, the audit log and what commands print are read."""
    assert backend == "sqlite"
    planted = [f"Planted-secret-{at:02}-zqx" for at in range(20)]
    server.start()
    cookie, token = server.cookie("admin"), server.token("admin")
    plant(server, cookie, planted)
    server.say("GET", "/api/v1/me", headers={"authorization": f"Bearer {token}"})
    company = Box.open(server.data).get(None)
    with read_session(company.engines) as db:
        assert db.scalars(select(AuditLine.id).where(AuditLine.action == "core.mail.edit")).all()
        told = json.dumps([[*row] for row in db.execute(select(AuditLine.title, AuditLine.before, AuditLine.after))])
        hashes = db.scalars(select(SignInSession.token_hash)).all()
    company.engines.dispose()
    shown = (("mail", "show"), ("config", "list"), ("audit", "list"), ("token", "list"))
    said = "".join(printed(server, *words) for words in shown)
    server.stop()
    everything = server.log.read_text("utf-8") + told + said
    secrets = [*planted, token, cookie.partition("=")[2], *hashes]
    assert [secret for secret in secrets if secret in everything] == []


def plant(server: Server, cookie: str, planted: list[str]) -> None:
    """Send the secrets in: as passwords, keys, cookies, tokens, settings; in addresses, headers and forms."""
    company = Box.open(server.data).get(None)
    origin = {"origin": f"http://127.0.0.1:{server.port}", "content-type": "application/x-www-form-urlencoded"}
    mine = origin | {"cookie": cookie, "x-csrf-token": csrf_token(company.key, cookie.partition("=")[2])}
    company.engines.dispose()
    waiting = iter(planted)

    def form(path: str, headers: dict[str, str], **fields: str) -> None:
        server.say("POST", path, body=urlencode(fields).encode(), headers=headers)

    form("/login", origin, email="admin@acme.example", password=next(waiting))
    form("/login", origin, email=next(waiting), password=next(waiting))
    form("/account/password", mine, current=next(waiting), password=next(waiting), again=next(waiting))
    form("/admin/mail", mine, host="mail.acme.example", port="587", security="starttls", user="u",
         password=next(waiting), sender="office@acme.example")  # fmt: skip
    form("/hello", origin, token=next(waiting), name="x", email="x@acme.example", password=next(waiting))
    server.say("GET", "/api/v1/me", headers={"authorization": f"Bearer {next(waiting)}"})
    server.say("GET", "/inbox", headers={"cookie": f"bp_{server.port}={next(waiting)}"})
    server.say("GET", f"/s/{next(waiting)}")
    server.say("GET", f"/login?next=/{next(waiting)}&token={next(waiting)}")
    server.say("POST", "/api/v1/me", json_body={"password": next(waiting)}, headers={"x-api-key": next(waiting)})
    server.say("POST", "/login", body=next(waiting).encode() + b"\xff\xfe", headers=origin)
    server.say("GET", "/inbox", headers={"x-csrf-token": next(waiting), "authorization": f"Basic {next(waiting)}"})
    form("/forgot", origin, email=f"{next(waiting)}@acme.example")


def printed(server: Server, *words: str) -> str:
    ran = run_in(server.data, *words, "--json")
    return ran.out + ran.err


def test_sign_in_of_a_company_with_a_removed_session_is_not_revived(portal: Portal) -> None:
    """A cookie whose session was ended stays out, also when its row comes back with a past end."""
    browser = portal.browser("owner")
    with write_session(portal.company.engines) as db:
        for session in db.scalars(select(SignInSession)):
            session.expires_at = session.created_at
    assert browser.get("/inbox").status_code == 303
