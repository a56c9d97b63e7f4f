"""Two people at once: the same thing is done once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

from httpx2 import Response
from sqlalchemy import func, select
from tests.sales.firm import PUMPS, acting, begin_sale
from tests.support.portal import Portal

from boxportal.kernel.database.engines import read_session
from boxportal.modules.crm.models.clients import Contact
from boxportal.modules.crm.trash import trash_record
from boxportal.modules.sales.models.invoices import Invoice, Payment
from boxportal.modules.sales.models.orders import Order, Shipment
from boxportal.sdk.events import RecordRef

Act = Callable[[], Response]


def at_once(*acts: Act) -> list[int]:
    begin = Barrier(len(acts))

    def run(act: Act) -> int:
        begin.wait()
        return act().status_code

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def count(portal: Portal, kind: type[Order | Contact | Invoice | Payment | Shipment]) -> int:
    with read_session(portal.company.engines) as db:
        return db.scalar(select(func.count()).select_from(kind)) or 0


def test_client_and_colleague_who_accept_at_once_make_one_order(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    quote = sale.quote()
    link = sale.send(quote)
    client, owner, head = portal.browser(), portal.browser("owner"), portal.browser("head")
    answers = at_once(
        lambda: client.post(f"{link}/accept", {"name": "Neema"}),
        lambda: client.post(f"{link}/accept", {"name": "Neema"}),
        lambda: owner.post(f"{quote}/accept", {"by": "Neema", "how": "phone"}),
        lambda: head.post(f"{quote}/accept", {"by": "Neema", "how": "phone"}),
    )
    assert set(answers) == {303}
    assert (count(portal, Order), count(portal, Contact)) == (1, 1)


def test_neither_side_waits_for_the_other_for_ever(portal: Portal) -> None:
    """Acceptance by link and by hand and changes of the lines, of several deals at once: all lock the deal first."""
    sales = [begin_sale(portal) for _number in range(4)]
    client, owner, head = portal.browser(), portal.browser("owner"), portal.browser("head")
    acts: list[Act] = []
    for sale in sales:
        sale.write_lines()
        quote = sale.quote()
        link = sale.send(quote)
        acts += [
            partial(client.post, f"{link}/accept", {"name": "Neema"}),
            partial(owner.post, f"{quote}/accept", {"by": "Neema", "how": "phone"}),
            partial(head.post, f"{sale.url}/lines", PUMPS),
        ]
    answers = at_once(*acts)
    assert [code for code in answers if code not in (200, 303)] == []
    assert count(portal, Order) == len(sales)


def test_colleagues_who_invoice_ship_and_are_paid_at_once_do_each_once(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    sale.quote()
    owner, head = portal.browser("owner"), portal.browser("head")
    for act, kind, good in (
        ("invoices", Invoice, {303}),
        ("shipments", Shipment, {303, 409}),
    ):
        answers = at_once(
            *[lambda who=who, act=act: who.post(f"{sale.url}/{act}") for who in (owner, head, owner, head)]
        )
        assert set(answers) <= good, act
        assert count(portal, kind) == 1, act
    assert count(portal, Order) == 1
    sale.go("/sales/invoices/1/issue")
    answers = at_once(*[lambda who=who: who.post("/sales/invoices/1/paid") for who in (owner, head, owner)])
    assert sorted(answers) == [303, 409, 409]
    assert count(portal, Payment) == 1


def test_offer_of_a_deal_in_the_trash_is_no_longer_in_force(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.write_lines()
    link = sale.send(sale.quote())
    with acting(portal) as ctx:
        trash_record(ctx, RecordRef("crm.deal", sale.deal_id))
    page = portal.browser().get(link)
    assert page.status_code == 200
    assert "no longer in force" in page.text
    assert "Accept this offer" not in page.text
    assert portal.browser().post(f"{link}/accept", {"name": "Neema"}).status_code == 409
    assert portal.browser("owner").get("/sales/quotes/1").status_code in (200, 404)
    assert count(portal, Order) == 0
