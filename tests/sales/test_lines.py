"""Lines as they are typed: read by the person's language, refused where they can't be, kept as they were."""

import pytest
from tests.sales.firm import acting, begin_sale
from tests.support.portal import Portal

from boxportal.modules.sales.lines import deal_lines, parse_discount
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
