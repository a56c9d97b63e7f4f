"""Numbers have no gap and no twin, however many are taken at once; what is undone gives its number back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session
from tests.sales.firm import acting, begin_sale
from tests.support.portal import Portal

from boxportal.kernel.database.engines import read_session, writing
from boxportal.modules.sales.models.invoices import Invoice
from boxportal.modules.sales.models.sellers import Seller
from boxportal.modules.sales.numbering import begin_series, take_number

MANY = 50
DAY = date(2026, 5, 4)


def test_fifty_invoices_issued_at_once_have_fifty_numbers_in_a_row(portal: Portal) -> None:
    sale = begin_sale(portal)
    sale.agree()
    made = int(sale.go(f"{sale.url}/invoices").rsplit("/", 1)[1])
    with acting(portal) as ctx:
        model = ctx.db.get(Invoice, made)
        assert model is not None
        columns = {c.key: getattr(model, c.key) for c in Invoice.__table__.columns if c.key not in ("id", "version")}
        ctx.db.add_all([Invoice(**columns) for _ in range(MANY - 1)])
    with read_session(portal.company.engines) as db:
        drafts = db.scalars(select(Invoice.id)).all()
    browser = portal.browser("owner")
    head = {"note": "", "buyer_company": "Kilimo", "lines.0.description": "x", "lines.0.unit_price": "1"}

    def issue(invoice_id: int) -> int:
        return browser.post(f"/sales/invoices/{invoice_id}/issue", head).status_code

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(issue, drafts))
    # A writer that waits too long for its turn is asked to come again; it took no number.
    again = [invoice for invoice, status in zip(drafts, answers, strict=True) if status == 503]
    assert set(answers) <= {303, 503}
    assert all(issue(invoice) == 303 for invoice in again)
    with read_session(portal.company.engines) as db:
        numbers = db.scalars(select(Invoice.sequence).order_by(Invoice.sequence)).all()
    assert numbers == list(range(1, MANY + 1))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from([2025, 2026]), st.booleans()), min_size=1, max_size=12))
def test_undone_transactions_leave_no_gap(portal: Portal, takings: list[tuple[int, bool]]) -> None:
    begin_firm(portal)
    kept: dict[int, list[int]] = {2025: [], 2026: []}
    with writing(portal.company.engines) as session:
        before = {year: peek(portal, session, year) for year in kept}
        session.rollback()
    for year, commits in takings:
        with writing(portal.company.engines) as session:
            number = take_number(portal.ctx(session), 1, "invoice", DAY.replace(year=year))
            if commits:
                session.commit()
                kept[year].append(number.sequence)
            else:
                session.rollback()
    for year, numbers in kept.items():
        assert numbers == list(range(before[year], before[year] + len(numbers)))


def peek(portal: Portal, session: Session, year: int) -> int:
    return take_number(portal.ctx(session), 1, "invoice", DAY.replace(year=year)).sequence


def begin_firm(portal: Portal) -> None:
    with read_session(portal.company.engines) as db:
        known = db.scalar(select(Seller.id))
    if known is None:
        sale = begin_sale(portal)
        sale.write_lines()
        sale.quote()


def test_series_can_begin_higher_until_its_first_number_is_taken(portal: Portal) -> None:
    begin_firm(portal)
    with acting(portal) as ctx:
        assert begin_series(ctx, 1, "invoice", 2026, 345)
        assert take_number(ctx, 1, "invoice", DAY).text == "I-2026-0345"
        assert not begin_series(ctx, 1, "invoice", 2026, 400)
        assert take_number(ctx, 1, "invoice", DAY).sequence == 346


@pytest.mark.parametrize(("sent", "status"), [({"number": "50"}, 303), ({"number": "0"}, 422), ({"number": "x"}, 422)])
def test_administrator_sets_where_a_series_begins(portal: Portal, sent: dict[str, str], status: int) -> None:
    begin_firm(portal)
    admin = portal.browser("admin")
    assert admin.post("/sales/seller/1/series/credit_note", sent).status_code == status
    assert admin.post("/sales/seller/1/series/nonsense", {"number": "5"}).status_code == 404
    assert portal.browser("owner").post("/sales/seller/1/series/invoice", {"number": "5"}).status_code == 404
    assert admin.post("/sales/seller/1/series/quote", {"number": "5"}).status_code == 409
