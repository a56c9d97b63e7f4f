"""Acts on different deals take the rows that they share in one order, so that none waits for the other (Postgres)."""

from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine, text
from tests.kernel.people.reading import wait_until
from tests.sales.firm import Sale, acting, begin_sale
from tests.support.portal import Portal

from boxportal.contracts.crm import Milestone
from boxportal.modules.sales.access import deals

pytestmark = pytest.mark.postgres
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


@pytest.fixture
def backend() -> str:
    return "postgres"


def engine_of(portal: Portal) -> Engine:
    return portal.company.engines.writer


def waiting(look: Connection) -> int:
    count = look.execute(WAITING).scalar_one()
    look.rollback()
    return int(count)


def post(sale: Sale, path: str) -> int:
    return sale.browser.post(path, {}).status_code


def crossed(portal: Portal, held: str, first: tuple[Sale, str], second: tuple[Sale, str]) -> list[int]:
    """What two acts answer: the first is stopped at a row that somebody else holds, the second comes meanwhile."""
    engine = engine_of(portal)
    with engine.connect() as holder, engine.connect() as look, ThreadPoolExecutor(2) as pool:
        assert holder.execute(text(held)).rowcount
        acts: list[Future[int]] = [pool.submit(post, *first)]
        wait_until(lambda: waiting(look) == 1)
        acts.append(pool.submit(post, *second))
        wait_until(lambda: acts[1].done() or waiting(look) == 2)
        holder.rollback()
        return [act.result() for act in acts]


def ready_to_ship(portal: Portal) -> Sale:
    sale = begin_sale(portal)
    sale.agree()
    return sale


def test_shipment_that_makes_its_order_and_one_of_an_order_do_not_wait_for_each_other(portal: Portal) -> None:
    before = ready_to_ship(portal)
    before.go(f"{before.url}/shipments")  # both series are begun
    ordered, direct = ready_to_ship(portal), begin_sale(portal)
    direct.write_lines()
    series = "SELECT 1 FROM sales_series WHERE kind = 'order' FOR UPDATE"
    answers = crossed(portal, series, (direct, f"{direct.url}/shipments"), (ordered, f"{ordered.url}/shipments"))
    assert answers == [303, 303]


def test_deal_that_leaps_and_one_that_takes_two_steps_do_not_wait_for_each_other(portal: Portal) -> None:
    walks, leaps, before = (begin_sale(portal) for _ in range(3))
    reach(portal, walks, "quoted")
    reach(portal, before, "shipped")  # what is counted for this stage is there from now on
    with engine_of(portal).connect() as look, ThreadPoolExecutor(1) as pool:
        with acting(portal) as ctx:
            deals(ctx).reached(walks.deal_id, "agreed")
            leap = pool.submit(reach, portal, leaps, "shipped")
            wait_until(lambda: waiting(look) == 1)
            deals(ctx).reached(walks.deal_id, "shipped")
        leap.result()


def reach(portal: Portal, sale: Sale, milestone: Milestone) -> None:
    with acting(portal) as ctx:
        deals(ctx).reached(sale.deal_id, milestone)
