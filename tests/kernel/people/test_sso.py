"""Signing in by another service, with a real OpenID provider, and with one that lies."""

import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import select

from boxportal.kernel.database.engines import read_session
from boxportal.kernel.identity.models import Person
from tests.cli.conftest import run_in
from tests.kernel.people.reading import errors_in
from tests.support.oidc import PEOPLE, Crooked, agree, running_crooked, running_provider
from tests.support.portal import PASSWORD, Browser, Portal

pytestmark = pytest.mark.modules()


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with running_provider(*PEOPLE) as address:
        yield address


@pytest.fixture
def crooked() -> Iterator[Crooked]:
    with running_crooked() as found:
        yield found


def set_up(portal: Portal, issuer: str, **more: object) -> None:
    fields = {"issuer": issuer, "client": "portal", "secret": "s-1", "title": "Sign in with Acme", "on": "true"} | more
    answer = portal.browser("admin").post("/admin/sso", fields)
    assert answer.status_code == 303, errors_in(answer.text)


def begin(portal: Portal, browser: Browser, following: str = "/") -> str:
    """Where the portal sends the browser, which keeps what the portal gave it."""
    answer = browser.get(f"/sso/start?next={following}", {"host": urlsplit(portal.company.address).netloc})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def come_back(portal: Portal, browser: Browser, sent: dict[str, str]) -> tuple[int, str]:
    host = {"host": urlsplit(portal.company.address).netloc, "origin": portal.company.address}
    shown = browser.client.get("/sso/back", params=sent, headers=host, follow_redirects=False)
    if shown.status_code != 200:
        return shown.status_code, shown.text
    assert 'action="/sso/back"' in shown.text
    answer = browser.client.post("/sso/back", data=sent, headers=host, follow_redirects=False)
    return answer.status_code, answer.headers.get("location", "") or answer.text


def email_of(portal: Portal, who: str) -> str:
    with read_session(portal.company.engines) as db:
        found = db.get(Person, portal.person(who))
        assert found is not None
        return found.email


def state_of(portal: Portal, email: str) -> str:
    with read_session(portal.company.engines) as db:
        return db.scalar(select(Person.state).where(Person.email == email)) or ""


def test_somebody_whom_the_service_knows_becomes_a_person_where_that_is_wished(portal: Portal, provider: str) -> None:
    set_up(portal, provider)
    assert "Sign in with Acme" in portal.browser().get("/login").text
    status, said = come_back(portal, portal.browser(), agree(begin(portal, portal.browser()), "n-1"))
    assert (status, "not invited" in said, state_of(portal, "neema@example.org")) == (422, True, "")
    set_up(portal, provider, adds="true")
    status, where = come_back(portal, portal.browser(), agree(begin(portal, portal.browser(), "/inbox"), "n-1"))
    assert (status, where, state_of(portal, "neema@example.org")) == (303, "/inbox", "active")
    again, _where = come_back(portal, portal.browser(), agree(begin(portal, portal.browser()), "n-1"))
    assert again == 303


def test_who_was_invited_comes_by_a_verified_address_only(portal: Portal, provider: str) -> None:
    set_up(portal, provider)
    for email in ("neema@example.org", "unsure@example.org"):
        assert run_in(portal.data, "user", "invite", email, "--name", "Somebody").code == 0
    status, said = come_back(portal, portal.browser(), agree(begin(portal, portal.browser()), "u-2"))
    assert (status, "verified" in said, state_of(portal, "unsure@example.org")) == (422, True, "invited")
    assert come_back(portal, portal.browser(), agree(begin(portal, portal.browser()), "n-1"))[0] == 303
    assert state_of(portal, "neema@example.org") == "active"
    with read_session(portal.company.engines) as db:
        person = db.scalar(select(Person.id).where(Person.email == "neema@example.org"))
    left = portal.browser("admin").post(f"/admin/people/{person}/leave", {"successor": ""})
    assert left.status_code == 303
    assert come_back(portal, portal.browser(), agree(begin(portal, portal.browser()), "n-1"))[0] == 422


def test_what_another_browser_began_is_not_finished_here(portal: Portal, provider: str) -> None:
    set_up(portal, provider, adds="true")
    sent = agree(begin(portal, portal.browser()), "n-1")
    for wrong in (sent | {"state": "another"}, sent | {"state": ""}):
        assert come_back(portal, portal.browser(), wrong)[0] == 422
    portal.client.cookies.clear()
    status, said = come_back(portal, portal.browser(), sent)
    assert (status, "another browser" in said) == (422, True)
    assert come_back(portal, portal.browser(), {"error": "access_denied", "state": "x"})[0] == 422


