"""A person's own account."""

import io
import re
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from boxportal.kernel.database.engines import read_session
from boxportal.kernel.identity.models import ApiToken, Person
from boxportal.sdk.clock import shifted
from tests.kernel.people.reading import copied, errors_in, key_works
from tests.support.portal import PASSWORD, Portal

NEW = "plum harbour ninety two"
PROFILE = {"name": "Omar O.", "language": "sw", "timezone": "Africa/Nairobi", "phone": "0712 345 678"}


def person(portal: Portal, who: str = "owner") -> Person:
    with read_session(portal.company.engines) as db:
        found = db.get(Person, portal.person(who))
        assert found is not None
        return found


def test_people_change_their_own_profile(portal: Portal) -> None:
    assert portal.browser("owner").post("/account", PROFILE).status_code == 303
    me = person(portal)
    assert (me.name, me.language, me.timezone, me.phone) == ("Omar O.", "sw", "Africa/Nairobi", "+255712345678")
    assert '<html lang="sw"' in portal.browser("owner").get("/account").text


def test_nobody_gives_himself_a_right_by_extra_fields(portal: Portal) -> None:
    before = person(portal)
    sneaky = {"is_admin": "true", "role": "2", "roles": "2", "id": "1", "email": "boss@acme.example", "state": "left",
              "password_hash": "x", "created_at": "2020-01-01"}  # fmt: skip
    assert portal.browser("owner").post("/account", PROFILE | sneaky).status_code == 303
    after = person(portal)
    assert (after.is_admin, after.email, after.state, after.password_hash, after.created_at) == (
        False, before.email, "active", before.password_hash, before.created_at)  # fmt: skip
    assert portal.browser("owner").get("/admin/people").status_code == 404
    assert portal.browser("owner").get("/inbox").status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "\u202e\u0000"), ("language", "xx"), ("timezone", "Mars/Phobos"), ("timezone", "../etc"),
     ("phone", "call me"), ("phone", "1" * 500)],
)  # fmt: skip
def test_a_wrong_profile_is_refused_at_its_field(portal: Portal, field: str, value: str) -> None:
    answer = portal.browser("owner").post("/account", PROFILE | {field: value})
    assert answer.status_code == 422
    assert len(errors_in(answer.text)) == 1
    assert person(portal).name == "Omar Owner"


def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(portal: Portal) -> None:
    here, api = portal.browser("owner"), portal.api("owner")
    there = portal.client.post(
        "/login", data={"email": "owner@acme.example", "password": PASSWORD},
        headers={"origin": "http://portal.test:8080"}, follow_redirects=False,
    ).cookies["bp_8080"]  # fmt: skip
    portal.client.cookies.clear()
    answer = here.post("/account/password", {"current": PASSWORD, "password": NEW})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/devices")
    fresh = answer.cookies["bp_8080"]
    portal.client.cookies.clear()
    assert fresh not in (here.cookie, there)
    assert status(portal, fresh) == 200
    assert status(portal, there) == status(portal, here.cookie) == 303
    assert key_works(portal, api.token), "keys end only when asked for"
    here.cookie = fresh
    here.post("/account/password", {"current": NEW, "password": PASSWORD, "end_tokens": "true"})
    assert not key_works(portal, api.token)


def status(portal: Portal, cookie: str) -> int:
    return portal.client.get("/inbox", headers={"cookie": f"bp_8080={cookie}"}, follow_redirects=False).status_code


def test_the_present_password_is_asked_and_can_not_be_guessed(portal: Portal) -> None:
    browser = portal.browser("owner")
    wrong = browser.post("/account/password", {"current": "not it at all", "password": NEW})
    assert wrong.status_code == 422
    assert "present password" in errors_in(wrong.text)[0]
    codes = [browser.post("/account/password", {"current": f"no{n}", "password": NEW}).status_code for n in range(10)]
    assert codes == [422] * 9 + [429]
    assert browser.post("/account/password", {"current": PASSWORD, "password": NEW}).status_code == 429


