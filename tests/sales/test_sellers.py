"""Who sells: the first seller's details, its logo on paper, and a second seller beside it."""

import io
import re
import subprocess

import pytest
from PIL import Image
from sqlalchemy import select
from tests.sales.firm import SELLER, Sale, acting, begin_sale
from tests.support.portal import Browser, Portal

from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.identity.models import Role, RoleGrant
from boxportal.modules.sales.models.invoices import Payment
from boxportal.modules.sales.models.orders import Order, Shipment
from boxportal.modules.sales.models.quotes import DealLine, Quote, QuoteVersion
from boxportal.modules.sales.models.sellers import Seller

SECOND = {**SELLER, "legal_name": "Acme Services", "bank": "CRDB, 777", "vat_payer": "", "signatory": "Salma Second",
          "currency": "TZS"}  # fmt: skip
del SECOND["usual_tax"]


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 100), colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def images_in(pdf: bytes) -> int:
    """How many pictures a PDF file shows, but for their transparency."""
    listed = subprocess.run(["pdfimages", "-list", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return len(re.findall(r"^\s*\d+\s+\d+\s+image ", listed, re.MULTILINE))


def words_of(pdf: bytes) -> str:
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


def set_logo(browser: Browser, content: bytes, seller: int = 1, **more: str) -> int:
    fields = {name: text for name, text in SELLER.items() if name != "usual_tax"} | more
    return browser.post(
        f"/sales/seller/{seller}", fields, files={"logo": ("logo.png", content, "image/png")}
    ).status_code


def second_seller(portal: Portal) -> None:
    answer = portal.browser("admin").post("/sales/seller/new", SECOND)
    assert answer.headers.get("location") == "/sales/seller/2", answer.text


def test_logo_and_signatory_are_printed_on_quote_invoice_and_credit_note(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    quote = sale.quote()
    admin = portal.browser("admin")
    assert images_in(sale.browser.get(f"{quote}/pdf").content) == 0
    assert set_logo(admin, picture(), signatory="Sara Signs") == 303
    shown = re.search(r'<img class="logo-shown" src="(/pictures/[^"]+)"', admin.get("/sales/seller").text)
    assert shown
    assert admin.get(shown[1]).headers["content-type"] == "image/png"
    link = sale.send(quote)
    assert portal.browser().get(f"{link}/logo").headers["content-type"] == "image/png"
    sale.post(f"{quote}/accept", {"by": "Neema", "how": "phone"})
    invoice = sale.invoice()
    credit = sale.go(f"{invoice}/correct?again=false", {"reason": "Wrong"})
    for paper in (quote, invoice, credit):
        pdf = sale.browser.get(f"{paper}/pdf").content
        assert images_in(pdf) == 1, paper
        assert "Sara Signs" in words_of(pdf), paper
    without = {name: text for name, text in SELLER.items() if name != "usual_tax"} | {"no_logo": "true"}
    answer = admin.post("/sales/seller/1", without)
    assert answer.status_code == 303, re.findall(r"error[^<]*<[^>]*>[^<]+", answer.text)
    assert images_in(sale.browser.get(f"{invoice}/pdf").content) == 1  # an issued document stands still


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "no picture"), (b"%PDF-1.7", "no picture"),
     (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "no picture"), (b"x" * (10 * 1024 * 1024 + 1), "too large")],
)  # fmt: skip
def test_what_is_no_picture_is_refused_and_what_was_typed_stays(portal: Portal, content: bytes, says: str) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    where = sale.go(f"{sale.url}/quotes")
    answer = sale.browser.post(where, SELLER, files={"logo": ("logo.png", content, "image/png")})
    assert answer.status_code == 422
    assert says in answer.text
    assert "Acme Pumps Ltd" in answer.text
    with read_session(portal.company.engines) as db:
        assert db.scalar(select(Seller.id)) is None
    assert sale.browser.post(where, SELLER, files={"logo": ("l.jpg", picture("JPEG"), "")}).status_code == 303
    with read_session(portal.company.engines) as db:
        assert str(db.scalar(select(Seller.logo))).startswith("/pictures/")


