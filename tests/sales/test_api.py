"""Sales over the API: the whole way, products by another system's ids, and what is refused."""

from typing import Any

import pytest
from httpx2 import Response
from tests.sales.firm import begin_sale
from tests.support.portal import Api, Portal

LINES = [{"description": "Pump", "quantity": "2", "unit_price": "1000.00", "discount_percent": "10"}]
FIRM = {"legal_name": "Acme Pumps Ltd", "currency": "TZS", "vat_payer": True, "usual_tax": "18", "country": "TZ"}
TZS = "TZS"


def good(answer: Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    body: dict[str, Any] = answer.json()
    return body


def ready(portal: Portal) -> tuple[Api, int]:
    """A program of the owner's, a deal, and the firm's details."""
    good(portal.api("admin").send("PUT", "/sales/seller", FIRM))
    return portal.api("owner"), begin_sale(portal).deal_id


def test_program_takes_a_deal_from_lines_to_the_last_payment(portal: Portal) -> None:
    api, deal = ready(portal)
    quote = good(api.post("/sales/quotes", {"deal_id": deal, "lines": LINES, "note": "Thank you"}), 201)
    assert quote["sums"]["gross"] == {"amount": 212_400, "currency": TZS}
    assert quote["lines"][0]["tax_percent"] == "18"
    assert good(api.get(f"/crm/deals/{deal}"))["amount"] == {"amount": 212_400, "currency": TZS}
    sent = good(api.post(f"/sales/quotes/{quote['id']}/send"))
    assert sent["state"] == "sent"
    assert portal.browser().get(sent["link"].removeprefix("http://127.0.0.1:8080")).status_code == 200
    order = good(api.post(f"/sales/quotes/{quote['id']}/accept", {"by": "Neema", "how": "mail"}))
    assert good(api.get(f"/sales/orders/{order['id']}"))["number"] == order["number"]
    draft = good(api.post("/sales/invoices", {"deal_id": deal}), 201)
    assert (draft["number"], draft["state"]) == ("", "draft")
    changed = good(api.send("PATCH", f"/sales/invoices/{draft['id']}", {"buyer_company": "Kilimo Farms Ltd"}))
    assert changed["buyer"]["company"] == "Kilimo Farms Ltd"
    assert changed["sums"] == draft["sums"]
    issued = good(api.post(f"/sales/invoices/{draft['id']}/issue"))
    assert issued["number"].startswith("I-")
    assert issued["state"] == "open"
    shipped = good(api.post("/sales/shipments", {"deal_id": deal}), 201)
    assert shipped["lines"][0]["quantity"] == "2"
    half = {"deal_id": deal, "invoice_id": draft["id"], "amount": {"amount": 100_000, "currency": TZS}}
    good(api.post("/sales/payments", half), 201)
    assert good(api.get(f"/sales/invoices/{draft['id']}"))["state"] == "partly"
    good(api.post("/sales/payments", half | {"amount": {"amount": 112_400, "currency": TZS}}), 201)
    paid = good(api.get(f"/sales/invoices/{draft['id']}"))
    assert (paid["state"], paid["open"]["amount"]) == ("paid", 0)
    assert good(api.post(f"/crm/deals/{deal}/win"))["state"] == "won"
    for name in ("quotes", "orders", "invoices", "payments", "shipments"):
        listed = good(api.get(f"/sales/{name}?deal_id={deal}"))
        assert listed["items"], name
        assert listed["next"] is None
        assert good(portal.api("stranger").get(f"/sales/{name}"))["items"] == [], name
        assert portal.api("stranger").get(f"/sales/{name}/1").status_code == 404, name


def test_correction_and_cancelling_by_a_program(portal: Portal) -> None:
    api, deal = ready(portal)
    good(api.post("/sales/orders", {"deal_id": deal, "lines": LINES}), 201)
    invoice = good(api.post("/sales/invoices", {"deal_id": deal}), 201)
    good(api.post(f"/sales/invoices/{invoice['id']}/issue"))
    draft = good(api.post(f"/sales/invoices/{invoice['id']}/correct", {"reason": "Wrong sum"}))
    assert (draft["state"], draft["replaces_id"]) == ("draft", invoice["id"])
    assert good(api.get(f"/sales/invoices/{invoice['id']}"))["state"] == "credited"
    notes = good(api.get("/sales/invoices?kind=credit_note"))["items"]
    assert [note["state"] for note in notes] == ["issued"]
    proforma = good(api.post("/sales/invoices", {"deal_id": deal, "kind": "proforma"}), 201)
    good(api.post(f"/sales/invoices/{proforma['id']}/issue"))
    assert good(api.post(f"/sales/invoices/{proforma['id']}/cancel", {"reason": "x"}))["state"] == "cancelled"
    assert api.post(f"/sales/invoices/{draft['id']}/cancel", {"reason": "x"}).status_code == 409


def test_products_are_created_and_changed_by_another_systems_ids(portal: Portal) -> None:
    api = portal.api("owner")
    path = "/sales/products/external/shop/A-1"
    made = good(api.send("PUT", path, {"name": "Pump", "price": "12.50", "currency": "USD"}), 201)
    changed = good(api.send("PUT", path, {"price": "13.5"}))
    assert (changed["id"], changed["price"], changed["name"], changed["version"]) == (made["id"], "13.5", "Pump", 2)
    tag = {"if-match": '"1"'}
    assert api.send("PATCH", f"/sales/products/{made['id']}", {"price": "14"}, tag).status_code == 412
    good(api.send("PATCH", f"/sales/products/{made['id']}", {"is_active": False}, {"if-match": '"2"'}))
    good(api.post("/sales/products", {"name": "Pump"}), 201)
    assert api.post("/sales/products", {"name": "Pump"}).status_code == 422
    assert api.post("/sales/products", {"name": "Pipe", "source": "shop", "external_id": "A-1"}).status_code == 409


def test_products_name_brings_price_unit_and_tax_along(portal: Portal) -> None:
    api, deal = ready(portal)
    good(api.post("/sales/products", {"name": "Pump", "code": "P1", "price": "250", "unit": "pcs"}), 201)
    for said in ("Pump", "P1"):
        quote = good(api.post("/sales/quotes", {"deal_id": deal, "lines": [{"description": said, "quantity": 3}]}), 201)
        line = quote["lines"][0]
        assert (line["description"], line["unit"], line["unit_price"], line["gross"]) == ("Pump", "pcs", "250", 88_500)


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"description": ""},
        {"description": "x"},
        {"description": "x", "unit_price": "abc"},
        {"description": "x", "unit_price": "1e30"},
        {"description": "x", "unit_price": "0.0000001"},
        {"description": "x", "unit_price": "NaN"},
        {"description": "x", "unit_price": 1, "quantity": "999999999999.9"},
        {"description": "x", "unit_price": 1, "discount_percent": 101},
        {"description": "x", "unit_price": 1, "discount_percent": 1, "discount_amount": 1},
        {"description": "x", "unit_price": 1, "discount_amount": 10**14},
        {"description": "x", "unit_price": 1, "tax": {"percent": 5, "category": "Z"}},
        {"description": "x", "unit_price": 1, "tax": {"percent": 5, "category": "Q"}},
        {"description": "x", "unit_price": 1, "surprise": 1},
        {"description": "x" * 2001, "unit_price": 1},
    ],
)
def test_line_that_can_not_be_is_refused(portal: Portal, line: dict[str, object]) -> None:
    api, deal = ready(portal)
    if line.get("quantity"):
        line |= {"unit_price": "999999999999"}
    answer = api.post("/sales/quotes", {"deal_id": deal, "lines": [line]})
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert good(api.get("/sales/quotes"))["items"] == []