def claims_for(portal: Portal, crooked: Crooked, **more: object) -> dict[str, object]:
    now = int(time.time())
    where = begin(portal, portal.browser())
    nonce = parse_qs(urlsplit(where).query)["nonce"][0]
    state = parse_qs(urlsplit(where).query)["state"][0]
    claims: dict[str, object] = {
        "iss": crooked.address, "sub": "n-1", "aud": "portal", "exp": now + 300, "iat": now, "nonce": nonce,
        "email": "neema@example.org", "email_verified": True, "_state": state,
    }  # fmt: skip
    return claims | more


def without(name: str) -> Callable[[dict[str, object]], dict[str, object]]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


def test_a_token_that_is_not_for_us_now_from_there_lets_nobody_in(portal: Portal, crooked: Crooked) -> None:
    set_up(portal, crooked.address, adds="true")
    forged: list[Callable[[dict[str, object]], dict[str, object]]] = [
        lambda claims: claims | {"aud": "another"}, lambda claims: claims | {"nonce": "another"},
        lambda claims: claims | {"iss": "https://evil.example"}, lambda claims: claims | {"exp": 1_000_000},
        lambda claims: claims | {"aud": ["portal", "another"]}, lambda claims: claims | {"azp": "another"},
        without("nonce"), without("exp"), without("sub"), without("aud"),
    ]  # fmt: skip
    for change in forged:
        claims = claims_for(portal, crooked)
        state = str(claims.pop("_state"))
        crooked.sign(change(claims))
        assert come_back(portal, portal.browser(), {"code": "c", "state": state})[0] == 422, change(claims)
    claims = claims_for(portal, crooked)
    state = str(claims.pop("_state"))
    crooked.sign(claims, key=RSAKey.generate_key(2048, {"kid": "k1"}))
    assert come_back(portal, portal.browser(), {"code": "c", "state": state})[0] == 422
    head, body, _signature = crooked.token.split(".")
    for token in ("", "x", f"eyJhbGciOiJub25lIn0.{body}.", f"{head}.{body}."):
        crooked.token = token
        assert come_back(portal, portal.browser(), {"code": "c", "state": state})[0] == 422, token
    assert state_of(portal, "neema@example.org") == ""
    claims = claims_for(portal, crooked)
    state = str(claims.pop("_state"))
    crooked.sign(claims)
    assert come_back(portal, portal.browser(), {"code": "c", "state": state})[0] == 303


def test_nobody_becomes_an_administrator_by_the_service(portal: Portal, crooked: Crooked) -> None:
    set_up(portal, crooked.address, adds="true")
    claims = claims_for(portal, crooked, email=email_of(portal, "admin"))
    state = str(claims.pop("_state"))
    crooked.sign(claims)
    status, said = come_back(portal, portal.browser(), {"code": "c", "state": state})
    assert (status, "their password" in said) == (422, True)
    signed = portal.browser().post("/login", {"email": email_of(portal, "admin"), "password": PASSWORD})
    assert signed.status_code == 303


def test_service_that_calls_itself_otherwise_or_is_silent_is_told(portal: Portal, crooked: Crooked) -> None:
    crooked.issuer_said = "https://evil.example"
    set_up(portal, crooked.address)
    tried = portal.browser("admin").post("/admin/sso/test")
    assert (tried.status_code, "evil.example" in tried.text) == (422, True)
    assert portal.browser().get("/sso/start", {"host": urlsplit(portal.company.address).netloc}).status_code == 502
    told = run_in(portal.data, "sso", "test")
    assert (told.code, len(told.err.strip().splitlines())) == (3, 1)
    crooked.issuer_said = ""
    assert portal.browser("admin").post("/admin/sso/test").status_code == 200
    assert portal.browser("admin").post("/admin/sso/off").status_code == 303
    assert portal.browser().get("/sso/start").status_code == 404


def test_wrong_settings_are_told_at_the_field(portal: Portal) -> None:
    good = {"issuer": "https://login.example.org", "client": "p", "secret": "s", "title": "T", "on": "true"}
    wrongs = ({"issuer": "http://login.example.org"}, {"issuer": "login.example.org"}, {"client": ""}, {"title": ""},
              {"issuer": "https://a:b@login.example.org"}, {"secret": ""})  # fmt: skip
    for wrong in wrongs:
        answer = portal.browser("admin").post("/admin/sso", good | wrong)
        assert (answer.status_code, len(errors_in(answer.text))) == (422, 1), wrong
