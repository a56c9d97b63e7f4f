"""The whole way of a sale over the web: lines, quote, acceptance, invoice, shipment, payment."""

from sqlalchemy import select
from tests.sales.firm import SELLER, begin_sale
from tests.support.portal import Portal

from boxportal.kernel.database.engines import read_session
from boxportal.kernel.notify.models import InboxNotice
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.sales.models.orders import Order


def test_sale_goes_from_lines_to_the_last_payment(portal: Portal) -> None:
    sale = begin_sale(portal)
    assert sale.steps()["quoted"].act_url.endswith("#panel-sales-lines")
    sale.write_lines()
    assert (sale.deal().amount, sale.deal().currency) == (200_000, "TZS")
    where = sale.go(f"{sale.url}/quotes")
    assert "Acme Pumps" in sale.see(where)
    quote = sale.go(where, SELLER)
    assert "2,360.00" in sale.see(quote)
    assert sale.deal().amount == 236_000
    link = sale.send(quote)
    assert sale.states()["quoted"] == "done"

    client = portal.browser()
    page = client.get(link).text
    assert "2,360.00" in page
    assert "Omar Owner" in page
    assert "Pump" in page
    assert client.post(f"{link}/accept", {"name": " "}).status_code == 422
    assert client.post(f"{link}/accept", {"name": "Neema Mushi"}).status_code == 303
    assert "Neema Mushi accepted this offer" in client.get(link).text
    with read_session(portal.company.engines) as db:
        assert db.scalars(select(Contact.name)).all() == ["Neema Mushi"]
        assert db.scalars(select(ClientCompany.name)).all() == ["Kilimo Farms"]
        order = db.scalars(select(Order)).one()
        assert (order.accepted_by, order.gross, order.number[:2]) == ("Neema Mushi", 236_000, "O-")
        said = db.scalars(select(InboxNotice.text).where(InboxNotice.kind == "sales.client")).all()
        assert said == ["%(name)s accepted the quote %(number)s."]

    draft = sale.go(f"{sale.url}/invoices")
    assert sale.steps()["invoiced"].state == "partly"
    assert sale.go(f"{draft}/issue") == draft
    assert sale.states()["invoiced"] == "done"
    sale.go(sale.steps()["shipped"].act_url)
    assert sale.states()["shipped"] == "done"
    sale.go(sale.steps()["paid"].act_url)
    assert set(sale.states().values()) == {"done"}
    assert "Paid" in sale.see(draft)
    assert sale.kept(draft).paid == 236_000


def test_acceptance_by_hand_has_the_same_effect(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    assert sale.states()["agreed"] == "done"
    with read_session(portal.company.engines) as db:
        assert db.scalars(select(Contact.name)).all() == ["Neema Mushi"]
        assert [(o.accepted_by, o.accepted_how) for o in db.scalars(select(Order))] == [("Neema", "phone")]


def test_every_page_of_the_sale_opens_and_is_closed_to_a_stranger(portal: Portal) -> None:
    sale = begin_sale(portal)
    quote = sale.agree()
    invoice = sale.invoice()
    sale.go(f"{sale.url}/shipments")
    sale.go(f"{invoice}/paid")
    pages = [quote, invoice, "/sales/orders/1", "/sales/payments/1", "/sales/shipments/1", f"{sale.url}/lines"]
    stranger = portal.browser("stranger")
    for path in pages:
        sale.see(path)
        assert stranger.get(path).status_code == 404, path
    for path in (f"{quote}/revise", f"{invoice}/correct", f"{invoice}/link", "/sales/payments/1/delete"):
        assert stranger.post(path, {"reason": "x"}).status_code == 404, path
    for path in ("/sales/quotes", "/sales/invoices", "/sales/products"):
        assert "Kilimo" not in stranger.get(path).text
    assert "Kilimo" in sale.see("/sales/quotes")
    assert "I-" in sale.see("/sales/invoices")
