"""Overdue invoices are told of once; documents come as PDF, to colleagues and to the client."""

import subprocess
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from tests.sales.firm import Sale, begin_sale
from tests.support.portal import Portal

from boxportal.kernel.database.engines import read_session, writing
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.web.render import render
from boxportal.kernel.work.recurring import run_job
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.sdk.clock import shifted


def told(portal: Portal) -> list[dict[str, object]]:
    with read_session(portal.company.engines) as db:
        notices = db.scalars(select(InboxNotice).where(InboxNotice.kind == "sales.overdue")).all()
        return [dict(notice.values) for notice in notices]


def invoiced(portal: Portal) -> tuple[Sale, str]:
    sale = begin_sale(portal)
    sale.agree()
    return sale, sale.invoice()


def text_of(pdf: bytes) -> str:
    assert pdf[:5] == b"%PDF-"
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def test_overdue_invoice_is_told_of_once_with_what_is_open(portal: Portal) -> None:
    sale, invoice = invoiced(portal)
    sale.go(f"{sale.url}/payments?invoice=1", {"amount": "360", "paid_on": "2026-01-02", "method": "cash"})
    with shifted(timedelta(days=14)):
        run_job(portal.company, render, "sales.overdue")
        assert told(portal) == []
    for days in (16, 17, 30):
        with shifted(timedelta(days=days)):
            run_job(portal.company, render, "sales.overdue")
    assert len(told(portal)) == 1
    assert "2,000.00" in str(told(portal)[0]["amount"])
    assert sale.kept(invoice).told_overdue_at is not None
    assert "Overdue invoices" not in portal.browser("owner").get("/").text
    with writing(portal.company.engines) as session, session.begin():
        session.get_one(Invoice, 1).due_on = date(2026, 1, 1)
    home = portal.browser("owner").get("/").text
    assert "Overdue invoices" in home
    assert "2,000.00" in home
    assert "Overdue invoices" not in portal.browser("stranger").get("/").text
    assert sale.kept(invoice).number in sale.see("/sales/invoices?state=overdue")


def test_paid_and_corrected_invoices_are_not_overdue(portal: Portal) -> None:
    sale, first = invoiced(portal)
    sale.go(f"{first}/correct?again=false", {"reason": "x"})
    second = sale.invoice()
    sale.go(f"{second}/paid")
    with shifted(timedelta(days=60)):
        run_job(portal.company, render, "sales.overdue")
    assert told(portal) == []


def test_pdf_says_what_the_documents_say(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    quote = sale.quote()
    link = sale.send(quote)
    assert "2,360.00" in text_of(portal.browser().get(f"{link}/pdf").content)
    portal.browser().post(f"{link}/accept", {"name": "Neema Mushi"})
    accepted = text_of(sale.browser.get(f"{quote}/pdf").content)
    assert "Neema Mushi" in accepted
    assert "Acme Pumps Ltd" in accepted
    invoice = sale.invoice()
    page = text_of(sale.browser.get(f"{invoice}/pdf").content)
    for part in (sale.kept(invoice).number, "Kilimo Farms", "TIN 100-200-300", "123 456", "360.00", "2,360.00"):
        assert part in page
    sale.go(f"{invoice}/correct", {"reason": "Wrong address"})
    note = text_of(sale.browser.get("/sales/invoices/2/pdf").content)
    assert sale.kept(invoice).number in note
    assert "Wrong address" in note
    assert "2,360.00" in text_of(sale.browser.get("/sales/orders/1/pdf").content)
    assert portal.browser("stranger").get(f"{invoice}/pdf").status_code == 404
    shown = sale.post(f"{invoice}/link").text
    assert "/s/" in shown


def test_paper_of_an_issued_invoice_does_not_change_when_it_is_paid(portal: Portal) -> None:
    sale, invoice = invoiced(portal)
    before = sale.browser.get(f"{invoice}/pdf").content
    sale.go(f"{invoice}/paid")
    assert sale.browser.get(f"{invoice}/pdf").content == before


@pytest.mark.parametrize("inclusive", ["", "true"])
@pytest.mark.parametrize("rounding", ["total", "line"])
def test_paper_adds_up_however_the_firm_reckons(portal: Portal, inclusive: str, rounding: str) -> None:
    sale = begin_sale(portal)
    lines: dict[str, str] = {}
    for number, discount in enumerate(("7.5 %", "0.5", "")):
        row = {"description": f"Thing {number}", "quantity": "3", "unit_price": f"{number + 1}.333"}
        lines |= {f"lines.{number}.{name}": value for name, value in (row | {"discount": discount}).items()}
    sale.write_lines(lines)
    where = sale.go(f"{sale.url}/quotes")
    sale.go(where, {**dict(SELLER_BASE), "inclusive": inclusive, "rounding": rounding})
    sale.send("/sales/quotes/1")
    sale.post("/sales/quotes/1/accept", {"by": "x", "how": "phone"})
    assert "Thing 2" in text_of(sale.browser.get(f"{sale.invoice()}/pdf").content)
    assert "Thing 2" in text_of(sale.browser.get("/sales/quotes/1/pdf").content)


SELLER_BASE = {
    "legal_name": "Acme", "vat_payer": "true", "usual_tax": "18", "currency": "TZS", "paper": "letter",
    "payment_days": "0", "valid_days": "1",
}  # fmt: skip
