"""Deals as people work with them: the record with its step bar, moves, closing, the list."""

import pytest
from sqlalchemy import select
from tests.support.crm import make_company, make_contact, make_deal, make_lead, rows, shown
from tests.support.portal import Portal

from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.pipelines import Stage

pytestmark = pytest.mark.modules("crm")


def stage(portal: Portal, title: str) -> int:
    return rows(portal, select(Stage.id).where(Stage.title == title))[0]


def deal_of(portal: Portal, deal_id: int) -> Deal:
    return rows(portal, select(Deal).where(Deal.id == deal_id))[0]


def test_deal_shows_its_client_amount_and_one_next_step(portal: Portal) -> None:
    owner = portal.browser("owner")
    company, contact = make_company(owner, name="Kilima Coffee"), make_contact(owner, name="Asha Mwangi")
    deal_id = make_deal(owner, title="Pumps", amount="12,400", client_company_id=company, contact_id=contact)
    page = owner.get(f"/crm/deals/{deal_id}").text
    for part in ("Kilima Coffee", "Asha Mwangi", "12,400.00", "Go on to: Quoted"):
        assert part in shown(page)
    assert page.count("data-next-step") == 1


def test_next_step_leads_to_the_won_deal_and_makes_the_client(portal: Portal) -> None:
    owner = portal.browser("owner")
    lead_id = make_lead(owner, request="Pumps", name="Asha Mwangi", company_name="Kilima Coffee", email="a@k.example")
    answer = owner.post(f"/crm/leads/{lead_id}/convert", {"title": "Pumps", "currency": "TZS"})
    address = answer.headers["location"]
    for title in ("Quoted", "Agreed", "Invoiced", "To be paid"):
        version = rows(portal, select(Deal.version))[0]
        assert f"Go on to: {title}" in shown(owner.get(address).text)
        owner.post(f"{address}/move", {"stage": stage(portal, title), "version": version})
        people = [contact.name for contact in rows(portal, select(Contact))]
        assert people == ([] if title == "Quoted" else ["Asha Mwangi"])
    assert "Close as won" in shown(owner.get(address).text)
    owner.post(f"{address}/win")
    deal = rows(portal, select(Deal))[0]
    assert (deal.state, deal.closed_at is not None) == ("won", True)
    assert [company.name for company in rows(portal, select(ClientCompany))] == ["Kilima Coffee"]
    assert len(rows(portal, select(Contact))) == 1
    assert "data-next-step" not in owner.get(address).text


def test_lost_deal_needs_a_reason(portal: Portal) -> None:
    owner = portal.browser("owner")
    deal_id = make_deal(owner, title="Pumps")
    moved = owner.post(f"/crm/deals/{deal_id}/move", {"stage": stage(portal, "Lost")})
    assert moved.headers["location"] == f"/crm/deals/{deal_id}/lose"
    assert owner.post(f"/crm/deals/{deal_id}/lose", {"reason": " "}).status_code == 422
    owner.post(f"/crm/deals/{deal_id}/lose", {"reason": "too dear"})
    assert (deal_of(portal, deal_id).state, deal_of(portal, deal_id).reason) == ("lost", "too dear")
    assert "too dear" in owner.get(f"/crm/deals/{deal_id}").text


def test_stale_move_and_stale_save_change_nothing(portal: Portal) -> None:
    owner = portal.browser("owner")
    deal_id = make_deal(owner, title="Pumps")
    owner.post(f"/crm/deals/{deal_id}/edit", {"title": "More pumps", "currency": "TZS", "_version": "1"})
    assert owner.post(f"/crm/deals/{deal_id}/win", {"version": 1}).status_code == 409
    stale = owner.post(f"/crm/deals/{deal_id}/edit", {"title": "Mine", "currency": "TZS", "_version": "1"})
    assert stale.status_code == 409
    assert "More pumps" in stale.text
    assert (deal_of(portal, deal_id).title, deal_of(portal, deal_id).state) == ("More pumps", "open")


def test_client_that_one_may_not_see_can_not_be_taken(portal: Portal) -> None:
    contact = make_contact(portal.browser("owner"), name="Asha")
    answer = portal.browser("stranger").post(
        "/crm/deals/new", {"title": "Mine", "currency": "TZS", "contact_id": contact}
    )
    assert answer.status_code == 404
    assert "Asha" not in portal.browser("stranger").get("/crm/contacts/pick?_q=asha").text
    assert "Asha" in portal.browser("owner").get("/crm/contacts/pick?_q=asha").text


def test_list_filters_sorts_and_exports(portal: Portal) -> None:
    owner = portal.browser("owner")
    for title, amount in (("Booster", "500"), ("Pipes", "9,000"), ("Valves", "70")):
        make_deal(owner, title=title, amount=amount)
    listed = shown(owner.get("/crm/deals/list?sort=-amount").text)
    assert listed.index("Pipes") < listed.index("Booster") < listed.index("Valves")
    large = owner.get("/crm/deals/list?amount_min=400").text
    assert "Booster" in large
    assert "Valves" not in large
    assert "Booster" in owner.get("/crm/deals/list?_format=csv").text
    assert "Booster" in owner.get("/crm/deals/list?needs=step").text
    assert "Booster" not in owner.get("/crm/deals/list?needs=waking").text
    assert owner.get("/crm/deals/list?stage=x").status_code == 422


def test_stranger_sees_and_changes_nothing(portal: Portal) -> None:
    deal_id = make_deal(portal.browser("owner"), title="Booster")
    stranger = portal.browser("stranger")
    assert "Booster" not in stranger.get("/crm/deals").text + stranger.get("/crm/deals/list").text
    for path in ("", "/edit", "/lose"):
        assert stranger.get(f"/crm/deals/{deal_id}{path}").status_code == 404
    for act in ("edit", "move", "win", "lose", "delete", "restore"):
        sent = {"title": "Mine", "currency": "TZS", "stage": "2", "reason": "x"}
        assert stranger.post(f"/crm/deals/{deal_id}/{act}", sent).status_code == 404
    assert deal_of(portal, deal_id).state == "open"


def test_history_says_what_changed_in_words(portal: Portal) -> None:
    owner = portal.browser("owner")
    deal_id = make_deal(owner, title="Pumps", amount="500")
    edit = {"title": "Pumps", "amount": "700", "currency": "TZS", "responsible_id": portal.person("colleague")}
    owner.post(f"/crm/deals/{deal_id}/edit", {**edit, "_version": "1"})
    owner.post(f"/crm/deals/{deal_id}/move", {"stage": stage(portal, "Quoted")})
    said = shown(owner.get(f"/crm/deals/{deal_id}").text)
    for part in ("Omar Owner began the deal", "700.00", "Cara Colleague", "Stage: New → Quoted"):
        assert part in said
