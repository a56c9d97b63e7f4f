"""Leads as people work with them: taken in, changed, answered, made into deals."""

import pytest
from sqlalchemy import select
from tests.support.crm import leads, make_contact, make_lead, notices_of, rows, shown
from tests.support.portal import Portal

from boxportal.modules.crm.models.deals import Deal

pytestmark = pytest.mark.modules("crm")


def test_one_field_makes_a_lead_that_its_list_shows(portal: Portal) -> None:
    owner = portal.browser("owner")
    lead_id = make_lead(owner, phone="0754 123 456")
    assert "0754 123 456" in shown(owner.get(f"/crm/leads/{lead_id}").text).replace("+255 754", "0754")
    assert 'href="tel:+255754123456"' in owner.get(f"/crm/leads/{lead_id}").text
    assert f'href="/crm/leads/{lead_id}"' in owner.get("/crm/leads").text


def test_empty_lead_is_refused_and_keeps_what_was_typed(portal: Portal) -> None:
    owner = portal.browser("owner")
    assert owner.post("/crm/leads/new", {"name": " "}).status_code == 422
    wrong = owner.post("/crm/leads/new", {"name": "Asha", "email": "asha@"})
    assert wrong.status_code == 422
    assert 'value="Asha"' in wrong.text
    assert "This is not a mail address." in shown(wrong.text)
    assert not leads(portal)


def test_responsible_is_told_once(portal: Portal) -> None:
    fields = {"request": "Two pumps", "responsible_id": portal.person("colleague")}
    make_lead(portal.browser("owner"), **fields)
    assert notices_of(portal, "colleague") == ["crm.lead"]
    assert "New request for you: Two pumps" in shown(portal.browser("colleague").get("/inbox").text)
    assert notices_of(portal, "owner") == []


def test_form_sent_twice_makes_one_lead(portal: Portal) -> None:
    owner = portal.browser("owner")
    first = owner.post("/crm/leads/new", {"request": "Two pumps", "_once": "token-1"})
    again = owner.post("/crm/leads/new", {"request": "Two pumps", "_once": "token-1"})
    assert first.headers["location"] == again.headers["location"]
    assert len(leads(portal)) == 1


def test_stale_save_shows_what_the_other_changed(portal: Portal) -> None:
    owner, colleague = portal.browser("owner"), portal.browser("colleague")
    lead_id = make_lead(owner, request="Two pumps")
    assert colleague.post(f"/crm/leads/{lead_id}/edit", {"request": "Three pumps", "_version": "1"}).status_code == 303
    stale = owner.post(f"/crm/leads/{lead_id}/edit", {"request": "Four pumps", "_version": "1"})
    assert stale.status_code == 409
    assert "Three pumps" in shown(stale.text)
    assert "Four pumps" in stale.text
    assert 'name="_version" value="2"' in stale.text
    assert leads(portal)[0].request == "Three pumps"


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [
        ("phone=0754123456", True),
        ("email=ASHA@kilima.example", True),
        ("name=Mwangi Asha", True),
        ("phone=0754123457&email=other@kilima.example&name=Juma", False),
    ],
)
def test_twins_are_shown_before_saving(portal: Portal, typed: str, is_found: bool) -> None:  # noqa: FBT001 a case
    owner = portal.browser("owner")
    make_contact(owner, name="Asha Mwangi", phone="+255 754 123 456", email="asha@kilima.example")
    twins = owner.get(f"/crm/leads/twins?{typed}").text
    assert ("Asha Mwangi" in twins) is is_found


def test_twins_of_others_are_not_given_away(portal: Portal) -> None:
    make_contact(portal.browser("owner"), name="Asha Mwangi", phone="0754 123 456")
    assert "Asha" not in portal.browser("stranger").get("/crm/leads/twins?phone=0754123456").text


def test_lead_is_converted_in_one_screen_and_nothing_is_lost(portal: Portal) -> None:
    owner = portal.browser("owner")
    lead_id = make_lead(owner, request="Two pumps\nwith delivery", name="Asha", phone="0754 123 456")
    owner.post(f"/records/crm.lead/{lead_id}/comments", {"text": "She is in a hurry"})
    assert "Two pumps" in owner.get(f"/crm/leads/{lead_id}/convert").text
    answer = owner.post(f"/crm/leads/{lead_id}/convert", {"title": "Pumps", "amount": "12,400.50", "currency": "TZS"})
    assert answer.status_code == 303, answer.text
    deal = rows(portal, select(Deal))[0]
    assert (deal.title, deal.amount, deal.lead_id) == ("Pumps", 1_240_050, lead_id)
    page = owner.get(answer.headers["location"]).text
    for part in ("with delivery", "Asha", "tel:+255754123456", "She is in a hurry", "took the request in"):
        assert part in page
    assert owner.post(f"/crm/leads/{lead_id}/convert", {"title": "Again", "currency": "TZS"}).status_code == 422
    assert leads(portal)[0].status == "converted"


def test_dropped_lead_can_be_opened_again(portal: Portal) -> None:
    owner = portal.browser("owner")
    lead_id = make_lead(owner, request="Two pumps")
    owner.post(f"/crm/leads/{lead_id}/drop", {"reason": "wrong number"})
    assert leads(portal)[0].status == "dropped"
    owner.post(f"/crm/leads/{lead_id}/reopen")
    assert leads(portal)[0].status == "working"


def test_stranger_sees_and_changes_nothing(portal: Portal) -> None:
    lead_id = make_lead(portal.browser("owner"), request="Two pumps")
    stranger = portal.browser("stranger")
    assert f"/crm/leads/{lead_id}" not in stranger.get("/crm/leads").text
    for path in ("", "/edit", "/convert"):
        assert stranger.get(f"/crm/leads/{lead_id}{path}").status_code == 404
    for act in ("edit", "answer", "drop", "reopen", "spam", "not-spam", "delete", "restore", "convert"):
        sent = {"title": "Mine", "request": "Mine", "currency": "TZS"}
        assert stranger.post(f"/crm/leads/{lead_id}/{act}", sent).status_code == 404
    assert leads(portal)[0].status == "new"


def test_outsider_is_asked_to_sign_in(portal: Portal) -> None:
    assert portal.browser().get("/crm/leads").headers["location"] == "/login?next=/crm/leads"


@pytest.mark.modules
def test_pages_are_not_there_while_the_module_is_off(portal: Portal) -> None:
    head = portal.browser("head")
    for path in (
        "/crm",
        "/crm/deals",
        "/crm/leads",
        "/crm/leads/1",
        "/crm/contacts",
        "/crm/leads/forms",
        "/form/contact",
    ):
        assert head.get(path).status_code == 404
    assert "CRM" not in shown(head.get("/").text)


def test_hostile_input_is_kept_as_text(portal: Portal) -> None:
    owner = portal.browser("owner")
    lead_id = make_lead(
        owner, request="<script>alert(1)</script>", name='" onmouseover="x', phone="javascript:alert(1)"
    )
    page = owner.get(f"/crm/leads/{lead_id}").text
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert owner.get("/crm/leads?responsible=1%20OR%201").status_code == 422
    assert owner.get("/crm/leads/99999999999999999999").status_code == 404
