"""Before an invoice is issued it says what will be fixed for ever; afterwards how it reaches the client and stands."""

import re
from datetime import timedelta

from tests.sales.firm import PUMPS, Sale, acting, begin_sale
from tests.support.portal import Portal

from boxportal.modules.sales.sellers import today

HEAD = {"buyer_company": "Kilimo Farms", "buyer_name": "Neema Mushi", "note": ""}


def facts_of(page: str) -> dict[str, str]:
    """The facts of a page by their names, as plain text."""
    rows = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", plainly(page), re.DOTALL)
    return {re.sub("<[^>]+>", "", name): " ".join(re.sub("<[^>]+>", " ", value).split()) for name, value in rows}


def plainly(page: str) -> str:
    """A page with ordinary blanks and minus signs, whichever its language takes."""
    return page.replace("\xa0", " ").replace("\u202f", " ").replace("\u2212", "-")


def draft_of(sale: Sale) -> str:
    sale.agree()
    return sale.go(f"{sale.url}/invoices")


def shipped(sale: Sale, days_ago: int) -> None:
    with acting(sale.portal) as ctx:
        day = (today(ctx) - timedelta(days=days_ago)).isoformat()
    line = re.search(r'name="lines\.0\.ordered_id" value="(\d+)"', sale.see(f"{sale.url}/shipments/new"))
    assert line
    row = {"shipped_on": day, "lines.0.ordered_id": line[1], "lines.0.quantity": "1"}
    sale.go(f"{sale.url}/shipments/new", row)


def test_draft_shows_what_will_be_fixed_and_names_what_is_missing(portal: Portal) -> None:
    sale = begin_sale(portal)
    draft = draft_of(sale)
    page = sale.see(draft)
    facts = facts_of(page)
    assert facts["Number to come"].startswith("I-")
    assert facts["Date of supply"] == "Nothing supplied yet"
    assert facts["Seller"] == "Acme Pumps Ltd 1 Harbour Road Dar es Salaam TIN 100-200-300"
    assert facts["Client"] == "Kilimo Farms"
    assert facts["Total"] == "TZS 2,360.00"
    assert 'href="#field-buyer_address"' in page
    assert "Your tax number" not in page
    sale.post(draft, {**HEAD, "buyer_address": "Box 7, Arusha", "lines.0.description": "Pump",
                      "lines.0.quantity": "2", "lines.0.unit_price": "1,000"})  # fmt: skip
    page = sale.see(draft)
    assert 'href="#field-buyer_address"' not in page
    assert facts_of(page)["Client"] == "Kilimo Farms Box 7, Arusha"
    number = facts_of(page)["Number to come"]
    sale.go(f"{draft}/issue")
    assert sale.kept(draft).number == number