def test_devices_are_listed_and_only_the_own_ones_can_be_ended(portal: Portal) -> None:
    browser, other = portal.browser("owner"), portal.browser("colleague")
    agent = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
    signed = portal.client.post(
        "/login", data={"email": "owner@acme.example", "password": PASSWORD},
        headers={"origin": "http://portal.test:8080", "user-agent": agent}, follow_redirects=False,
    )  # fmt: skip
    there = signed.cookies["bp_8080"]
    portal.client.cookies.clear()
    page = browser.get("/account/devices").text
    assert "Firefox, Windows" in page
    assert "this device" in page
    number = re.findall(r"/account/devices/(\d+)/end", page)[0]
    assert other.post(f"/account/devices/{number}/end").status_code == 404
    assert status(portal, there) == 200
    assert browser.post(f"/account/devices/{number}/end").status_code == 303
    assert status(portal, there) == 303
    assert browser.get("/inbox").status_code == 200


def test_a_key_is_shown_once_works_within_its_scopes_and_ends(portal: Portal) -> None:
    browser = portal.browser("owner")
    made = browser.post("/account/keys", {"name": "Shop", "scopes": ["all:read"], "days": "30"})
    assert made.status_code == 200
    secret = copied(made.text)
    assert secret.startswith("bp_")
    listed = browser.get("/account/keys").text
    assert "Shop" in listed
    assert secret not in listed
    with read_session(portal.company.engines) as db:
        row = db.scalar(select(ApiToken).where(ApiToken.name == "Shop"))
    assert row is not None
    assert secret not in row.token_hash
    assert key_works(portal, secret)
    with shifted(timedelta(days=31)):
        assert not key_works(portal, secret)
    assert portal.browser("colleague").post(f"/account/keys/{row.id}/remove").status_code == 404
    assert browser.post(f"/account/keys/{row.id}/remove").status_code == 303
    assert not key_works(portal, secret)


def test_a_key_opens_no_page_and_makes_no_wider_key(portal: Portal) -> None:
    headers = {"authorization": f"Bearer {portal.api('owner', scopes=('crm:read',)).token}"}
    wider = {"name": "wider", "scopes": "all:write", "days": "0"}
    for answer in (
        portal.client.get("/inbox", headers=headers, follow_redirects=False),
        portal.client.get("/account/keys", headers=headers, follow_redirects=False),
        portal.client.post("/account/keys", data=wider, headers=headers, follow_redirects=False),
    ):
        assert answer.status_code in (303, 403)
        assert answer.headers.get("location", "/login").startswith("/login")
    with read_session(portal.company.engines) as db:
        assert len(db.scalars(select(ApiToken)).all()) == 1


@pytest.mark.parametrize(
    "fields",
    [{"name": ""}, {"scopes": []}, {"scopes": ["admin:write"]}, {"scopes": ["core:write"]}, {"days": "-1"},
     {"days": "99999999999999999999"}, {"days": "١"}],
)  # fmt: skip
def test_a_wrong_key_is_refused(portal: Portal, fields: dict[str, object]) -> None:
    answer = portal.browser("owner").post("/account/keys", {"name": "x", "scopes": ["all:read"], "days": "30"} | fields)
    assert answer.status_code == 422
    with read_session(portal.company.engines) as db:
        assert db.scalars(select(ApiToken)).all() == []


def picture(color: str) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (300, 200), color).save(made, "JPEG", comment=b"GPS 1.23")
    return made.getvalue()


def send_picture(portal: Portal, content: bytes) -> int:
    files = {"picture": ("me.jpg", content, "image/jpeg")}
    return portal.browser("owner").post("/account/picture", {}, files=files).status_code


def test_the_own_picture_is_drawn_anew_shown_and_taken_away(portal: Portal) -> None:
    assert send_picture(portal, picture("blue")) == 303
    name = person(portal).picture
    assert name
    shown = portal.client.get(f"/pictures/{name}")
    assert (shown.headers["content-type"], b"GPS" in shown.content) == ("image/png", False)
    assert f'src="/pictures/{name}"' in portal.browser("owner").get("/inbox").text
    assert f'src="/pictures/{name}"' in portal.browser("admin").get("/admin/people").text
    assert portal.browser("owner").post("/account/picture", {"remove": "yes"}).status_code == 303
    assert person(portal).picture is None


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", b"%PDF-1.7"])
def test_what_is_no_picture_of_a_person_is_refused(portal: Portal, content: bytes) -> None:
    assert send_picture(portal, content) == 422
    assert person(portal).picture is None
