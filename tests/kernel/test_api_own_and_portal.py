"""What pages and commands do to one's own settings and to the portal itself, done by programs."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.identity.models import SignInSession
from boxportal.kernel.notify.models import NoticeChoice
from boxportal.kernel.outbound.models import OutgoingCall
from boxportal.kernel.tables import EnabledModule
from boxportal.sdk.clock import utcnow
from tests.support.outside import DOOR_ADDRESS, door_of, leave_trial
from tests.support.portal import Portal

pytestmark = pytest.mark.modules("crm")


def test_own_notices_and_quiet_hours_are_changed_field_by_field(portal: Portal) -> None:
    api = portal.api("owner")
    before = api.get("/me/notifications").json()
    assert (before["quiet_from"], before["digest_at"]) == ("", "08:00")
    assert "core.module" not in {choice["kind"] for choice in before["choices"]}, "administrators' alone"
    answer = api.send("PATCH", "/me/notifications", {
        "choices": {"crm.lead": {"mail": "daily"}}, "quiet_from": "22:00", "quiet_until": "07:00"})  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert answer.json() == api.get("/me/notifications").json()
    by_kind = {choice["kind"]: choice for choice in answer.json()["choices"]}
    assert (by_kind["crm.lead"]["inbox"], by_kind["crm.lead"]["mail"]) == (True, "daily")
    others = [choice for choice in answer.json()["choices"] if choice["kind"] != "crm.lead"]
    assert others == [choice for choice in before["choices"] if choice["kind"] != "crm.lead"]
    assert (answer.json()["quiet_from"], answer.json()["quiet_until"]) == ("22:00", "07:00")
    assert 'value="22:00"' in portal.browser("owner").get("/account/notifications").text
    assert portal.api("colleague").get("/me/notifications").json()["quiet_from"] == ""
    for wrong in (
        {"choices": {"chess": {"inbox": True}}},
        {"choices": {"crm.lead": {"mail": "pigeon"}}},
        {"quiet_from": "25:00"},
        {"quiet_from": "", "quiet_until": "07:00"},
        {"nonsense": 1},
    ):
        assert api.send("PATCH", "/me/notifications", wrong).status_code == 422, wrong
    with read_session(portal.company.engines) as db:
        assert {row.person_id for row in db.scalars(select(NoticeChoice))} == {portal.person("owner")}


def test_own_sessions_are_listed_and_ended_and_nobody_elses(portal: Portal) -> None:
    portal.browser("owner").get("/")
    portal.browser("head").get("/")
    api = portal.api("owner")
    items = api.get("/me/sessions").json()["items"]
    assert len(items) == 1
    with read_session(portal.company.engines) as db:
        heads = db.scalar(select(SignInSession.id).where(SignInSession.person_id == portal.person("head")))
    assert api.send("DELETE", f"/me/sessions/{heads}").status_code == 404
    assert api.send("DELETE", f"/me/sessions/{items[0]['id']}").status_code == 204
    assert portal.browser("owner").get("/").status_code == 303
    assert portal.browser("head").get("/").status_code == 200
    assert portal.api("head").send("DELETE", "/me/sessions").status_code == 204
    assert portal.browser("head").get("/").status_code == 303


def test_the_door_is_set_tested_and_closed_by_an_administrators_key(portal: Portal) -> None:
    leave_trial(portal)
    portal.company.has_proxy = True
    api = portal.api("admin")
    assert api.send("POST", "/door/test").status_code == 409
    answer = api.send("PUT", "/door", {"address": DOOR_ADDRESS})
    assert (answer.status_code, answer.json()["address"], answer.json()["offered"]) == (200, DOOR_ADDRESS, "")
    assert api.send("POST", "/door/test").json()["link"].startswith(f"{DOOR_ADDRESS}/door/")
    answer = api.send("PUT", "/door", {"address": "nonsense"})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["address"])
    assert api.get("/door").json()["address"] == DOOR_ADDRESS
    assert api.send("DELETE", "/door").json()["address"] == ""
    assert door_of(portal).address == ""


def test_what_the_box_talked_to_is_read_page_by_page(portal: Portal) -> None:
    with write_session(portal.company.engines) as db:
        for number in range(3):
            db.add(OutgoingCall(at=utcnow() - timedelta(minutes=number), purpose="core.mail", host=f"h{number}",
                                port=25, address="192.0.2.1", result="done", said="", sent=1, received=2,
                                milliseconds=3))  # fmt: skip
    api = portal.api("admin")
    first = api.get("/outgoing?limit=2").json()
    second = api.get(f"/outgoing?limit=2&cursor={first['next']}").json()
    assert [call["host"] for call in first["items"] + second["items"]] == ["h2", "h1", "h0"]
    assert second["next"] is None
    assert api.post("/outgoing/allowed", {"target": "printer.local:8080"}).status_code == 201
    assert api.get("/outgoing").json()["allowed"] == ["printer.local:8080"]
    assert api.post("/outgoing/allowed", {"target": "printer"}).status_code == 422
    assert api.send("DELETE", "/outgoing/allowed/printer.local:8080").status_code == 204
    assert api.send("DELETE", "/outgoing/allowed/printer.local:8080").status_code == 404


@pytest.mark.parametrize("backend", ["sqlite"])
def test_only_keys_that_are_meant_for_it_reach_the_portal_itself(portal: Portal) -> None:
    for who, scopes in (("head", ("all:write",)), ("admin", ("crm:write",)), ("", ())):
        api = portal.api(who, scopes) if who else portal.api()
        for path in ("/door", "/outgoing"):
            assert api.get(path).status_code == (404 if who else 401), (who, path)
    reading = portal.api("admin", ("all:read",))
    assert reading.get("/door").status_code == 200
    assert reading.send("PUT", "/door", {"address": DOOR_ADDRESS}).status_code == 404
    narrow = portal.api("owner", ("crm:write",))
    assert narrow.get("/me/sessions").status_code == 404
    assert narrow.send("PATCH", "/me/notifications", {"quiet_from": ""}).status_code == 404
    assert "core.admin.see" not in portal.browser("admin").get("/admin/roles").text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_modules_are_read_with_how_they_stand_and_what_they_lack(portal: Portal) -> None:
    with write_session(portal.company.engines) as db:
        row = db.get(EnabledModule, "crm")
        assert row is not None
        row.state = "preparing"
    leave_trial(portal)
    items = {item["id"]: item for item in portal.api("admin").get("/modules").json()["items"]}
    assert (items["crm"]["state"], items["sales"]["state"]) == ("preparing", "never")
    assert "/admin/door" in [lack["url"] for lack in items["crm"]["lacking"]]
    assert (items["sales"]["requires"], items["sales"]["lacking"], items["sales"]["measured_at"]) == (["crm"], [], None)
    assert portal.api("head").get("/modules").status_code == 404
