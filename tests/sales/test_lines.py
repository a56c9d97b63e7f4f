"""Lines as they are typed: read by the person's language, refused where they can't be, kept as they were."""

import re

import pytest
from sqlalchemy import select
from tests.sales.firm import acting, begin_sale
from tests.support.portal import Portal

from boxportal.kernel.database.engines import read_session
from boxportal.modules.sales.lines import deal_lines, parse_discount
from boxportal.modules.sales.models.quotes import DealLine
from boxportal.sdk.errors import Invalid

GOOD = {"lines.0.description": "Pump", "lines.0.quantity": "2", "lines.0.unit_price": "1000"}


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"lines.0.unit_price": ""}, "Type a price"),
        ({"lines.0.unit_price": "abc"}, "not a number"),
        ({"lines.0.unit_price": "9" * 30}, "too large"),
        ({"lines.0.quantity": "0.0000001"}, "digits"),
        ({"lines.0.discount": "101 %"}, "between 0 and 100"),
        ({"lines.0.discount": "a lot"}, "percentage"),
        ({"lines.0.discount": "3000"}, "more than the price"),
        ({"lines.0.tax": "S:99"}, "Choose"),
        ({"lines.0.description": ""}, ""),
        ({"lines.0.description": "x" * 2001}, "at most"),
        ({"surprise": "1"}, "does not have"),
    ],
)
def test_what_can_not_be_is_refused_and_nothing_is_lost(portal: Portal, typed: dict[str, str], says: str) -> None:
    sale = begin_sale(portal)
    answer = sale.browser.post(f"{sale.url}/lines", GOOD | typed)
    assert answer.status_code == 422
    assert says in answer.text
    if "surprise" not in typed and "lines.0.description" not in typed:
        assert 'value="Pump"' in answer.text
    with acting(portal) as ctx:
        assert deal_lines(ctx, sale.deal_id) == []


def test_deal_amount_follows_its_lines_and_lines_can_be_taken_out(portal: Portal) -> None:
    sale = begin_sale(portal)
    two = GOOD | {"lines.1.description": "Pipe <b>", "lines.1.unit_price": "5", "lines.1.discount": "1"}
    sale.write_lines(two)
    assert sale.deal().amount == 200_400
    page = sale.see(f"{sale.url}/lines")
    assert "Pipe &lt;b&gt;" in page
    sale.write_lines(two | {"lines.0.remove": "true"})
    assert sale.deal().amount == 400
    deal = sale.see(f"/crm/deals/{sale.deal_id}")
    assert "Pipe &lt;b&gt;" in deal
    sale.write_lines({})
    assert sale.deal().amount == 0


