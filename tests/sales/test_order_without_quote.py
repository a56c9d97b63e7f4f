"""A client who agreed without a quote: the order says who, how and when, with the contract's number and file."""

from datetime import timedelta

from sqlalchemy import select
from tests.sales.firm import SELLER, Sale, acting, begin_sale
from tests.support.portal import Portal

from boxportal.kernel.database.engines import read_session
from boxportal.modules.sales.models.orders import Order
from boxportal.modules.sales.sellers import today


def order_of(sale: Sale) -> Order | None:
    with read_session(sale.portal.company.engines) as db:
        return db.scalar(select(Order).where(Order.deal_id == sale.deal_id))


def test_order_keeps_how_the_client_agreed_and_what_was_signed(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    new = f"{sale.url}/orders/new"
    first = sale.browser.get(new)
    assert first.headers["location"] == f"{sale.url}/orders/first"
    assert sale.go(first.headers["location"], SELLER) == new
    assert f'href="{new}"' in sale.see(f"/crm/deals/{sale.deal_id}")
    page = sale.see(new)
    assert 'value="Neema Mushi"' in page
    assert "2,000.00" in page
    with acting(portal) as ctx:
        day = today(ctx)
    said = {"by": "Ali Mushi", "how": "paper", "on": str(day - timedelta(days=9)), "contract_number": "K-7"}
    assert sale.browser.post(new, {**said, "on": str(day + timedelta(days=1))}).status_code == 422
    assert sale.browser.post(new, {**said, "by": ""}).status_code == 422
    assert portal.browser("stranger").post(new, said).status_code == 404
    assert order_of(sale) is None
    signed = {"file": ("contract.pdf", b"%PDF-1.7 signed", "application/pdf")}
    assert sale.browser.post(new, said, files=signed).headers["location"] == f"/crm/deals/{sale.deal_id}"
    order = order_of(sale)
    assert order is not None
    assert (order.accepted_by, order.accepted_how, order.contract_number) == ("Ali Mushi", "paper", "K-7")
    assert order.ordered_on == day - timedelta(days=9)
    assert "contract.pdf" in sale.see(f"/sales/orders/{order.id}")
    assert sale.browser.post(new, said).status_code == 422  # once
    assert f'href="{new}"' not in sale.see(f"/crm/deals/{sale.deal_id}")