def test_companys_logo_is_printed_while_the_seller_has_none(portal: Portal) -> None:
    profile = {"title": "Acme Pumps", "language": "en", "timezone": "Africa/Dar_es_Salaam", "currency": "TZS",
               "country": "TZ"}  # fmt: skip
    sent = {"logo": ("l.png", picture(colour="blue"), "image/png")}
    assert portal.browser("admin").post("/admin/company", profile, files=sent).status_code == 303
    sale = begin_sale(portal)
    sale.write_lines()
    quote = sale.quote()
    assert images_in(sale.browser.get(f"{quote}/pdf").content) == 1


def test_lines_before_the_first_seller_do_not_claim_that_there_is_no_tax(portal: Portal) -> None:
    sale = begin_sale(portal)
    deal = f"/crm/deals/{sale.deal_id}"
    assert "No tax" not in sale.see(f"{sale.url}/lines")
    assert "Without tax so far" in sale.see(f"{sale.url}/lines")
    sale.write_lines()
    assert "Without tax so far" in sale.see(deal)
    assert "No tax" not in sale.see(deal)
    where = sale.go(f"{sale.url}/quotes")
    assert "2,000.00, without tax so far" in sale.see(where)
    quote = sale.go(where, SELLER)
    assert "VAT 18" in sale.see(quote)
    assert "Without tax so far" not in sale.see(deal)


