"""Spam goes with its likes, and comes back with them; unanswered leads are reminded of."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.support.crm import leads, make_lead, notices_of, remind, shown
from tests.support.portal import Portal

from boxportal.kernel.database.engines import write_session
from boxportal.kernel.identity.models import Team
from boxportal.sdk.clock import shifted
from boxportal.sdk.database import one

pytestmark = pytest.mark.modules("crm")


def test_spam_takes_its_likes_along_and_undo_brings_all_back(portal: Portal) -> None:
    owner = portal.browser("owner")
    bad = [make_lead(owner, request=f"Cheap pills {n}", email="x@pills.example") for n in range(3)]
    answered = make_lead(owner, request="Pills?", email="x@pills.example")
    owner.post(f"/crm/leads/{answered}/answer")
    make_lead(owner, request="Two pumps", email="asha@kilima.example")
    owner.post(f"/crm/leads/{bad[0]}/spam")
    states = {lead.id: lead.status for lead in leads(portal)}
    assert [states[lead_id] for lead_id in bad] == ["spam"] * 3
    assert states[answered] == "working"
    listed = owner.get("/crm/leads").text
    assert "Cheap pills" not in listed
    assert "Two pumps" in listed
    assert "Cheap pills" in owner.get("/crm/leads?status=spam").text
    assert "Undo: this is no spam" in owner.get(f"/crm/leads/{bad[0]}").text
    owner.post(f"/crm/leads/{bad[1]}/not-spam")
    assert {lead.status for lead in leads(portal) if lead.id in bad} == {"new"}
    assert owner.post(f"/crm/leads/{bad[1]}/not-spam").status_code == 409


def test_deal_is_no_spam(portal: Portal) -> None:
    owner = portal.browser("owner")
    lead_id = make_lead(owner, request="Two pumps")
    owner.post(f"/crm/leads/{lead_id}/convert", {"title": "Pumps", "currency": "TZS"})
    assert owner.post(f"/crm/leads/{lead_id}/spam").status_code == 409


def test_unanswered_lead_reminds_its_responsible_then_the_head_once_each(portal: Portal) -> None:
    make_lead(portal.browser("owner"), request="Two pumps")
    remind(portal)
    assert notices_of(portal, "owner") == []
    for minutes, owner_told, head_told in ((61, 1, 0), (120, 1, 0), (241, 1, 1), (3000, 1, 1)):
        with shifted(timedelta(minutes=minutes)):
            remind(portal)
            assert notices_of(portal, "owner").count("crm.unanswered") == owner_told
            assert notices_of(portal, "head").count("crm.unanswered") == head_told
    said = shown(portal.browser("head").get("/inbox").text)
    assert "A request of Omar Owner waits for an answer: Two pumps" in said


def test_days_off_lose_no_step(portal: Portal) -> None:
    make_lead(portal.browser("owner"), request="Two pumps")
    with shifted(timedelta(days=3)):
        remind(portal)
    with shifted(timedelta(days=3, minutes=2)):
        remind(portal)
    assert notices_of(portal, "owner") == ["crm.unanswered"]
    assert notices_of(portal, "head") == ["crm.unanswered"]


@pytest.mark.parametrize("act", ["answer", "drop", "spam", "delete"])
def test_settled_lead_is_not_reminded_of(portal: Portal, act: str) -> None:
    owner = portal.browser("owner")
    lead_id = make_lead(owner, request="Two pumps")
    owner.post(f"/crm/leads/{lead_id}/{act}")
    with shifted(timedelta(days=3)):
        remind(portal)
    assert notices_of(portal, "owner") == []


def test_deputy_is_told_when_the_head_is_responsible(portal: Portal) -> None:
    with write_session(portal.company.engines) as db:
        one(db, select(Team).where(Team.head_id == portal.person("head"))).deputy_id = portal.person("colleague")
    make_lead(portal.browser("head"), request="Two pumps")
    for days in (1, 2):
        with shifted(timedelta(days=days)):
            remind(portal)
    assert notices_of(portal, "colleague") == ["crm.unanswered"]
