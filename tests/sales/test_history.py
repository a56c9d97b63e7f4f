"""The history of a sale reads as a person would tell it."""

from tests.support.crm import shown
from tests.support.furnished import furnish
from tests.support.portal import Portal


def told(portal: Portal, path: str) -> str:
    page = portal.browser("owner").get(path).text
    return shown(page[page.index('class="timeline"') :])


def test_amounts_numbers_and_people_stand_in_words(portal: Portal) -> None:
    made = furnish(portal, "Kilimo")
    invoice = told(portal, made.filled("/sales/invoices/{invoice_id}"))
    assert "Number: I-" in invoice
    payment = told(portal, made.filled("/sales/payments/{payment_id}"))
    assert "Amount: TSh" in payment or "Amount: TZS" in payment
    assert "currency" not in payment
    quote = told(portal, made.filled("/sales/quotes/{quote_id}"))
    assert "Who agreed: Kilimo Juma" in quote


def test_the_last_to_come_stands_above_also_of_one_moment(portal: Portal) -> None:
    portal.browser("admin").post("/admin/sample/add")
    deals = portal.browser("admin").get("/crm/deals/list").text
    assert "Booster station" in deals
    page = portal.browser("admin").get("/crm/deals/8").text
    told_all = shown(page[page.index('class="timeline"') :])
    acts = ["came in", "left", "was issued", "agreed: order", "went to the client", "began the deal"]
    places = [told_all.index(act) for act in acts]
    assert places == sorted(places), told_all