def test_lines_get_no_tax_from_a_firm_that_charges_none(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    sale.go(sale.go(f"{sale.url}/quotes"), {**SELLER, "vat_payer": ""})
    with read_session(portal.company.engines) as db:
        assert db.scalars(select(DealLine.tax_category)).all() == ["O"]
    assert sale.deal().amount == 200_000


def test_who_may_not_say_the_firms_details_is_told_whom_to_ask(portal: Portal) -> None:
    with write_session(portal.company.engines) as db:
        for role in db.scalars(select(Role.id)).all():
            db.add(RoleGrant(role_id=role, permission="sales.seller.create", scope=0))
    sale = begin_sale(portal)
    sale.write_lines()
    where = sale.go(f"{sale.url}/quotes")
    page = sale.see(where)
    assert "Amina Admin" in page
    assert "legal_name" not in page
    assert sale.browser.post(where, SELLER).status_code in (403, 404)
    assert portal.browser("admin").post(where, SELLER).status_code == 303


def through(sale: Sale) -> tuple[str, str]:
    """From lines to a payment; the addresses of quote and invoice."""
    quote = sale.agree()
    invoice = sale.invoice()
    sale.go(f"{sale.url}/shipments")
    sale.go(f"{invoice}/paid")
    return quote, invoice


def test_second_seller_has_its_own_numbers_bank_and_tax_and_stands_on_every_document(portal: Portal) -> None:
    first = begin_sale(portal)
    quote, _invoice = through(first)
    for path in (quote, "/sales/orders/1", "/sales/payments/1", "/sales/shipments/1", f"{first.url}/lines"):
        assert "Seller</dt>" not in first.see(path), path
        assert 'name="seller_id"' not in first.see(path), path
    second_seller(portal)
    assert "Acme Services" in portal.browser("admin").get("/sales/seller").text
    sale = begin_sale(portal)
    assert 'name="seller_id"' in sale.see(f"{sale.url}/lines")
    lines = {"lines.0.description": "Repair", "lines.0.quantity": "1", "lines.0.unit_price": "500",
             "lines.0.tax": "S:18", "seller_id": "2"}  # fmt: skip
    sale.write_lines(lines)
    assert sale.deal().amount == 50_000
    quote = sale.quote()
    sale.send(quote)
    sale.post(f"{quote}/accept", {"by": "Neema", "how": "phone"})
    invoice = sale.invoice()
    sale.go(f"{sale.url}/shipments")
    sale.go(f"{invoice}/paid")
    assert sale.kept(invoice).number == sale.kept("/sales/invoices/1").number  # a series of its own
    for path in (quote, invoice, "/sales/orders/2", "/sales/payments/2", "/sales/shipments/2"):
        assert "Acme Services" in sale.see(path), path
    said = words_of(sale.browser.get(f"{invoice}/pdf").content)
    assert "CRDB" in said
    assert "Salma Second" in said
    assert "NMB" not in said
    assert "VAT" not in said
    with read_session(portal.company.engines) as db:
        for kind in (Quote, Order, Payment, Shipment):
            assert db.scalars(select(kind.seller_id).order_by(kind.id)).all() == [1, 2], kind


def test_deal_changes_its_seller_until_the_client_agreed(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    quote = sale.quote()
    link = sale.send(quote)
    second_seller(portal)
    row = {"lines.0.description": "Pump", "lines.0.quantity": "2", "lines.0.unit_price": "1000"}
    sale.write_lines({**row, "lines.0.tax": "S:18", "seller_id": "2"})
    assert sale.deal().amount == 200_000
    assert "replaced by a newer one" in portal.browser().get(link).text
    assert portal.browser().post(f"{link}/accept", {"name": "Neema"}).status_code == 409
    assert sale.states()["quoted"] == "open"
    again = sale.quote()
    assert again != quote
    sale.send(again)
    sale.post(f"{again}/accept", {"by": "Neema", "how": "phone"})
    answer = sale.browser.post(f"{sale.url}/lines", {**row, "lines.0.tax": "O:0", "seller_id": "1"})
    assert answer.status_code == 422
    assert "sold this already" in answer.text
    with read_session(portal.company.engines) as db:
        assert db.scalars(select(QuoteVersion.state).order_by(QuoteVersion.id)).all() == ["replaced", "accepted"]


def test_deals_stay_with_their_seller_when_another_becomes_usual(portal: Portal) -> None:
    begun, fresh = begin_sale(portal), begin_sale(portal)
    begun.write_lines()
    begun.quote()
    second_seller(portal)
    assert portal.browser("admin").post("/sales/seller/2/usual").status_code == 303
    assert portal.browser("owner").post("/sales/seller/1/usual").status_code == 404
    begun.send("/sales/quotes/1")
    begun.post("/sales/quotes/1/revise")
    fresh.write_lines()
    fresh.quote()
    with read_session(portal.company.engines) as db:
        assert db.scalars(select(Quote.seller_id).order_by(Quote.id)).all() == [1, 2]


def test_programs_add_a_seller_with_its_logo_and_sell_for_it(portal: Portal) -> None:
    api, owner = portal.api("admin"), portal.api("owner")
    facts = {"legal_name": "Acme", "currency": "TZS", "vat_payer": True, "usual_tax": "18"}
    assert api.post("/sales/sellers", facts).json()["is_usual"] is True
    other = api.post("/sales/sellers", facts | {"legal_name": "Other", "vat_payer": False})
    assert (other.status_code, other.json()["is_usual"]) == (201, False)
    assert api.post("/sales/sellers", facts).status_code == 422
    assert owner.post("/sales/sellers", facts | {"legal_name": "Third"}).status_code == 404
    sent = {"authorization": f"Bearer {api.token}", "content-type": "image/png"}
    put = api.client.put("/api/v1/sales/sellers/2/logo", content=picture(), headers=sent)
    assert put.json()["has_logo"] is True
    assert api.client.put("/api/v1/sales/sellers/2/logo", content=b"no", headers=sent).status_code == 422
    assert api.send("DELETE", "/sales/sellers/2/logo").json()["has_logo"] is False
    assert [each["legal_name"] for each in owner.get("/sales/sellers").json()["items"]] == ["Acme", "Other"]
    sale = begin_sale(portal)
    lines = [{"description": "Pump", "unit_price": "10"}]
    quote = owner.post("/sales/quotes", {"deal_id": sale.deal_id, "lines": lines, "seller_id": 2}).json()
    assert (quote["seller_id"], quote["lines"][0]["tax_category"]) == (2, "O")
    taxed = [{"description": "Pump", "unit_price": "10", "tax": {"percent": "18"}}]
    assert owner.post("/sales/quotes", {"deal_id": sale.deal_id, "lines": taxed}).status_code == 422
    assert owner.post("/sales/quotes", {"deal_id": sale.deal_id, "seller_id": 9}).status_code == 404


def test_first_seller_is_said_once_by_two_at_once(portal: Portal) -> None:
    with acting(portal) as ctx:
        assert ctx.can("sales.seller.create")
    sale = begin_sale(portal)
    sale.write_lines()
    where = sale.go(f"{sale.url}/quotes")
    sale.go(where, SELLER)
    assert sale.browser.post(where, SELLER).status_code == 422
