"""The form for the firm's details begins with what the portal knows of the company, and papers say it in good form."""

import re
import subprocess

from tests.sales.firm import SELLER, begin_sale
from tests.support.portal import Portal

from boxportal.kernel.database.engines import read_session
from boxportal.modules.sales.models.sellers import Seller

COMPANY = {"title": "Kilima Pumps", "country": "TZ", "currency": "TZS", "phone": "0754 123 456",
           "address": "1 Harbour Road\nDar es Salaam", "language": "en",
           "timezone": "Africa/Dar_es_Salaam"}  # fmt: skip


def words_of(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def chosen_in(page: str, field: str) -> str:
    """The label of what is chosen in a select."""
    options = page.split(f'name="{field}"')[1].split("</select>", maxsplit=1)[0]
    found = re.search(r"<option[^>]* selected>([^<]*)<", options)
    return found[1] if found else ""


def test_first_document_takes_the_companys_details_over(portal: Portal) -> None:
    assert portal.browser("admin").post("/admin/company", COMPANY).status_code == 303
    sale = begin_sale(portal)
    sale.write_lines()
    page = sale.see(sale.go(f"{sale.url}/quotes"))
    assert 'value="Kilima Pumps"' in page
    assert 'value="+255 754 123 456"' in page
    assert "1 Harbour Road\nDar es Salaam</textarea>" in page
    assert chosen_in(page, "country") == "Tanzania"
    assert "TIN / VRN" in page


def test_country_is_chosen_and_the_hint_of_the_tax_number_follows_it(portal: Portal) -> None:
    admin = portal.browser("admin")
    assert admin.post("/sales/seller/new", SELLER).status_code == 303
    page = admin.get("/sales/seller").text
    assert chosen_in(page, "country") == "Tanzania"
    assert ">Germany<" in page
    assert "DE123456789" in admin.get("/sales/seller/hint?country=DE").text
    assert "tax office" in admin.get("/sales/seller/hint?country=").text
    refused = admin.post("/sales/seller/1", {**SELLER, "country": "Tanzania"})
    assert refused.status_code == 422
    kept = {name: text for name, text in SELLER.items() if name != "usual_tax"}
    assert admin.post("/sales/seller/1", {**kept, "country": ""}).status_code == 303
    with read_session(portal.company.engines) as db:
        seller = db.get(Seller, 1)
        assert seller is not None
        assert seller.country == ""


def test_papers_say_whom_they_are_for_and_numbers_as_one_dials_them(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    where = sale.go(f"{sale.url}/quotes")
    quote = sale.go(where, {**SELLER, "phone": "0754123456"})
    sale.send(quote)
    offer = words_of(sale.browser.get(f"{quote}/pdf").content)
    assert "PREPARED FOR" in offer.upper()
    assert "BILL TO" not in offer.upper()
    assert "+255 754 123 456" in offer
    assert "+255 712 345 678" in offer
    sale.post(f"{quote}/accept", {"by": "Neema", "how": "phone"})
    invoice = words_of(sale.browser.get(f"{sale.go(f'{sale.url}/invoices')}/pdf").content)
    assert "BILL TO" in invoice.upper()
