"""Reminders that people set on any record: at a time or before its deadline, for themselves or a colleague."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from boxportal.kernel.database.engines import write_session
from boxportal.kernel.identity.models import Person
from boxportal.kernel.web.render import render
from boxportal.kernel.work.recurring import run_job
from boxportal.sdk.clock import from_zone, in_zone, shifted, utcnow
from tests.support.portal import Portal

DEAL = "crm.deal"


def new_deal(portal: Portal, **more: object) -> dict[str, Any]:
    answer = portal.api("owner").post("/crm/deals", {"title": "Pump house", **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def remind(portal: Portal, deal: dict[str, Any], **more: object) -> dict[str, Any]:
    answer = portal.api("owner").post("/reminders", {"record_kind": DEAL, "record_id": deal["id"], **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def open_ones(portal: Portal, who: str = "owner") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = portal.api(who).get("/reminders").json()["items"]
    return items


def told_after(portal: Portal, who: str, **later: float) -> str:
    with shifted(timedelta(**later)):
        for _ in range(2):
            run_job(portal.company, render, "core.reminders")
    return portal.browser(who).get("/inbox").text


@pytest.mark.parametrize("kind", ["lead", "deal", "contact", "client_company"])
def test_every_record_page_offers_a_reminder_and_shows_what_was_set(portal: Portal, kind: str) -> None:
    path = {"lead": "leads", "deal": "deals", "contact": "contacts", "client_company": "client-companies"}[kind]
    facts = {"title": "Pumps"} if kind in ("lead", "deal") else {"name": "Pumps"}
    record = portal.api("owner").post(f"/crm/{path}", facts).json()
    browser = portal.browser("owner")
    form = browser.get(f"/records/crm.{kind}/{record['id']}/remind")
    assert form.status_code == 200
    assert 'id="remind"' in form.text
    saved = browser.post(f"/records/crm.{kind}/{record['id']}/remind", {"when": "tomorrow", "text": "Ring them up"})
    assert saved.status_code == 303, saved.text
    shown = browser.get(saved.headers["location"])
    assert "Ring them up" in shown.text
    assert "Ring them up" in told_after(portal, "owner", days=2)
    assert "Ring them up" not in browser.get(saved.headers["location"]).text


def test_reminder_is_told_once_at_its_time_with_the_record_s_name(portal: Portal) -> None:
    remind(portal, new_deal(portal), at=(utcnow() + timedelta(hours=2)).isoformat())
    assert "Pump house" not in told_after(portal, "owner", hours=1)
    assert told_after(portal, "owner", hours=3).count("Pump house") == 1


def test_same_reminder_twice_is_one(portal: Portal) -> None:
    deal, at = new_deal(portal), (utcnow() + timedelta(hours=2)).isoformat()
    assert remind(portal, deal, at=at, text="a")["id"] == remind(portal, deal, at=at, text="b")["id"]
    assert [one["text"] for one in open_ones(portal)] == ["b"]


def test_reminder_before_a_deadline_follows_it(portal: Portal) -> None:
    deal = new_deal(portal, expected_on=str(utcnow().date() + timedelta(days=10)))
    zone = portal.actor("owner").timezone
    one, three = remind(portal, deal, days_before=1), remind(portal, deal, days_before=3)
    assert in_zone(datetime.fromisoformat(one["due_at"]), zone).hour == 9
    later = utcnow().date() + timedelta(days=20)
    changed = portal.api("owner").send("PATCH", f"/crm/deals/{deal['id']}", {"expected_on": str(later)})
    assert changed.status_code == 200, changed.text
    due = {
        reminder["id"]: in_zone(datetime.fromisoformat(reminder["due_at"]), zone).date()
        for reminder in open_ones(portal)
    }
    assert due == {one["id"]: later - timedelta(days=1), three["id"]: later - timedelta(days=3)}


def test_reminder_stays_where_the_deadline_is_taken_off(portal: Portal) -> None:
    deal = new_deal(portal, expected_on=str(utcnow().date() + timedelta(days=10)))
    before = remind(portal, deal, days_before=1)["due_at"]
    portal.api("owner").send("PATCH", f"/crm/deals/{deal['id']}", {"expected_on": None})
    assert [one["due_at"] for one in open_ones(portal)] == [before]


def test_deadline_is_offered_on_the_page_as_long_as_it_lies_ahead(portal: Portal) -> None:
    browser = portal.browser("owner")
    ahead = new_deal(portal, expected_on=str(utcnow().date() + timedelta(days=5)))
    near = browser.get(f"/records/{DEAL}/{ahead['id']}/remind").text
    assert "before:1" in near
    assert "before:7" not in near
    without = new_deal(portal)
    assert "before:" not in browser.get(f"/records/{DEAL}/{without['id']}/remind").text


def test_colleague_is_reminded_only_of_what_they_may_see(portal: Portal) -> None:
    deal, at = new_deal(portal), (utcnow() + timedelta(hours=2)).isoformat()
    remind(portal, deal, at=at, text="Look here", person_id=portal.person("head"))
    assert "Look here" in told_after(portal, "head", hours=3)
    body = {"record_kind": DEAL, "record_id": deal["id"], "at": at, "person_id": portal.person("stranger")}
    refused = portal.api("owner").post("/reminders", body)
    assert refused.status_code == 422
    assert "person_id" in refused.text


def test_who_set_it_and_whom_it_tells_may_remove_it_and_nobody_else(portal: Portal) -> None:
    at = (utcnow() + timedelta(hours=2)).isoformat()
    reminder = remind(portal, new_deal(portal), at=at, person_id=portal.person("head"))
    gone = f"/reminders/{reminder['id']}"
    assert portal.api("colleague").send("DELETE", gone).status_code == 404
    assert portal.browser("stranger").post(f"{gone}/remove").status_code == 404
    assert portal.api("head").get(gone).json()["id"] == reminder["id"]
    assert portal.browser("head").post(f"{gone}/remove").status_code == 303
    assert portal.api("owner").send("DELETE", gone).status_code == 404


def test_hidden_record_takes_no_reminder(portal: Portal) -> None:
    deal = new_deal(portal)
    body = {"record_kind": DEAL, "record_id": deal["id"], "at": (utcnow() + timedelta(hours=2)).isoformat()}
    assert portal.api("stranger").post("/reminders", body).status_code == 404
    assert portal.browser("stranger").get(f"/records/{DEAL}/{deal['id']}/remind").status_code == 404
    assert portal.api("owner").post("/reminders", body | {"record_kind": "no.kind"}).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "at"),
        ({"at": "2020-01-01T00:00:00Z"}, "at"),
        ({"at": "2950-01-01T00:00:00Z"}, "at"),
        ({"at": "soon"}, "at"),
        ({"days_before": 1}, "days_before"),
        ({"days_before": -1}, "days_before"),
        ({"days_before": 10**9}, "days_before"),
        ({"days_before": 1, "at": "2027-01-01T00:00:00Z"}, "at"),
        ({"at": "2027-01-01T00:00:00Z", "text": "x" * 501}, "text"),
        ({"at": "2027-01-01T00:00:00Z", "person_id": 10**9}, "person_id"),
    ],
)
def test_bad_reminder_is_refused_at_its_field(portal: Portal, wrong: dict[str, object], field: str) -> None:
    deal = new_deal(portal)
    answer = portal.api("owner").post("/reminders", {"record_kind": DEAL, "record_id": deal["id"], **wrong})
    assert answer.status_code == 422, answer.text
    assert f'"{field}"' in answer.text or f".{field}" in answer.text
    assert open_ones(portal) == []


def test_form_keeps_what_was_typed_and_says_what_is_wrong(portal: Portal) -> None:
    deal = new_deal(portal)
    answer = portal.browser("owner").post(
        f"/records/{DEAL}/{deal['id']}/remind", {"when": "at", "at": "2020-01-01T10:00", "text": "Ring them up"}
    )
    assert answer.status_code == 422
    assert "Ring them up" in answer.text
    assert "This time is past." in answer.text


def test_time_typed_in_counts_whatever_is_chosen_and_is_of_the_person_s_zone(portal: Portal) -> None:
    deal, zone = new_deal(portal), portal.actor("owner").timezone
    wall = (in_zone(utcnow(), zone) + timedelta(days=40)).replace(tzinfo=None, second=0, microsecond=0)
    portal.browser("owner").post(
        f"/records/{DEAL}/{deal['id']}/remind", {"when": "tomorrow", "at": wall.isoformat(timespec="minutes")}
    )
    assert [datetime.fromisoformat(one["due_at"]) for one in open_ones(portal)] == [from_zone(wall, zone)]


def test_reminder_of_who_left_goes_to_the_successor(portal: Portal) -> None:
    remind(portal, new_deal(portal), at=(utcnow() + timedelta(days=2)).isoformat(), text="Ring them up")
    leaver, heir = portal.person("owner"), portal.person("head")
    left = portal.browser("admin").post(f"/admin/people/{leaver}/leave", {"successor": str(heir)})
    assert left.status_code == 303, left.text
    assert "Ring them up" in told_after(portal, "head", days=3)


def test_deadline_may_go_back_to_where_a_reminder_was_told_already(portal: Portal) -> None:
    near, far = utcnow().date() + timedelta(days=3), utcnow().date() + timedelta(days=20)
    deal = new_deal(portal, expected_on=str(near))
    remind(portal, deal, days_before=1, text="first")
    assert "first" in told_after(portal, "owner", days=4)
    for day in (far, near):
        changed = portal.api("owner").send("PATCH", f"/crm/deals/{deal['id']}", {"expected_on": str(day)})
        assert changed.status_code == 200, changed.text
        if day == far:
            remind(portal, deal, days_before=1, text="second")
    assert [one["text"] for one in open_ones(portal)] == ["second"]


def test_reminders_put_by_the_clocks_of_two_zones_become_one_where_the_deadline_moves(portal: Portal) -> None:
    deal = new_deal(portal, expected_on=str(utcnow().date() + timedelta(days=10)))
    remind(portal, deal, days_before=1, text="first")
    with write_session(portal.company.engines) as db:
        db.change(update(Person).where(Person.id == portal.actor("owner").id).values(timezone="Asia/Tokyo"))
    remind(portal, deal, days_before=1, text="second")
    assert {one["text"] for one in open_ones(portal)} == {"first", "second"}
    later = str(utcnow().date() + timedelta(days=20))
    changed = portal.api("owner").send("PATCH", f"/crm/deals/{deal['id']}", {"expected_on": later})
    assert changed.status_code == 200, changed.text
    assert [one["text"] for one in open_ones(portal)] == ["second"]


def test_keys_need_the_scope_of_what_is_their_person_s_own(portal: Portal) -> None:
    deal = new_deal(portal)
    wish = {"record_kind": DEAL, "record_id": deal["id"], "at": (utcnow() + timedelta(hours=2)).isoformat()}
    reminder = remind(portal, deal, at=wish["at"])
    narrow, reader = portal.api("owner", ("crm:read",)), portal.api("owner", ("crm:read", "core:read"))
    assert narrow.get("/reminders").status_code == 404
    assert narrow.get(f"/reminders/{reminder['id']}").status_code == 404
    assert reader.get("/reminders").json()["items"] == [reminder]
    for key in (narrow, reader):
        assert key.post("/reminders", wish).status_code == 404
        assert key.send("DELETE", f"/reminders/{reminder['id']}").status_code == 404
    assert open_ones(portal) == [reminder]
