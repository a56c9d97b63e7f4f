"""Somebody leaves: out at once, work handed over, and back again."""

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from boxportal.kernel.database.engines import read_session, write_session, writing
from boxportal.kernel.identity.models import ApiToken, Person, SignInSession, Team
from boxportal.kernel.jobs.models import Reminder
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import ReminderWish
from boxportal.sdk.events import RecordRef
from tests.kernel.people.reading import copied, key_works, token_of
from tests.support.portal import PASSWORD, Portal

GOOD = "plum harbour ninety two"


def count(portal: Portal, table: type[SignInSession | ApiToken], who: str) -> int:
    with read_session(portal.company.engines) as db:
        mine = select(func.count()).select_from(table).where(table.person_id == portal.person(who))
        return db.scalar(mine) or 0


def test_who_leaves_is_out_within_a_second_with_sessions_and_tokens(portal: Portal) -> None:
    owner, api = portal.browser("owner"), portal.api("owner")
    assert owner.get("/inbox").status_code == 200
    assert key_works(portal, api.token)
    begun = time.monotonic()
    assert portal.browser("admin").post(f"/admin/people/{portal.person('owner')}/leave").status_code == 303
    assert owner.get("/inbox").headers["location"].startswith("/login")
    assert not key_works(portal, api.token)
    assert time.monotonic() - begun < 1.5
    assert (count(portal, SignInSession, "owner"), count(portal, ApiToken, "owner")) == (0, 0)
    answer = portal.browser().post("/login", {"email": "owner@acme.example", "password": PASSWORD})
    assert answer.status_code == 422


def test_an_open_screen_is_closed_when_its_person_leaves(portal: Portal) -> None:
    headers = {"cookie": f"bp_8080={portal.browser('owner').cookie}", "origin": "http://portal.test:8080"}
    with portal.client.websocket_connect("ws://portal.test:8080/live", headers=headers) as socket:
        assert socket.receive_json()["topic"] == "inbox"
        portal.browser("admin").post(f"/admin/people/{portal.person('owner')}/leave")
        closed = socket.receive()
    assert (closed["type"], closed["code"]) == ("websocket.close", 1008)


def test_the_successor_leads_the_teams(portal: Portal) -> None:
    values = {"successor": str(portal.person("colleague"))}
    portal.browser("admin").post(f"/admin/people/{portal.person('head')}/leave", values)
    with read_session(portal.company.engines) as db:
        assert db.scalar(select(Team.head_id).where(Team.name == "Acme Pumps")) == portal.person("colleague")


def test_a_successor_must_work_here(portal: Portal) -> None:
    admin = portal.browser("admin")
    admin.post(f"/admin/people/{portal.person('stranger')}/leave")
    for wrong in (portal.person("stranger"), portal.person("owner"), 999_999):
        answer = admin.post(f"/admin/people/{portal.person('owner')}/leave", {"successor": str(wrong)})
        assert answer.status_code == 422
    assert portal.browser("owner").get("/inbox").status_code == 200


def test_the_last_administrator_and_oneself_stay(portal: Portal) -> None:
    admin = portal.browser("admin")
    me = portal.person("admin")
    assert admin.post(f"/admin/people/{me}/leave").status_code == 409
    values = {"name": "Amina Admin", "email": "admin@acme.example"}
    demoted = admin.post(f"/admin/people/{me}", values)
    assert demoted.status_code == 409
    assert "only administrator" in demoted.text
    assert admin.get("/admin/people").status_code == 200


def test_who_comes_back_needs_the_new_link_and_has_no_right_over_all(portal: Portal) -> None:
    admin, stranger = portal.browser("admin"), portal.person("stranger")
    with write_session(portal.company.engines) as db:
        person = db.get(Person, stranger)
        assert person is not None
        person.is_admin = True
    admin.post(f"/admin/people/{stranger}/leave")
    token = token_of(copied(admin.post(f"/admin/people/{stranger}/return").text))
    assert portal.browser().post("/login", {"email": "stranger@acme.example", "password": PASSWORD}).status_code == 422
    answer = portal.browser().post("/invite", {"token": token, "name": "Stan", "password": GOOD})
    assert answer.status_code == 303
    with read_session(portal.company.engines) as db:
        person = db.get(Person, stranger)
        assert person is not None
        assert (person.state, person.is_admin, person.left_at) == ("active", False, None)


def test_a_change_of_role_signs_out_and_a_new_name_does_not(portal: Portal) -> None:
    owner, admin = portal.browser("owner"), portal.browser("admin")
    values = {"name": "Omar O.", "email": "owner@acme.example", "roles": "1", "teams": "1"}
    admin.post(f"/admin/people/{portal.person('owner')}", values)
    assert owner.get("/inbox").status_code == 200
    admin.post(f"/admin/people/{portal.person('owner')}", values | {"roles": "2"})
    assert owner.get("/inbox").status_code == 303


def test_a_session_seen_as_ended_stays_ended(portal: Portal) -> None:
    browser = portal.browser("owner")
    with write_session(portal.company.engines) as db:
        row = db.scalar(select(SignInSession).where(SignInSession.person_id == portal.person("owner")))
        assert row is not None
        row.expires_at = datetime(2020, 1, 1, tzinfo=UTC)
    assert browser.get("/inbox").status_code == 303


def test_open_reminders_go_to_the_successor_once(portal: Portal) -> None:
    due = utcnow() + timedelta(days=3)
    ref = RecordRef("crm.deal", 7)
    with writing(portal.company.engines) as session, session.begin():
        ctx = portal.ctx(session)
        for who, topic in (("owner", "call"), ("owner", "visit"), ("colleague", "call"), ("stranger", "call")):
            ctx.remind(ReminderWish(ref=ref, to=portal.person(who), due=due, topic=topic, text="Call Acme"))
    admin = portal.browser("admin")
    admin.post(f"/admin/people/{portal.person('owner')}/leave", {"successor": str(portal.person("colleague"))})
    admin.post(f"/admin/people/{portal.person('stranger')}/leave")
    with read_session(portal.company.engines) as db:
        left = db.execute(select(Reminder.person_id, Reminder.topic).order_by(Reminder.topic)).all()
    colleague, stranger = portal.person("colleague"), portal.person("stranger")
    assert sorted(map(tuple, left)) == [(colleague, "call"), (colleague, "visit"), (stranger, "call")]