def test_creations_with_the_same_key_are_done_once_and_origins_are_unique(portal: Portal) -> None:
    api, deal = ready(portal)
    good(api.post("/sales/orders", {"deal_id": deal, "lines": LINES}), 201)
    body = {"deal_id": deal, "amount": {"amount": 500, "currency": TZS}, "source": "bank", "external_id": "77"}
    key = {"idempotency-key": "k1"}
    first, again = api.post("/sales/payments", body, key), api.post("/sales/payments", body, key)
    assert good(first, 201)["id"] == good(again, 201)["id"]
    assert api.post("/sales/payments", body).status_code == 409
    assert len(good(api.get("/sales/payments"))["items"]) == 1
    assert api.post("/sales/payments", body | {"amount": {"amount": 5, "currency": "XXY"}}).status_code == 422
    assert api.post("/sales/payments", body | {"amount": {"amount": 5, "currency": "EUR"}}).status_code == 422


def test_nobody_and_who_may_only_read_change_nothing(portal: Portal) -> None:
    _api, deal = ready(portal)
    body = {"deal_id": deal, "lines": LINES}
    assert portal.api().post("/sales/quotes", body).status_code in (401, 403)
    assert portal.api("stranger").post("/sales/quotes", body).status_code == 404
    assert portal.api("owner", ("all:read",)).post("/sales/quotes", body).status_code in (403, 404)
    assert portal.api("owner").send("PUT", "/sales/seller", FIRM).status_code == 404
    assert good(portal.api("owner").get("/sales/quotes"))["items"] == []
