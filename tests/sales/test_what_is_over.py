"""What is over can be paid back, and no more; credit notes stay within the invoice, whatever the signs of its lines."""

import re

import pytest
from tests.sales.firm import Sale, acting, begin_sale
from tests.support.portal import Portal

from boxportal.modules.sales import payments
from boxportal.modules.sales.models.invoices import Invoice

TWO = {"lines.0.description": "Pump", "lines.0.quantity": "2", "lines.0.unit_price": "1000"}
TAKEN_BACK = {
    "lines.0.description": "Pump", "lines.0.quantity": "10", "lines.0.unit_price": "100",
    "lines.1.description": "Taken back", "lines.1.quantity": "-2", "lines.1.unit_price": "100",
}  # fmt: skip
BACK = {"paid_on": "2026-01-05", "method": "bank"}


def issued(portal: Portal, rows: dict[str, str]) -> tuple[Sale, str]:
    sale = begin_sale(portal)
    sale.write_lines(rows)
    quote = sale.quote()
    sale.send(quote)
    sale.post(f"{quote}/accept", {"by": "Neema", "how": "phone"})
    return sale, sale.invoice()


def credit(*quantities: str, **more: str) -> dict[str, str]:
    rows = {f"lines.{n}.line_id": str(n + 1) for n in range(len(quantities))}
    return {"reason": "Came back"} | rows | {f"lines.{n}.quantity": q for n, q in enumerate(quantities)} | more


def refundable(portal: Portal, note: str) -> int:
    with acting(portal) as ctx:
        found = ctx.db.get(Invoice, int(note.rsplit("/", 1)[1]))
        assert found is not None
        return payments.refundable(ctx, found)


def test_credit_note_that_nobody_paid_takes_no_money_from_another_invoice(portal: Portal) -> None:
    sale, first = issued(portal, TWO)
    note = sale.go(f"{first}/credit", credit("1", again="true"))
    second = sale.invoice()
    sale.go(f"{second}/paid")
    assert refundable(portal, note) == 0
    assert "Record a refund" not in sale.see(note)
    assert sale.browser.get(f"{note}/refund").status_code == 409
    assert sale.browser.post(f"{note}/refund", BACK | {"amount": "1,180"}).status_code == 422
    assert sale.kept(second).paid == sale.kept(second).gross


def test_only_what_is_over_is_paid_back_and_refunds_made_count(portal: Portal) -> None:
    sale, first = issued(portal, TWO)
    sale.go(f"{sale.url}/payments", {"amount": "1,500", **BACK})
    note = sale.go(f"{first}/credit", credit("1"))
    over = 150_000 - 118_000
    assert refundable(portal, note) == over
    assert sale.browser.post(f"{note}/refund", BACK | {"amount": "321"}).status_code == 422
    sale.go(f"{note}/refund", BACK | {"amount": "20"})
    assert refundable(portal, note) == over - 2_000
    assert sale.kept(first).paid == 118_000


def test_deal_says_what_is_due_back_until_it_went_back(portal: Portal) -> None:
    sale, invoice = issued(portal, TWO)
    sale.go(f"{invoice}/paid")
    sale.go(f"{sale.url}/shipments")
    note = sale.go(f"{invoice}/credit", credit("1"))
    page = sale.see(sale.url.replace("/sales", "/crm")).replace("\xa0", " ")
    assert "Pay TZS 1,180.00 back" in page
    assert f'href="{note}/refund"' in page
    sale.go(f"{note}/refund", BACK | {"amount": "1,180"})
    page = sale.see(sale.url.replace("/sales", "/crm")).replace("\xa0", " ")
    assert "Pay TZS" not in page
    assert re.search(r"Payment\W.{0,400}TZS 1,180.00", page, re.DOTALL)


@pytest.mark.parametrize("quantities", [("10", "0"), ("9", "0"), ("0", "-2"), ("1", "-1"), ("1", "-2")])
def test_credit_note_of_nothing_or_of_more_than_the_invoice_is_refused(
    portal: Portal, quantities: tuple[str, str]
) -> None:
    sale, invoice = issued(portal, TAKEN_BACK)
    sale.go(f"{invoice}/paid")
    before = sale.kept(invoice)
    assert sale.browser.post(f"{invoice}/credit", credit(*quantities)).status_code in (409, 422)
    after = sale.kept(invoice)
    assert (after.credited, after.paid, after.is_open) == (0, before.paid, False)
    assert len(sale.numbers()) == 1
    assert sale.browser.post(f"{invoice}/credit", credit("8", "0")).status_code == 303
    assert sale.kept(invoice).paid == 0


def test_invoice_with_goods_taken_back_is_credited_as_a_whole(portal: Portal) -> None:
    sale, invoice = issued(portal, TAKEN_BACK)
    sale.go(f"{invoice}/credit", credit("3", "0"))
    sale.go(f"{invoice}/credit", credit("7", "-2"))
    assert sale.kept(invoice).credited == sale.kept(invoice).gross
    assert sale.browser.post(f"{invoice}/credit", credit("1", "0")).status_code == 422
