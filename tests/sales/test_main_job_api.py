"""The main job over the REST API alone: a request becomes a paid, shipped, closed deal."""

from tests.sales.test_api import FIRM, LINES, good
from tests.support.portal import Portal


def test_program_takes_a_request_to_a_paid_shipped_closed_deal(portal: Portal) -> None:
    good(portal.api("admin").send("PUT", "/sales/seller", FIRM))
    shop, seller = portal.api("admin"), portal.api("owner")
    asked = {"request": "Two pumps", "name": "Neema Mushi", "company_name": "Kilimo Farms", "email": "n@kilimo.example"}
    lead = good(shop.send("PUT", "/crm/leads/external/shop/1001", asked), 201)
    good(shop.send("PATCH", f"/crm/leads/{lead['id']}", {"responsible_id": portal.person("owner")}))
    told = portal.browser("owner").get("/inbox").text
    assert "Two pumps" in told
    deal = good(seller.post(f"/crm/leads/{lead['id']}/convert", {}), 201)
    quote = good(seller.post("/sales/quotes", {"deal_id": deal["id"], "lines": LINES}), 201)
    link = good(seller.post(f"/sales/quotes/{quote['id']}/send"))["link"]
    client = portal.browser()
    path = link.removeprefix("http://127.0.0.1:8080")
    assert client.post(f"{path}/accept", {"name": "Neema Mushi"}).status_code == 303
    agreed = good(seller.get(f"/crm/deals/{deal['id']}"))
    assert good(seller.get(f"/crm/contacts/{agreed['contact_id']}"))["email"] == "n@kilimo.example"
    assert good(seller.get(f"/crm/client-companies/{agreed['client_company_id']}"))["name"] == "Kilimo Farms"
    invoice = good(seller.post("/sales/invoices", {"deal_id": deal["id"]}), 201)
    issued = good(seller.post(f"/sales/invoices/{invoice['id']}/issue"))
    good(seller.post("/sales/shipments", {"deal_id": deal["id"]}), 201)
    rest = {"deal_id": deal["id"], "invoice_id": invoice["id"], "amount": issued["open"]}
    good(seller.post("/sales/payments", rest), 201)
    assert good(seller.get(f"/sales/invoices/{invoice['id']}"))["state"] == "paid"
    won = good(seller.post(f"/crm/deals/{deal['id']}/win"))
    assert (won["state"], won["amount"]) == ("won", {"amount": 212_400, "currency": "TZS"})
