"""Dangerous acts ask who it is when that was last proved more than 15 minutes ago, and go on with what was sent."""

import html
import re
from datetime import timedelta

from sqlalchemy import func, select, update

from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.identity.models import ApiToken, Person, SignInSession
from boxportal.sdk.clock import utcnow
from tests.support.portal import BASE, PASSWORD, Browser, Portal

KEY = {"name": "Shop", "scopes": ["all:read"], "days": "30"}
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def stale(portal: Portal, who: str) -> Browser:
    """A browser whose person signed in an hour ago."""
    browser = portal.browser(who)
    with write_session(portal.company.engines) as db:
        db.change(update(SignInSession).values(proved_at=utcnow() - timedelta(hours=1)))
    return browser


def fields_of(text: str, action: str) -> dict[str, object]:
    """The hidden fields of the page's form that is sent there."""
    found: dict[str, list[str]] = {}
    for name, value in FIELD.findall(text.split(f'action="{action}"', 1)[1].split("</form>", 1)[0]):
        found.setdefault(name, []).append(html.unescape(value))
    return {name: values for name, values in found.items() if name != "_csrf"}


def keys_of(portal: Portal, who: str) -> int:
    with read_session(portal.company.engines) as db:
        return db.scalar(select(func.count()).where(ApiToken.person_id == portal.person(who))) or 0


def test_dangerous_act_asks_first_and_goes_on_with_what_was_sent(portal: Portal) -> None:
    browser = stale(portal, "owner")
    asked = browser.post("/account/keys", KEY | {"_once": "k1"})
    assert (asked.status_code, keys_of(portal, "owner")) == (403, 0)
    assert 'action="/confirm"' in asked.text
    confirmed = browser.post("/confirm", fields_of(asked.text, "/confirm") | {"password": PASSWORD})
    assert confirmed.status_code == 200
    assert 'action="/account/keys"' in confirmed.text
    done = browser.post("/account/keys", fields_of(confirmed.text, "/account/keys"))
    assert (done.status_code, keys_of(portal, "owner")) == (200, 1)
    assert "bp_" in done.text
    assert browser.post("/account/keys", KEY).status_code == 200, "for the next 15 minutes nothing is asked"


def test_wrong_password_goes_on_with_nothing_and_tries_are_counted(portal: Portal) -> None:
    browser = stale(portal, "owner")
    fields = fields_of(browser.post("/account/keys", KEY).text, "/confirm")
    codes = [browser.post("/confirm", fields | {"password": "wrong"}).status_code for _ in range(10)]
    assert codes == [422] * 10
    refused = browser.post("/confirm", fields | {"password": PASSWORD})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert browser.post("/account/keys", KEY).status_code == 403


def test_forged_act_is_refused_before_anything_is_asked(portal: Portal) -> None:
    browser = stale(portal, "owner")
    answer = browser.post("/account/keys", KEY | {"_csrf": "x"})
    assert answer.status_code == 403
    assert 'action="/confirm"' not in answer.text
    answer = browser.post("/account/keys", KEY, headers={"origin": "http://evil.test"})
    assert 'action="/confirm"' not in answer.text


def test_no_way_round_to_an_administrators_power_goes_without_a_proof(portal: Portal) -> None:
    browser, me = stale(portal, "admin"), portal.person("admin")
    self_made = {"email": "mine@evil.example", "name": "Amina Admin", "is_admin": "true"}
    acts: dict[str, dict[str, object]] = {
        f"/admin/help/{me}/link": {}, f"/admin/help/{me}/code": {}, f"/admin/people/{me}": self_made,
        "/admin/directory": {"host": "evil.example"}, "/admin/sso": {"issuer": "https://evil.example"},
        "/admin/mail": {"host": "evil.example"}, "/admin/settings": {"box.names": "evil.example"},
        "/admin/audit/keep": {"days": "30"},
    }  # fmt: skip
    assert {path: browser.post(path, fields).status_code for path, fields in acts.items()} == dict.fromkeys(acts, 403)


def test_only_a_new_administrator_is_asked_for(portal: Portal) -> None:
    browser = stale(portal, "admin")
    person = {"email": "new@acme.example", "name": "New One"}
    assert browser.post("/admin/people/new", person | {"email": "plain@acme.example"}).status_code == 200
    assert browser.post("/admin/people/new", person | {"is_admin": "true"}).status_code == 403
    path = f"/admin/people/{portal.person('owner')}"
    change = {"email": "owner@acme.example", "name": "Omar", "is_admin": "true"}
    assert browser.post(path, change).status_code == 403
    with read_session(portal.company.engines) as db:
        assert db.scalars(select(Person.email).where(Person.is_admin)).all() == ["admin@acme.example"]
        assert db.scalar(select(Person.id).where(Person.email == "new@acme.example")) is None


def test_whoever_has_no_password_is_told_to_come_in_again(portal: Portal) -> None:
    browser = stale(portal, "owner")
    with write_session(portal.company.engines) as db:
        db.change(update(Person).where(Person.id == portal.person("owner")).values(password_hash=None))
    asked = browser.post("/account/keys", KEY)
    assert asked.status_code == 403
    assert "You have no password here." in asked.text
    assert browser.post("/confirm", {"password": "", "act": "/account/keys"}).status_code == 422


def test_part_of_a_page_is_sent_to_the_question(portal: Portal) -> None:
    browser = stale(portal, "owner")
    headers = {"hx-request": "true", "referer": f"{BASE}/account/keys?x=1"}
    answer = browser.post("/account/keys", KEY, headers=headers)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/confirm?next=%2Faccount%2Fkeys%3Fx%3D1")
    back = browser.post("/confirm", {"password": PASSWORD, "next": "/account/keys?x=1"})
    assert back.headers["location"] == "/account/keys?x=1"
    assert browser.post("/confirm", {"password": PASSWORD, "next": "//evil.test"}).headers["location"] == "/"
    assert browser.post("/confirm", {"password": PASSWORD, "act": "//evil.test", "kept": "[["}).status_code == 303
    for odd in ("[[", "7", "[7]", '[["a"]]', "{}"):
        assert browser.post("/confirm", {"password": PASSWORD, "act": "/inbox/read", "kept": odd}).status_code == 200
