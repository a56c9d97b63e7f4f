"""Issued invoices stand still; corrections, proformas, advances and parts."""

import re

import pytest
from sqlalchemy import select
from tests.sales.firm import begin_sale
from tests.support.portal import Portal

from boxportal.kernel.database.engines import read_session
from boxportal.modules.sales.models.invoices import Invoice

HEAD = {"note": "", "buyer_company": "Kilimo Farms", "due_on": "", "supplied_on": ""}


def test_issued_invoice_can_not_be_changed_or_deleted(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    invoice = sale.invoice()
    before = sale.kept(invoice)
    for path, data in ((invoice, {**HEAD, "note": "x"}), (f"{invoice}/issue", {}), (f"{invoice}/delete", {})):
        assert sale.browser.post(path, data).status_code == 409, path
    after = sale.kept(invoice)
    assert (before.number, before.note, before.gross) == (after.number, after.note, after.gross)


def test_correction_makes_a_credit_note_and_a_new_draft_and_money_goes_along(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    first = sale.invoice()
    sale.go(f"{first}/paid")
    draft = sale.go(f"{first}/correct", {"reason": "Wrong address"})
    assert [kind for kind, _number in sale.numbers()] == ["invoice", "credit_note", "invoice"]
    assert sale.kept(first).credited == 236_000
    assert sale.kept(first).paid == 0
    page = sale.see(draft)
    assert sale.kept(first).number in page
    assert sale.numbers()[1][1] in page
    assert "Wrong address" in page
    sale.post(f"{draft}/issue", {**HEAD, "buyer_company": "Kilimo Farms Ltd",
                                 "lines.0.description": "Pump", "lines.0.quantity": "2", "lines.0.unit_price": "1000",
                                 "lines.0.tax": "S:18"})  # fmt: skip
    assert sale.kept(draft).paid == 236_000
    assert sale.kept(draft).buyer["company"] == "Kilimo Farms Ltd"
    assert sale.browser.post(f"{first}/correct", {"reason": "again"}).status_code == 409
    assert sale.browser.post(f"{draft}/correct", {"reason": ""}).status_code == 422


def test_only_crediting_leaves_the_sale_to_be_invoiced_again(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    first = sale.invoice()
    sale.go(f"{first}/correct?again=false", {"reason": "Order was cancelled"})
    assert sale.states()["invoiced"] == "open"
    assert "Credited" in sale.see(first)
    assert len(sale.numbers()) == 2


def test_proforma_has_its_own_numbers_and_can_be_cancelled_until_it_is_paid(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    proforma = sale.go(f"{sale.url}/proformas")
    sale.go(f"{proforma}/issue")
    assert sale.kept(proforma).number.startswith("P-")
    assert sale.states()["invoiced"] == "open"
    assert sale.browser.post(f"{proforma}/correct", {"reason": "x"}).status_code == 409
    sale.go(f"{proforma}/cancel", {"reason": "Not needed"})
    assert "Cancelled" in sale.see(proforma)
    second = sale.go(f"{sale.url}/proformas")
    sale.go(f"{second}/issue")
    sale.go(f"{second}/paid")
    assert sale.browser.post(f"{second}/cancel", {"reason": "x"}).status_code == 409
    invoice = sale.invoice()
    assert sale.kept(invoice).paid == 236_000
    assert sale.states()["paid"] == "done"


def test_proforma_is_replaced_by_a_new_one_that_is_tied_to_it(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    first = sale.go(f"{sale.url}/proformas")
    sale.go(f"{first}/issue")
    draft = sale.go(f"{first}/cancel?again=true", {"reason": "Wrong day"})
    old, new = sale.kept(first), sale.kept(draft)
    assert (old.state, old.reason) == ("cancelled", "Wrong day")
    assert (new.state, new.kind, new.replaces_id, new.gross) == ("draft", "proforma", old.id, old.gross)
    assert old.number in sale.see(draft)
    sale.go(f"{draft}/issue")
    assert sale.kept(draft).number in sale.see(first)
    assert "Replace or cancel" in sale.see(draft)
    assert sale.browser.post(f"{first}/cancel?again=true", {"reason": "x"}).status_code == 409
    sale.go(f"{draft}/paid")
    assert sale.browser.post(f"{draft}/cancel?again=true", {"reason": "x"}).status_code == 409
    api = portal.api("owner")
    other = api.post("/sales/invoices", {"deal_id": sale.deal_id, "kind": "proforma"}).json()["id"]
    assert api.post(f"/sales/invoices/{other}/issue").status_code == 200
    again = api.post(f"/sales/invoices/{other}/cancel", {"reason": "x", "again": True}).json()
    assert (again["state"], again["replaces_id"]) == ("draft", other)


def test_advance_counts_for_the_invoice_that_comes_later(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    sale.go(f"{sale.url}/payments", {"amount": "1,000", "paid_on": "2026-01-02", "method": "cash"})
    invoice = sale.invoice()
    kept = sale.kept(invoice)
    assert (kept.paid, kept.prepaid) == (100_000, 100_000)
    assert sale.states()["paid"] == "partly"
    assert "1,360.00" in sale.see(invoice)
    assert re.search(r"Paid TZS\W*1,000.00 of TZS\W*2,360.00", sale.see(f"/crm/deals/{sale.deal_id}"))
    sale.go(f"{invoice}/paid")
    assert sale.states()["paid"] == "done"
    sale.go("/sales/payments/1/delete")
    assert sale.kept(invoice).paid == 136_000


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"amount": "0"}, "above zero"),
        ({"amount": "-5"}, "above zero"),
        ({"amount": "abc"}, "not a number"),
        ({"amount": "10 EUR"}, "TZS"),
        ({"amount": "1.234"}, ""),
        ({"paid_on": "2999-01-01"}, "still to come"),
        ({"method": "barter"}, "Choose"),
    ],
)
def test_payment_that_can_not_be_is_refused_where_it_was_typed(
    portal: Portal, sent: dict[str, str], field: str
) -> None:
    sale = begin_sale(portal)
    sale.agree()
    form = {"amount": "5", "paid_on": "2026-01-02", "method": "cash"} | sent
    answer = sale.browser.post(f"{sale.url}/payments", form)
    assert answer.status_code == 422
    assert field in answer.text


def test_parts_are_invoiced_and_shipped_until_nothing_is_left(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    draft = sale.go(f"{sale.url}/invoices")
    part = {"lines.0.description": "Pump", "lines.0.quantity": "0.5", "lines.0.unit_price": "1000",
            "lines.0.tax": "S:18", "lines.0.ordered_id": "1"}  # fmt: skip
    sale.post(f"{draft}/issue", HEAD | part)
    assert sale.kept(draft).gross == 59_000
    assert sale.states()["invoiced"] == "partly"
    rest = sale.invoice()
    assert sale.kept(rest).gross == 177_000
    assert sale.states()["invoiced"] == "done"
    assert sale.browser.post(f"{sale.url}/invoices").status_code == 409

    ship = {"shipped_on": "2026-01-02", "note": "DHL", "lines.0.ordered_id": "1"}
    assert sale.browser.post(f"{sale.url}/shipments/new", ship | {"lines.0.quantity": "3"}).status_code == 422
    assert sale.browser.post(f"{sale.url}/shipments/new", ship | {"lines.0.ordered_id": "99"}).status_code == 422
    sale.go(f"{sale.url}/shipments/new", ship | {"lines.0.quantity": "0.5"})
    assert sale.states()["shipped"] == "partly"
    assert 'value="1.5"' in sale.see(f"{sale.url}/shipments/new")
    sale.go(f"{sale.url}/shipments")
    assert sale.states()["shipped"] == "done"
    assert sale.browser.post(f"{sale.url}/shipments").status_code == 409


def test_line_of_another_order_is_refused(portal: Portal) -> None:
    one, other = begin_sale(portal), begin_sale(portal)
    one.agree()
    other.agree()
    draft = one.go(f"{one.url}/invoices")
    lines = {
        "lines.0.description": "Pump",
        "lines.0.quantity": "1",
        "lines.0.unit_price": "1",
        "lines.0.ordered_id": "2",
    }
    assert one.browser.post(draft, HEAD | lines).status_code == 422


def test_numbers_have_no_gap_when_drafts_go(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    draft = sale.go(f"{sale.url}/invoices")
    assert sale.kept(draft).number == ""
    sale.go(f"{draft}/delete")
    assert sale.browser.get(draft).status_code == 404
    assert sale.kept(sale.invoice()).sequence == 1


def test_refused_issue_takes_no_number(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    draft = sale.go(f"{sale.url}/invoices")
    lines = {"lines.0.description": "Pump", "lines.0.quantity": "1", "lines.0.unit_price": "1", "lines.0.tax": "S:18"}
    for wrong in ({"buyer_company": "", "buyer_name": ""}, {"due_on": "2001-01-01"}, {"lines.0.unit_price": "-1"}):
        answer = sale.browser.post(f"{draft}/issue", HEAD | lines | wrong)
        assert answer.status_code in (409, 422), wrong
    assert sale.browser.post(f"{draft}/issue", HEAD).status_code == 409
    sale.post(f"{draft}/issue", HEAD | lines)
    with read_session(portal.company.engines) as db:
        assert db.scalars(select(Invoice.sequence)).all() == [1]
