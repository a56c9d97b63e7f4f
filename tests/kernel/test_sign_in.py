"""Signing in and out, and what a stranger sees."""

import pytest

from boxportal.kernel.identity.passwords import NOBODYS, needs_rehash, verify_password
from boxportal.sdk.web import safe_path
from tests.support.portal import BASE, PASSWORD, Portal


def test_person_signs_in_with_address_and_password(portal: Portal) -> None:
    answer = portal.browser().post("/login", {"email": " Owner@Acme.example ", "password": PASSWORD, "next": "/inbox"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("bp_8080=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert portal.client.get("/inbox").status_code == 200


def test_wrong_password_and_unknown_name_answer_alike_and_keep_the_name(portal: Portal) -> None:
    wrong = portal.browser().post("/login", {"email": "owner@acme.example", "password": "not this one"})
    unknown = portal.browser().post("/login", {"email": "nobody@acme.example", "password": "not this one"})
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace("owner@", "nobody@") == unknown.text
    assert 'value="owner@acme.example"' in wrong.text


def test_hash_that_stands_in_for_unknown_names_costs_what_all_others_do() -> None:
    assert not needs_rehash(NOBODYS)
    assert not verify_password("", NOBODYS)


def test_sign_in_is_throttled_per_account_and_lets_others_in(portal: Portal) -> None:
    for _ in range(10):
        portal.browser().post("/login", {"email": "owner@acme.example", "password": "wrong"})
    blocked = portal.browser().post("/login", {"email": "owner@acme.example", "password": PASSWORD})
    assert blocked.status_code == 429
    assert int(blocked.headers["retry-after"]) > 0
    other = portal.browser().post("/login", {"email": "colleague@acme.example", "password": PASSWORD})
    assert other.status_code == 303


def test_signing_out_ends_the_session(portal: Portal) -> None:
    browser = portal.browser("owner")
    assert browser.get("/inbox").status_code == 200
    assert browser.post("/logout").status_code == 303
    assert browser.get("/inbox").headers["location"] == "/login?next=/inbox"


def test_pages_send_a_stranger_to_the_sign_in_and_the_api_says_401(portal: Portal) -> None:
    assert portal.browser().get("/").headers["location"] == "/login"
    answer = portal.client.get("/api/v1/nothing/here")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_writes_from_another_site_or_without_the_token_are_refused(portal: Portal) -> None:
    browser = portal.browser("owner")
    assert browser.post("/inbox/read").status_code == 303
    assert browser.post("/inbox/read", {"_csrf": "x"}).status_code == 403
    assert browser.post("/inbox/read", headers={"origin": "http://evil.test"}).status_code == 403
    assert browser.post("/inbox/read", headers={"origin": "null"}).status_code == 403
    assert browser.post("/inbox/read", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    login = {"email": "owner@acme.example", "password": PASSWORD}
    assert portal.browser().post("/login", login, headers={"origin": "http://evil.test"}).status_code == 403
    assert portal.client.post("/login", data=login).status_code == 403


@pytest.mark.parametrize(
    "path", ["//evil.test", "/\\evil.test", "https:evil", "/\tevil", "/x\r\nSet-Cookie: a", "evil", ""]
)
def test_next_address_never_leaves_the_site(path: str) -> None:
    assert safe_path(path) == "/"


def test_answers_carry_the_strict_policy(portal: Portal) -> None:
    answer = portal.browser("owner").get("/")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert BASE not in answer.text