def test_missing_details_of_the_seller_lead_to_who_may_say_them(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    bare = {"legal_name": "Acme", "currency": "TZS", "vat_payer": "true", "usual_tax": "18", "payment_days": "14",
            "valid_days": "30", "rounding": "total", "paper": "a4"}  # fmt: skip
    draft = sale.go(sale.go(f"{sale.url}/invoices"), bare)
    page = sale.see(draft)
    assert "Your tax number" in page
    assert "/sales/seller/1#field-tax_number" not in page  # an employee may not change the seller
    assert 'href="/sales/seller/1#field-tax_number"' in portal.browser("admin").get(draft).text


def test_date_of_supply_is_the_last_shipments(portal: Portal) -> None:
    sale = begin_sale(portal)
    draft = draft_of(sale)
    shipped(sale, days_ago=5)
    shipped(sale, days_ago=3)
    sale.go(f"{draft}/issue")
    invoice = sale.kept(draft)
    assert invoice.issued_on is not None
    assert invoice.supplied_on == invoice.issued_on - timedelta(days=3)


def test_invoice_before_any_shipment_has_no_date_of_supply_unless_one_is_typed(portal: Portal) -> None:
    sale = begin_sale(portal)
    draft = draft_of(sale)
    sale.go(f"{draft}/issue")
    assert sale.kept(draft).supplied_on is None
    other = begin_sale(portal)
    typed = draft_of(other)
    other.go(f"{typed}/issue", {**HEAD, **PUMPS, "supplied_on": "2026-01-05"})
    assert str(other.kept(typed).supplied_on) == "2026-01-05"


def test_service_is_supplied_with_its_invoice_where_nothing_is_shipped(portal: Portal) -> None:
    steps = {"steps": ["quoted", "agreed", "invoiced", "paid"]}
    assert portal.api("head").send("PATCH", "/crm/pipelines/1", steps).status_code == 200
    sale = begin_sale(portal)
    draft = draft_of(sale)
    sale.go(f"{draft}/issue")
    invoice = sale.kept(draft)
    assert invoice.supplied_on == invoice.issued_on is not None


def test_total_that_changed_on_the_way_is_looked_at_before_it_stands(portal: Portal) -> None:
    sale = begin_sale(portal)
    draft = draft_of(sale)
    typed = {**HEAD, **PUMPS, "lines.0.quantity": "5", "_seen": str(sale.kept(draft).gross)}
    page = sale.post(f"{draft}/issue", typed).text
    assert sale.kept(draft).state == "draft"
    assert "the total is another one now" in page
    assert facts_of(page)["Total"] == "TZS 5,900.00"
    sale.go(f"{draft}/issue", {**typed, "_seen": str(sale.kept(draft).gross)})
    assert sale.kept(draft).gross == 590_000


def test_issued_invoice_offers_its_way_to_the_client_until_it_has_one(portal: Portal) -> None:
    sale = begin_sale(portal)
    invoice = sale.go(f"{draft_of(sale)}/issue")
    assert "It has not gone to the client yet" in sale.see(invoice)
    page = sale.post(f"{invoice}/link").text
    assert 'id="client-link"' in page
    assert "It has not gone to the client yet" not in sale.see(invoice)
    sale.go(f"{invoice}/revoke")
    assert "It has not gone to the client yet" in sale.see(invoice)


def test_without_a_mail_server_a_quote_is_not_sent_but_its_link_is_got(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    page = sale.see(sale.quote())
    assert "Get the link" in page
    assert ">Send<" not in page


def link_to(sale: Sale, invoice: str) -> str:
    found = re.search(r'value="http://127\.0\.0\.1:8080(/s/[\w-]+)"', sale.post(f"{invoice}/link").text)
    assert found
    return found[1]


def test_client_sees_what_was_credited_and_paid_and_the_list_counts_it(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    invoice = sale.invoice()
    link, client = link_to(sale, invoice), portal.browser()
    assert "Still open" not in facts_of(client.get(link).text)
    line = re.search(r'name="lines\.0\.line_id" value="(\d+)"', sale.see(f"{invoice}/credit"))
    assert line
    part = {"lines.0.line_id": line[1], "lines.0.quantity": "1", "reason": "came back"}
    note = sale.go(f"{invoice}/credit", part)
    number = sale.kept(note).number
    sale.go(f"{sale.url}/payments?invoice={invoice.rsplit('/', 1)[1]}",
            {"amount": "500", "paid_on": "2026-01-02", "method": "bank"})  # fmt: skip
    facts = facts_of(client.get(link).text)
    assert facts["Credited"] == f"TZS 1,180.00 by {number}"
    assert (facts["Paid"], facts["Still open"]) == ("TZS 500.00", "TZS 680.00")
    assert facts_of(client.get(link_to(sale, note)).text)["For invoice"] == sale.kept(invoice).number
    listed = plainly(sale.see("/sales/invoices"))
    assert "-TZS 1,180.00" in listed
    assert "TZS 680.00" in listed
    sale.go(f"{invoice}/correct?again=false", {"reason": "all back"})
    assert "nothing of it is to be paid" in client.get(link).text
    assert sale.kept(invoice).number not in sale.see("/sales/invoices?state=paid")
    assert sale.kept(invoice).number in sale.see("/sales/invoices?state=credited")


def test_what_is_open_stands_at_payment_and_shipment_and_the_bar_speaks_the_readers_language(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    sale.invoice()
    page = plainly(sale.see(f"{sale.url}/payments/new"))
    assert 'value="2,360.00"' in page
    assert "of TZS 2,360.00 open" in page
    assert "2 of 2 left" in sale.see(f"{sale.url}/shipments/new")
    sale.go(f"{sale.url}/payments", {"amount": "1,000", "paid_on": "2026-01-02", "method": "bank"})
    assert "of TZS 1,360.00 open" in plainly(sale.see(f"{sale.url}/payments/new"))
    assert plainly(sale.steps()["paid"].document) == "TZS 1,000.00"
    sale.browser.post("/account", {"name": "Omar Owner", "language": "ru", "timezone": "UTC"})
    assert "1 000,00 TZS" in plainly(sale.see(f"/crm/deals/{sale.deal_id}"))
