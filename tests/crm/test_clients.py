"""Contacts, client companies, and the trash of every kind."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.support.crm import acting, make_company, make_contact, make_deal, make_lead, notices_of, rows, shown
from tests.support.portal import Portal

from boxportal.kernel.identity.leaving import let_go
from boxportal.kernel.web.render import render
from boxportal.kernel.work.recurring import run_job
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.sdk.clock import in_zone, shifted, utcnow

pytestmark = pytest.mark.modules("crm")
COMPANY = {
    "name": "Kilima Coffee Ltd", "phone": "0754 123 456", "email": "info@kilima.example", "tax_number": "12-34",
    "country": "TZ", "language": "sw", "address": "Moshi",
}  # fmt: skip


def test_company_shows_its_people_and_deals(portal: Portal) -> None:
    owner = portal.browser("owner")
    company = make_company(owner, **COMPANY)
    make_contact(owner, name="Asha Mwangi", client_company_id=company)
    make_deal(owner, title="Pumps", client_company_id=company)
    said = shown(owner.get(f"/crm/companies/{company}").text)
    for part in ("Asha Mwangi", "Pumps", "12-34", "info@kilima.example", "Moshi"):
        assert part in said


def test_contact_is_changed_and_a_stale_change_is_shown(portal: Portal) -> None:
    owner = portal.browser("owner")
    contact = make_contact(owner, name="Asha Mwangi")
    assert owner.post(f"/crm/contacts/{contact}/edit", {"name": "Asha M.", "_version": "1"}).status_code == 303
    stale = owner.post(f"/crm/contacts/{contact}/edit", {"name": "Mrs Mwangi", "_version": "1"})
    assert stale.status_code == 409
    assert "Asha M." in stale.text
    assert rows(portal, select(Contact.name))[0] == "Asha M."


def test_company_twins_meet_without_legal_form(portal: Portal) -> None:
    owner = portal.browser("owner")
    make_company(owner, name="ООО «Ромашка»")
    assert "Ромашка" in owner.get("/crm/twins?name=Romashka%20Ltd&_kind=crm.client_company").text


def test_own_record_is_no_twin_of_itself(portal: Portal) -> None:
    owner = portal.browser("owner")
    contact = make_contact(owner, name="Asha Mwangi")
    assert "Asha" not in owner.get(f"/crm/twins?name=Asha%20Mwangi&_kind=crm.contact&_but={contact}").text


@pytest.mark.parametrize("kind", ["leads", "deals", "contacts", "companies"])
def test_trash_takes_a_record_and_gives_it_back(portal: Portal, kind: str) -> None:
    owner = portal.browser("owner")
    make = {
        "leads": lambda: make_lead(owner, request="Solar pump"),
        "deals": lambda: make_deal(owner, title="Solar pump"),
        "contacts": lambda: make_contact(owner, name="Solar pump"),
        "companies": lambda: make_company(owner, name="Solar pump"),
    }
    record = make[kind]()
    listed = "/crm/deals/list" if kind == "deals" else f"/crm/{kind}"
    owner.post(f"/crm/{kind}/{record}/delete")
    assert owner.get(f"/crm/{kind}/{record}").status_code == 404
    assert "Solar pump" not in owner.get(listed).text
    assert "Solar pump" not in owner.get("/search?q=solar").text.replace('value="solar"', "")
    assert "Solar pump" in owner.get("/crm/trash").text
    assert "Solar pump" not in portal.browser("stranger").get("/crm/trash").text
    assert portal.browser("stranger").post(f"/crm/{kind}/{record}/restore").status_code == 404
    owner.post(f"/crm/{kind}/{record}/restore")
    assert "Solar pump" in owner.get(listed).text
    assert "Solar pump" in owner.get("/search?q=solar").text


def test_stranger_sees_and_changes_no_client(portal: Portal) -> None:
    owner, stranger = portal.browser("owner"), portal.browser("stranger")
    contact, company = make_contact(owner, name="Asha Mwangi"), make_company(owner, **COMPANY)
    for path in (f"/crm/contacts/{contact}", f"/crm/companies/{company}"):
        assert stranger.get(path).status_code == 404
        assert stranger.get(f"{path}/edit").status_code == 404
        for act in ("edit", "delete", "restore"):
            assert stranger.post(f"{path}/{act}", {"name": "Mine"}).status_code == 404
    assert "Kilima" not in stranger.get("/crm/companies").text + stranger.get("/crm/companies/pick?_q=kilima").text
    assert rows(portal, select(ClientCompany.name)) == ["Kilima Coffee Ltd"]


def test_nameless_client_is_refused(portal: Portal) -> None:
    owner = portal.browser("owner")
    for path in ("/crm/contacts/new", "/crm/companies/new"):
        answer = owner.post(path, {"name": "  ", "phone": "123"})
        assert answer.status_code == 422
        assert 'value="123"' in answer.text


def test_work_of_who_leaves_goes_to_the_successor(portal: Portal) -> None:
    owner, head = portal.browser("owner"), portal.browser("head")
    lead_id, company = make_lead(owner, request="Solar pump"), make_company(owner, name="Kilima")
    deal_id, won = make_deal(owner, title="Booster", amount="500"), make_deal(owner, title="Valves", amount="70")
    owner.post(f"/crm/deals/{won}/win")
    due = in_zone(utcnow() + timedelta(days=1), "Africa/Dar_es_Salaam")
    plan = {"kind": "call", "title": "Ring them", "due_at": f"{due:%Y-%m-%dT%H:%M}"}
    owner.post(f"/crm/activities/on/deal/{deal_id}", plan)
    totals = head.get("/crm/deals").text
    with acting(portal, "admin") as ctx:
        let_go(ctx, portal.person("owner"), portal.person("stranger"))
    stranger = portal.browser("stranger")
    for path in (f"leads/{lead_id}", f"deals/{deal_id}", f"companies/{company}"):
        assert stranger.get(f"/crm/{path}").status_code == 200
    assert stranger.get(f"/crm/deals/{won}").status_code == 404
    board = shown(stranger.get("/crm/deals").text)
    assert "New 1 TZS 500.00" in board
    assert shown(totals).count("TZS 500.00") == shown(head.get("/crm/deals").text).count("TZS 500.00")
    with shifted(timedelta(days=2)):
        run_job(portal.company, render, "core.reminders")
    assert "core.reminder" in notices_of(portal, "stranger")
    assert "core.reminder" not in notices_of(portal, "owner")
