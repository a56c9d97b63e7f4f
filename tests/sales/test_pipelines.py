"""Steps that a firm does not use are left out, their order is its own, and the rule of closing holds."""

from tests.sales.firm import Sale, begin_sale
from tests.support.portal import Portal


def pipeline_form(steps: list[str], order: str) -> dict[str, object]:
    stages: dict[str, object] = {}
    for number, (title, kind) in enumerate((("New", "open"), ("Won", "won"), ("Lost", "lost"))):
        stages |= {f"stages.{number}.title": title, f"stages.{number}.kind": kind, f"stages.{number}.color": "blue",
                   f"stages.{number}.probability": "50", f"stages.{number}.position": str(number)}  # fmt: skip
    return {"title": "Services", "steps": steps, "order": order, **stages}


def bar(sale: Sale) -> list[str]:
    return list(sale.steps())


def test_pipeline_without_shipment_goes_from_invoice_to_payment(portal: Portal) -> None:
    head = portal.api("head")
    changed = head.send("PATCH", "/crm/pipelines/1", {"steps": ["quoted", "agreed", "invoiced", "paid"]})
    assert changed.json()["steps"] == ["quoted", "agreed", "invoiced", "paid"]
    sale = begin_sale(portal)
    sale.agree()
    invoice = sale.invoice()
    assert bar(sale) == ["quoted", "agreed", "invoiced", "paid"]
    deal = f"/crm/deals/{sale.deal_id}"
    assert ">Shipment<" not in sale.see(deal)
    assert f'action="{invoice}/paid"' in sale.see(deal)
    sale.go(f"{invoice}/paid")
    assert f'action="{deal}/win"' in sale.see(deal)


def test_order_of_the_steps_is_the_pipelines_own(portal: Portal) -> None:
    head = portal.api("head")
    first = ["quoted", "agreed", "shipped", "invoiced", "paid"]
    assert head.send("PATCH", "/crm/pipelines/1", {"steps": first}).json()["steps"] == first
    sale = begin_sale(portal)
    sale.agree()
    assert bar(sale) == first
    assert f'action="{sale.url}/shipments"' in sale.see(f"/crm/deals/{sale.deal_id}")
    for wrong in (["paid", "quoted"], ["quoted", "quoted"], ["painted"]):
        assert head.send("PATCH", "/crm/pipelines/1", {"steps": wrong}).status_code == 422, wrong
    assert portal.api("owner").send("PATCH", "/crm/pipelines/1", {"steps": first}).status_code == 404
    form = pipeline_form(["invoiced", "paid"], "usual")
    made = portal.browser("head").post("/crm/deals/settings/pipelines/new", form)
    assert made.status_code == 303, made.text
    assert [each["steps"] for each in head.get("/crm/pipelines").json()["items"]] == [first, ["invoiced", "paid"]]


def test_rule_that_won_means_paid_is_switched_by_a_program(portal: Portal) -> None:
    head, sale = portal.api("head"), begin_sale(portal)
    sale.agree()
    invoice = sale.invoice()
    assert head.get("/crm/rules").json() == {"won_only_when_paid": False}
    assert head.send("PATCH", "/crm/rules", {"won_only_when_paid": True}).json() == {"won_only_when_paid": True}
    assert portal.api("owner").send("PATCH", "/crm/rules", {"won_only_when_paid": False}).status_code == 404
    assert portal.api("owner").post(f"/crm/deals/{sale.deal_id}/win").status_code == 409
    sale.go(f"{invoice}/paid")
    assert portal.api("owner").post(f"/crm/deals/{sale.deal_id}/win").status_code == 200
