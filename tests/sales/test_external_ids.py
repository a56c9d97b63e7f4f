"""Documents that another system knows by its own ids: a PUT makes them once, then changes them as far as they may."""

from typing import Any

import pytest
from tests.sales.test_api import LINES, TZS, good, ready
from tests.support.portal import Api, Portal

HALF = [{**LINES[0], "quantity": "1"}]


def put(api: Api, what: str, body: dict[str, Any], status: int = 200) -> dict[str, Any]:
    return good(api.send("PUT", f"/sales/{what}/external/shop/7", body), status)


def refused(api: Api, what: str, body: dict[str, Any], status: int = 409) -> None:
    answer = api.send("PUT", f"/sales/{what}/external/shop/7", body)
    assert answer.status_code == status, answer.text


def ids_of(api: Api, what: str) -> list[int]:
    return [row["id"] for row in good(api.get(f"/sales/{what}"))["items"]]


def test_quote_is_made_once_changed_while_a_draft_and_then_stands(portal: Portal) -> None:
    api, deal = ready(portal)
    made = put(api, "quotes", {"deal_id": deal, "lines": LINES, "note": "Hello"}, 201)
    assert (made["source"], made["external_id"]) == ("shop", "7")
    changed = put(api, "quotes", {"deal_id": deal, "lines": HALF})
    assert (changed["id"], changed["note"], changed["sums"]["gross"]["amount"]) == (made["id"], "Hello", 106_200)
    good(api.post(f"/sales/quotes/{made['id']}/send"))
    same = put(api, "quotes", {"deal_id": deal, "lines": HALF, "note": "Hello"})
    assert (same["id"], same["version"], same["state"]) == (made["id"], 1, "sent")
    refused(api, "quotes", {"deal_id": deal, "lines": LINES})
    refused(api, "quotes", {"deal_id": deal, "note": "Other"})
    assert ids_of(api, "quotes") == [made["id"]]


def test_name_of_one_quote_is_not_taken_for_another(portal: Portal) -> None:
    api, deal = ready(portal)
    first = good(api.post("/sales/quotes", {"deal_id": deal, "lines": LINES}), 201)
    good(api.send("PUT", f"/sales/quotes/external/shop/{first['id']}0", {"deal_id": deal}), 201)
    refused(api, "quotes", {"deal_id": deal, "lines": LINES})
    assert good(api.get(f"/sales/quotes/{first['id']}"))["external_id"] == f"{first['id']}0"


def test_order_is_made_once_and_only_its_contract_changes(portal: Portal) -> None:
    api, deal = ready(portal)
    body = {"deal_id": deal, "lines": LINES, "by": "Neema", "how": "mail", "on": "2026-11-01"}
    made = put(api, "orders", body, 201)
    assert put(api, "orders", body)["id"] == made["id"]
    assert put(api, "orders", {"deal_id": deal, "contract_number": "K-9"})["contract_number"] == "K-9"
    for other in ({"lines": HALF}, {"by": "Somebody"}, {"on": "2026-11-02"}):
        refused(api, "orders", body | other)
    assert ids_of(api, "orders") == [made["id"]]


def test_invoice_is_made_once_changed_while_a_draft_and_then_stands(portal: Portal) -> None:
    api, deal = ready(portal)
    good(api.post("/sales/orders", {"deal_id": deal, "lines": LINES}), 201)
    made = put(api, "invoices", {"deal_id": deal, "note": "Thanks"}, 201)
    changed = put(api, "invoices", {"deal_id": deal, "buyer_company": "Kilimo Farms Ltd"})
    assert (changed["id"], changed["note"], changed["buyer"]["company"]) == (made["id"], "Thanks", "Kilimo Farms Ltd")
    good(api.post(f"/sales/invoices/{made['id']}/issue"))
    assert put(api, "invoices", {"deal_id": deal, "note": "Thanks"})["number"].startswith("I-")
    refused(api, "invoices", {"deal_id": deal, "note": "Other"})
    refused(api, "invoices", {"deal_id": deal, "kind": "proforma"})
    refused(api, "invoices", {"deal_id": deal, "lines": HALF})
    assert ids_of(api, "invoices") == [made["id"]]


def test_draft_invoice_of_another_is_neither_named_nor_changed(portal: Portal) -> None:
    api, deal = ready(portal)
    good(api.post("/sales/orders", {"deal_id": deal, "lines": LINES}), 201)
    drawn = good(api.post("/sales/invoices", {"deal_id": deal}), 201)
    refused(api, "invoices", {"deal_id": deal, "note": "Mine now", "lines": HALF})
    named = {"deal_id": deal, "source": "shop", "external_id": "7"}
    assert api.post("/sales/invoices", named).status_code == 409
    assert good(api.get(f"/sales/invoices/{drawn['id']}")) == drawn
    good(api.post(f"/sales/invoices/{drawn['id']}/issue"))
    good(api.post("/sales/orders", {"deal_id": deal, "lines": LINES}), 201)
    made = put(api, "invoices", {"deal_id": deal, "note": "Mine"}, 201)
    assert made["id"] != drawn["id"]
    assert good(api.post("/sales/invoices", named), 201)["id"] == made["id"]
    other = api.send("PUT", "/sales/invoices/external/shop/8", {"deal_id": deal, "note": "Other"})
    assert (other.status_code, "draft" in other.text) == (409, True)
    assert good(api.get(f"/sales/invoices/{made['id']}"))["note"] == "Mine"
    put(api, "invoices", {"deal_id": deal, "note": "Still mine"})


def test_payment_and_shipment_are_recorded_once_and_stand(portal: Portal) -> None:
    api, deal = ready(portal)
    order = good(api.post("/sales/orders", {"deal_id": deal, "lines": LINES}), 201)
    money = {"deal_id": deal, "amount": {"amount": 500, "currency": TZS}, "paid_on": "2026-11-02"}
    paid = put(api, "payments", money, 201)
    assert put(api, "payments", money)["id"] == paid["id"]
    refused(api, "payments", money | {"amount": {"amount": 600, "currency": TZS}})
    refused(api, "payments", money | {"method": "cash"})
    part = [{"ordered_id": order["lines"][0]["id"], "quantity": "1"}]
    sent = put(api, "shipments", {"deal_id": deal, "lines": part}, 201)
    assert put(api, "shipments", {"deal_id": deal, "lines": part})["id"] == sent["id"]
    assert put(api, "shipments", {"deal_id": deal})["id"] == sent["id"]
    refused(api, "shipments", {"deal_id": deal, "lines": [part[0] | {"quantity": "2"}]})
    assert (ids_of(api, "payments"), ids_of(api, "shipments")) == ([paid["id"]], [sent["id"]])


@pytest.mark.parametrize("what", ["quotes", "orders", "invoices", "payments", "shipments"])
def test_documents_of_others_are_neither_told_of_nor_taken_over(portal: Portal, what: str) -> None:
    api, deal = ready(portal)
    lines = {"lines": LINES} if what in ("quotes", "orders") else {}
    money = {"amount": {"amount": 500, "currency": TZS}} if what == "payments" else {}
    if what not in ("quotes", "orders"):
        good(api.post("/sales/orders", {"deal_id": deal, "lines": LINES}), 201)
    body = {"deal_id": deal, **lines, **money}
    put(api, what, body, 201)
    refused(portal.api("stranger"), what, body, 404)
    refused(portal.api("owner", ("all:read",)), what, body, 404)
