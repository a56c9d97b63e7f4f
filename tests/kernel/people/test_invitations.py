"""Somebody is invited, comes, and is in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from boxportal.kernel.database.engines import read_session
from boxportal.kernel.identity.models import Person, PersonRole, Role, SignInSession
from boxportal.sdk.clock import shifted
from tests.kernel.people.reading import copied, errors_in, token_of
from tests.support.portal import PASSWORD, Portal

NEW = {"name": "Nia New", "email": " Nia@Acme.example ", "roles": "1", "teams": "1"}
GOOD = "plum harbour ninety two"


def invited(portal: Portal, **more: str) -> str:
    """Invite somebody, and return the token of the link."""
    answer = portal.browser("admin").post("/admin/people/new", NEW | more)
    assert answer.status_code == 200, answer.text
    link = copied(answer.text)
    assert link.startswith(f"{portal.company.address}/invite#t=")
    return token_of(link)


def state_of(portal: Portal, email: str = "nia@acme.example") -> str | None:
    with read_session(portal.company.engines) as db:
        return db.scalar(select(Person.state).where(Person.email == email))


def test_invited_person_chooses_a_password_and_is_in(portal: Portal) -> None:
    token = invited(portal)
    assert state_of(portal) == "invited"
    accepted = portal.browser().post("/invite", {"token": token, "name": "Nia  Newcomer", "password": GOOD})
    assert (accepted.status_code, accepted.headers["location"]) == (303, "/")
    assert "bp_8080=" in accepted.headers["set-cookie"]
    assert state_of(portal) == "active"
    with read_session(portal.company.engines) as db:
        person = db.scalar(select(Person).where(Person.email == "nia@acme.example"))
        assert person is not None
        assert (person.name, person.is_admin) == ("Nia Newcomer", False)
        roles = db.scalars(select(Role.key).join(PersonRole).where(PersonRole.person_id == person.id)).all()
        assert roles == ["employee"]
    again = portal.browser().post("/login", {"email": "nia@acme.example", "password": GOOD})
    assert again.status_code == 303


def test_an_invitation_works_once_and_only_as_an_invitation(portal: Portal) -> None:
    token = invited(portal)
    values = {"token": token, "name": "Nia", "password": GOOD, "email": "nia@acme.example"}
    assert portal.browser().post("/reset", values).status_code == 409
    assert portal.browser().post("/hello", values).status_code == 409
    assert portal.browser().post("/invite", values).status_code == 303
    second = portal.browser().post("/invite", values)
    assert second.status_code == 409
    assert "was used before" in second.text


def test_an_invitation_ends_after_seven_days_and_a_new_one_replaces_it(portal: Portal) -> None:
    token = invited(portal)
    values = {"name": "Nia", "password": GOOD}
    with shifted(timedelta(days=7, minutes=1)):
        assert portal.browser().post("/invite", values | {"token": token}).status_code == 409
    with read_session(portal.company.engines) as db:
        person_id = db.scalar(select(Person.id).where(Person.email == "nia@acme.example"))
    newer = token_of(copied(portal.browser("admin").post(f"/admin/people/{person_id}/invite").text))
    assert portal.browser().post("/invite", values | {"token": token}).status_code == 409
    assert portal.browser().post("/invite", values | {"token": newer}).status_code == 303


def test_of_many_who_accept_at_once_one_is_let_in(portal: Portal) -> None:
    token = invited(portal)

    def accept(_number: int) -> int:
        return portal.browser().post("/invite", {"token": token, "name": "Nia", "password": GOOD}).status_code

    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(accept, range(6)))
    assert sorted(set(codes)) == [303, 409]
    assert codes.count(303) == 1
    with read_session(portal.company.engines) as db:
        mine = select(func.count()).select_from(SignInSession).join(Person)
        assert db.scalar(mine.where(Person.email == "nia@acme.example")) == 1


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"email": "no address"}, "not an e-mail address"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "not an e-mail address"),
        ({"email": "OWNER@acme.example"}, "has this e-mail address already"),
        ({"name": "  "}, "Type a name"),
        ({"name": "n" * 201}, "Type a name"),
    ],
)
def test_a_wrong_invitation_says_what_is_wrong_and_keeps_the_rest(
    portal: Portal, fields: dict[str, str], error: str
) -> None:
    answer = portal.browser("admin").post("/admin/people/new", NEW | fields)
    assert answer.status_code == 422
    assert any(error in text for text in errors_in(answer.text)), answer.text
    assert state_of(portal) is None


def test_a_weak_password_is_refused_and_the_link_still_works(portal: Portal) -> None:
    token = invited(portal)
    for weak in ("short", "aaaaaaaaaaaa", "password123", "x" * 300):
        answer = portal.browser().post("/invite", {"token": token, "name": "Nia", "password": weak})
        assert answer.status_code == 422
        assert token in answer.text, "the link's token must survive a mistake"
        assert weak not in answer.text
    assert portal.browser().post("/invite", {"token": token, "name": "Nia", "password": GOOD}).status_code == 303


def test_guessing_links_is_slowed_down(portal: Portal) -> None:
    codes = [
        portal.browser().post("/hello", {"token": f"guess{n}", "email": "a@b.example", "name": "A", "password": GOOD})
        for n in range(6)
    ]
    assert [c.status_code for c in codes] == [409] * 5 + [429]
    assert int(codes[-1].headers["retry-after"]) > 0


def test_only_administrators_reach_the_people(portal: Portal) -> None:
    for who in ("owner", "head"):
        browser = portal.browser(who)
        for path in ("/admin", "/admin/people", "/admin/people/new", f"/admin/people/{portal.person('owner')}"):
            assert browser.get(path).status_code == 404
        assert browser.post("/admin/people/new", NEW).status_code == 404
    assert state_of(portal) is None


def test_an_administrator_may_try_the_link_in_the_own_browser(portal: Portal) -> None:
    token = invited(portal)
    browser = portal.browser("admin")
    assert browser.post("/invite", {"token": token, "name": "Nia", "password": GOOD}).status_code == 303


def test_a_double_click_invites_once_and_shows_the_link_once(portal: Portal) -> None:
    browser = portal.browser("admin")
    first = browser.post("/admin/people/new", NEW | {"_once": "click-1"})
    second = browser.post("/admin/people/new", NEW | {"_once": "click-1"})
    assert first.status_code == 200
    assert (second.status_code, second.headers["location"]) == (303, "/admin/people")


def test_the_list_pages_by_name_and_finds_by_part(portal: Portal) -> None:
    browser = portal.browser("admin")
    assert "Omar Owner" in browser.get("/admin/people").text
    found = browser.get("/admin/people?q=OMAR").text
    assert "Omar Owner" in found
    assert "Cara Colleague" not in found
    assert "Nobody fits" in browser.get("/admin/people?q=%25").text
    assert PASSWORD not in found
