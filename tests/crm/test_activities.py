"""What is planned and done with clients: activities, calls, reminders."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.support.crm import leads, make_deal, make_lead, notices_of, rows, shown
from tests.support.portal import Portal

from boxportal.kernel.web.render import render
from boxportal.kernel.work.recurring import run_job
from boxportal.modules.crm.models.deals import Activity, Deal
from boxportal.sdk.clock import in_zone, shifted, utcnow

pytestmark = pytest.mark.modules("crm")


def plan(portal: Portal, on: str, **fields: object) -> None:
    tomorrow = in_zone(utcnow() + timedelta(days=1), "Africa/Dar_es_Salaam")
    sent = {"kind": "call", "title": "Call Asha", "due_at": f"{tomorrow:%Y-%m-%dT%H:%M}", **fields}
    answer = portal.browser("owner").post(f"/crm/activities/on/{on}", sent)
    assert answer.status_code == 303, answer.text


def activities(portal: Portal) -> list[Activity]:
    return list(rows(portal, select(Activity).order_by(Activity.id)))


def test_planned_activity_stands_on_the_deal_and_is_ticked_off(portal: Portal) -> None:
    owner = portal.browser("owner")
    deal_id = make_deal(owner, title="Pumps")
    assert "Nothing is planned." in owner.get(f"/crm/deals/{deal_id}").text
    plan(portal, f"deal/{deal_id}")
    deal = rows(portal, select(Deal))[0]
    assert (deal.open_activities, deal.next_at) == (1, activities(portal)[0].due_at)
    assert "Call Asha" in owner.get(f"/crm/deals/{deal_id}").text
    assert "Call Asha" in owner.get("/crm/activities").text
    owner.post(f"/crm/activities/{activities(portal)[0].id}/finish", {"result": "She wants three"})
    assert rows(portal, select(Deal))[0].open_activities == 0
    assert "She wants three" in owner.get(f"/crm/deals/{deal_id}").text
    assert owner.post(f"/crm/activities/{activities(portal)[0].id}/finish").status_code == 409


@pytest.mark.parametrize(("kind", "plural"), [("deal", "deals"), ("lead", "leads")])
def test_form_of_the_next_step_is_fetched_from_its_own_page(portal: Portal, kind: str, plural: str) -> None:
    owner = portal.browser("owner")
    record_id = make_deal(owner, title="Pumps") if kind == "deal" else make_lead(owner, request="Pumps")
    address = f"/crm/activities/on/{kind}/{record_id}"
    record = owner.get(f"/crm/{plural}/{record_id}").text
    assert f'hx-get="{address}"' in record
    assert f'<noscript><a href="{address}">' in record
    assert 'id="plan-form"' not in record
    form = owner.get(address)
    assert form.status_code == 200
    assert f'action="{address}" id="plan-form"' in form.text
    assert f'<option value="{portal.person("owner")}" selected>' in form.text
    assert owner.get("/crm/activities/on/person/1").status_code == 404
    assert portal.browser("stranger").get(address).status_code == 404


def test_time_is_read_in_the_zone_of_the_person(portal: Portal) -> None:
    deal_id = make_deal(portal.browser("owner"), title="Pumps")
    plan(portal, f"deal/{deal_id}", due_at="2027-01-15T10:30")
    due = activities(portal)[0].due_at
    assert due is not None
    assert due.isoformat() == "2027-01-15T07:30:00+00:00"


def test_activity_is_reminded_of_at_its_time_unless_it_is_done(portal: Portal) -> None:
    lead_id = make_lead(portal.browser("owner"), request="Pumps")
    plan(portal, f"lead/{lead_id}")
    plan(portal, f"lead/{lead_id}", title="Write Asha")
    portal.browser("owner").post(f"/crm/activities/{activities(portal)[1].id}/finish")
    with shifted(timedelta(days=2)):
        run_job(portal.company, render, "core.reminders")
        run_job(portal.company, render, "core.reminders")
        assert notices_of(portal, "owner").count("core.reminder") == 1
        assert "Call Asha" in shown(portal.browser("owner").get("/inbox").text)


@pytest.mark.parametrize(
    ("outcome", "is_answered", "proposed"),
    [("reached", True, "Send what was agreed"), ("no_answer", False, "Call again"),
     ("wrong_number", False, "Ask for the right number")],
)  # fmt: skip
def test_one_tap_says_how_a_call_went_and_the_next_step_is_proposed(
    portal: Portal,
    outcome: str,
    is_answered: bool,  # noqa: FBT001 a case
    proposed: str,
) -> None:
    owner = portal.browser("owner")
    lead_id = make_lead(owner, request="Pumps", phone="0754 123 456")
    page = owner.get(f"/crm/leads/{lead_id}").text
    assert 'data-then="call-outcome"' in page
    assert f'action="/crm/activities/on/lead/{lead_id}/call"' in page
    answer = owner.post(f"/crm/activities/on/lead/{lead_id}/call", {"outcome": outcome})
    assert answer.headers["location"] == f"/crm/leads/{lead_id}?after={outcome}#plan"
    assert (leads(portal)[0].answered_at is not None) is is_answered
    assert f'value="{proposed}"' in owner.get(answer.headers["location"]).text


def test_whoever_is_to_do_it_is_told(portal: Portal) -> None:
    deal_id = make_deal(portal.browser("owner"), title="Pumps")
    plan(portal, f"deal/{deal_id}", responsible_id=portal.person("colleague"))
    assert notices_of(portal, "colleague") == ["crm.activity"]


def test_wrong_activity_is_refused_with_what_was_typed(portal: Portal) -> None:
    owner = portal.browser("owner")
    deal_id = make_deal(owner, title="Pumps")
    answer = owner.post(f"/crm/activities/on/deal/{deal_id}", {"kind": "call", "title": "Ring", "due_at": "soon"})
    assert answer.status_code == 422
    assert 'value="Ring"' in answer.text
    assert owner.post(f"/crm/activities/on/deal/{deal_id}", {"kind": "party"}).status_code == 422
    assert owner.post(f"/crm/activities/on/deal/{deal_id}/call", {"outcome": "asleep"}).status_code == 422
    assert owner.post(f"/crm/activities/on/person/{deal_id}", {"kind": "call"}).status_code == 404


def test_stranger_plans_and_ticks_off_nothing(portal: Portal) -> None:
    deal_id = make_deal(portal.browser("owner"), title="Pumps")
    plan(portal, f"deal/{deal_id}")
    stranger = portal.browser("stranger")
    assert stranger.post(f"/crm/activities/on/deal/{deal_id}", {"kind": "call"}).status_code == 404
    assert stranger.post(f"/crm/activities/on/deal/{deal_id}/call", {"outcome": "reached"}).status_code == 404
    assert stranger.post(f"/crm/activities/{activities(portal)[0].id}/finish").status_code == 404
    assert stranger.get(f"/crm/activities/{activities(portal)[0].id}/edit").status_code == 404
    assert "Call Asha" not in stranger.get("/crm/activities?whose=all").text
    assert "Call Asha" in portal.browser("colleague").get("/crm/activities?whose=all").text


def test_home_shows_what_waits(portal: Portal) -> None:
    owner = portal.browser("owner")
    make_lead(owner, request="Solar pump")
    deal_id = make_deal(owner, title="Compressor")
    said = shown(owner.get("/").text)
    for part in ("New leads", "Solar pump", "Deals without a next step", "Compressor"):
        assert part in said
    plan(portal, f"deal/{deal_id}", title="Ring them")
    with shifted(timedelta(days=2)):
        said = shown(portal.browser("owner").get("/").text)
        assert "Ring them" in said
        assert "Deals without a next step" not in said
    assert "Solar pump" not in portal.browser("stranger").get("/").text