def test_draft_quote_follows_the_lines_and_a_sent_one_does_not(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    quote = sale.quote()
    sale.write_lines(GOOD | {"lines.0.quantity": "3"})
    assert "3,540.00" in sale.see(quote)
    sale.send(quote)
    sale.write_lines(GOOD | {"lines.0.quantity": "4"})
    assert "3,540.00" in sale.see(quote)
    sale.go(f"{quote}/revise")
    assert "4,720.00" in sale.see(quote)
    sale.go(f"{quote}/delete")
    assert "3,540.00" in sale.see(quote)


def test_product_is_offered_while_typing_and_brings_its_price(portal: Portal) -> None:
    sale = begin_sale(portal)
    product = {
        "name": "Solar pump",
        "code": "SP1",
        "unit": "pcs",
        "price": "250",
        "currency": "TZS",
        "is_active": "true",
    }
    sale.post("/sales/products", product)
    assert "Solar pump" in sale.see("/sales/products/options?lines.0.description=sol")
    assert "Solar pump" in sale.see("/sales/products/options?lines.0.description=sp1")
    assert "Solar pump" not in sale.see("/sales/products/options?lines.0.description=%25pump")
    sale.write_lines({"lines.0.description": "SP1", "lines.0.quantity": "2"})
    assert sale.deal().amount == 50_000
    assert sale.browser.post("/sales/products", product).status_code == 422
    sale.post("/sales/products/1", product | {"_version": "1", "price": "300"})
    assert sale.browser.post("/sales/products/1", product | {"_version": "1"}).status_code in (409, 412)
    assert sale.deal().amount == 50_000
    sale.post("/sales/products/1", {k: v for k, v in product.items() if k != "is_active"} | {"_version": "2"})
    assert "Solar pump" not in sale.see("/sales/products/options?lines.0.description=sol")


@pytest.mark.parametrize(
    ("typed", "kept"), [("", (0, 0)), ("10%", (10, 0)), ("7.5 %", (7.5, 0)), ("1,250.50", (0, 125_050)), ("0", (0, 0))]
)
def test_discount_is_a_percentage_or_an_amount(typed: str, kept: tuple[float, int]) -> None:
    percent, amount = parse_discount(typed, "TZS")
    assert (float(percent), amount) == kept


@pytest.mark.parametrize("typed", ["-1", "-5 %", "%", "10 % off", "1 EUR"])
def test_no_discount(typed: str) -> None:
    with pytest.raises(Invalid):
        parse_discount(typed, "TZS")


def test_seller_is_asked_once_guessed_and_changed_later(portal: Portal) -> None:
    sale = begin_sale(portal)
    assert sale.browser.post(f"{sale.url}/quotes").status_code == 409
    sale.write_lines()
    where = sale.go(f"{sale.url}/invoices")
    page = sale.see(where)
    assert 'value="18"' in page
    assert 'value="TZ"' in page
    refused = sale.browser.post(where, {"legal_name": "", "currency": "XXX"})
    assert refused.status_code == 422
    firm = {
        "legal_name": "Acme",
        "currency": "TZS",
        "payment_days": "5",
        "valid_days": "5",
        "vat_payer": "true",
        "usual_tax": "18",
    }
    assert sale.go(where, firm) == "/sales/invoices/1"
    assert sale.browser.get(where).status_code == 303
    assert sale.browser.get("/sales/seller").status_code == 404
    admin = portal.browser("admin")
    assert "Acme" in admin.get("/sales/seller").text
    del firm["usual_tax"]
    assert admin.post("/sales/seller/1", firm | {"legal_name": "Acme Ltd", "_version": "1"}).status_code == 303
    assert admin.post("/sales/seller/1", firm | {"_version": "1"}).status_code in (409, 412)
    rate = {"name": "Reduced", "percent": "5", "category": "L", "is_default": "true"}
    assert admin.post("/sales/seller/taxes", rate).status_code == 303
    assert admin.post("/sales/seller/taxes", rate).status_code == 422
    assert admin.post("/sales/seller/taxes", rate | {"name": "Bad", "category": "Z"}).status_code == 422
    sale.write_lines({"lines.0.description": "x", "lines.0.unit_price": "100"})
    assert sale.deal().amount == 10_500
    assert admin.post("/sales/seller/taxes/3/retire").status_code == 303


def test_lines_keep_the_order_that_was_typed_beside_them(portal: Portal) -> None:
    sale = begin_sale(portal)
    rows = {f"lines.{n}.{name}": text for n, word in enumerate(("First", "Second", "Third"))
            for name, text in (("description", word), ("unit_price", "1"))}  # fmt: skip
    sale.write_lines(rows)
    page = sale.see(f"{sale.url}/lines")
    assert 'name="lines.2.position" value="3"' in page
    places = {"lines.0.position": "3", "lines.1.position": "1"}  # the third says none: it comes last
    sale.write_lines(rows | places)
    with read_session(portal.company.engines) as db:
        found = db.scalars(select(DealLine.description).order_by(DealLine.position)).all()
    assert found == ["Second", "First", "Third"]
    assert sale.browser.post(f"{sale.url}/lines", rows | {"lines.0.position": "-1"}).status_code == 422


@pytest.mark.parametrize("price", ["7", "seven"])
def test_rows_are_added_without_a_script_and_nothing_is_lost_or_saved(portal: Portal, price: str) -> None:
    sale = begin_sale(portal)
    assert sale.see(f"{sale.url}/lines").count("data-rows-row>") == 3 + 1  # and the one that a script copies
    page = sale.post(f"{sale.url}/lines?more=true", {"lines.0.description": "Pump", "lines.0.unit_price": price}).text
    assert page.count("data-rows-row>") == 1 + 3 + 1
    assert f'value="{price}"' in page
    assert 'value="Pump"' in page
    assert sale.deal().amount == 0


def test_papers_of_a_deal_stand_under_crm_in_the_rail(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    invoice = sale.invoice()
    sale.go(f"{sale.url}/shipments")
    sale.go(f"{invoice}/paid")
    for path in (f"{sale.url}/lines", "/sales/orders/1", "/sales/payments/1", "/sales/shipments/1"):
        rail = re.search(r'<a class="rail-link" href="/crm/deals"[^>]*>', sale.see(path))
        assert rail, path
        assert 'aria-current="page"' in rail[0], path


def test_only_what_is_left_to_do_is_offered(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    deal = f"/crm/deals/{sale.deal_id}"
    assert "/shipments/new" in sale.see(deal)
    assert f'action="{sale.url}/proformas"' in sale.see(deal)
    sale.invoice()
    sale.go(f"{sale.url}/shipments")
    assert "/shipments/new" not in sale.see(deal)
    assert f'action="{sale.url}/proformas"' not in sale.see(deal)


def test_mistakes_in_lines_are_named_by_line_and_field(portal: Portal) -> None:
    sale = begin_sale(portal)
    bad = GOOD | {"lines.0.quantity": "two", "lines.1.description": "Pipe", "lines.1.unit_price": "cheap"}
    page = sale.browser.post(f"{sale.url}/lines", bad).text
    assert '<a href="#field-lines.0.quantity">Line 1, Quantity: This is not a number.</a>' in page
    assert '<a href="#field-lines.1.unit_price">Line 2, Price: This is not a number.</a>' in page
    sale.agree()
    draft = sale.go(f"{sale.url}/invoices")
    page = sale.browser.post(draft, GOOD | {"lines.0.discount": "a lot"}).text
    assert '<a href="#field-lines.0.discount">Line 1, Discount: Type a percentage' in page


def test_acts_on_a_deal_stand_under_the_tab_of_deals_with_or_without_mistakes(portal: Portal) -> None:
    sale = begin_sale(portal)
    tab = '<a class="tab" href="/crm/deals" aria-current="page"'
    assert tab in sale.see(f"{sale.url}/lines")
    assert tab in sale.see(f"{sale.url}/quotes/first")
    assert tab in sale.browser.post(f"{sale.url}/lines", GOOD | {"lines.0.quantity": "two"}).text
    sale.agree()
    for act in ("orders", "payments", "shipments"):
        assert tab in sale.see(f"{sale.url}/{act}/new"), act
