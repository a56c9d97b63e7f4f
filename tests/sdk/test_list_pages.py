"""Pages of a list: every row exactly once, in order, forwards and back, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event
from tests.support.list_deals import DEALS, ENV, NOW, Deal, Listed, deal, state_of, visible

from boxportal.sdk.i18n import use_locale
from boxportal.sdk.lists import Column, Count, ListPage, ListSpec, ListState, TextFilter, all_rows, page_of
from boxportal.sdk.money import Money

MAX = 2**63 - 1


def key_of(row: dict[str, object], state: ListState) -> object:
    name = {"title": "title_key", "arrival": "created"}.get(state.sort.key, state.sort.key)
    return row[name]


def in_order(rows: list[dict[str, object]], state: ListState) -> list[int]:
    """The order that a list must have: by value, then id, in one direction; rows without a value last."""
    known = [row for row in rows if key_of(row, state) is not None and not row["secret"]]
    empty = [row for row in rows if key_of(row, state) is None and not row["secret"]]
    known.sort(key=lambda row: (key_of(row, state), row["id"]), reverse=state.descending)  # type: ignore[arg-type,return-value]
    empty.sort(key=lambda row: int(str(row["id"])), reverse=state.descending)
    return [int(str(row["id"])) for row in (*known, *empty)]


rows = st.lists(
    st.fixed_dictionaries(
        {
            "title": st.sampled_from(["a", "b", "c"]),
            "stage": st.integers(1, 3),
            "amount": st.none() | st.sampled_from([0, -5, 7, MAX]),
            "chance": st.none() | st.sampled_from([Decimal("0.000001"), Decimal(50), Decimal("-1.5")]),
            "closes": st.none() | st.sampled_from([date(2026, 11, 5), date(2026, 11, 6), date(1999, 1, 1)]),
            "created": st.sampled_from([NOW, NOW + timedelta(microseconds=1), NOW - timedelta(days=400)]),
            "urgent": st.booleans(),
            "secret": st.sampled_from([False, False, False, True]),
        }
    ),
    max_size=25,
)
orders = st.sampled_from([f"{sign}{key}" for key in DEALS.all_sorts for sign in ("", "-")])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(rows, orders, st.integers(1, 7))
def test_every_row_is_on_one_page_forwards_and_back(
    base: Listed, some: list[dict[str, object]], order: str, limit: int
) -> None:
    deals = [deal(number, **values) for number, values in enumerate(some, 1)]
    base.fill(deals)
    state = state_of(f"sort={order}&limit={limit}")
    expected = in_order(deals, state)
    with base.read() as db:
        pages = [page_of(db, visible(), state, ENV)]
        while pages[-1].after:
            pages.append(page_of(db, visible(), state_of(f"sort={order}&limit={limit}&after={pages[-1].after}"), ENV))
        assert [row.id for page in pages for row in page.rows] == expected
        assert [len(page.rows) == limit for page in pages[:-1]] == [True] * (len(pages) - 1)
        back: list[ListPage] = [pages[-1]]
        while back[-1].before:
            back.append(page_of(db, visible(), state_of(f"sort={order}&limit={limit}&before={back[-1].before}"), ENV))
        assert [row.id for page in reversed(back) for row in page.rows] == expected
        assert [row.id for row in all_rows(db, visible(), state, ENV)] == expected
        assert pages[0].count == Count(len(expected))


def test_the_number_of_statements_does_not_grow_with_the_rows(base: Listed) -> None:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(base.engine, "before_cursor_execute", note)
    try:
        for count in (0, 3, 400):
            base.fill([deal(n, amount=n if n % 2 else None, owner_id=1) for n in range(1, count + 1)])
            for query in ("sort=amount&limit=200", "sort=-created&limit=200"):
                sent.clear()
                with base.read() as db:
                    page = page_of(db, visible(), state_of(query), ENV)
                    [cell.text for row in page.rows for cell in row.cells.values()]
                assert 1 <= len(sent) <= 3
    finally:
        event.remove(base.engine, "before_cursor_execute", note)


def test_a_long_list_is_counted_only_so_far(base: Listed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boxportal.sdk.list_pages.COUNT_TO", 20)
    base.fill([deal(n) for n in range(1, 31)])
    with base.read() as db:
        first = page_of(db, visible(), state_of("limit=10"), ENV)
        assert first.count == Count(20, capped=True)
        assert page_of(db, visible(), state_of("limit=10"), ENV, counted=False).count is None
        assert page_of(db, visible(), state_of(f"limit=10&after={first.after}"), ENV).count is None


def test_cells_are_written_for_their_reader(base: Listed) -> None:
    base.fill(
        [
            deal(1, owner_id=2, amount=1240050, chance=Decimal("12345.5"), closes=date(2026, 11, 5), stage=2),
            deal(2, stage=9),
        ]
    )
    columns = "title,stage,owner,amount,chance,closes,created,urgent"
    with base.read() as db:
        page = page_of(
            db, visible(), state_of(f"sort=id&columns={columns}"), replace(ENV, choices={"stage": ((2, "Quoted"),)})
        )
        full, empty = page.rows
        assert [cell.text.replace("\xa0", " ") for cell in full.cells.values()] == [
            "Deal 1", "Quoted", "=Cara", "TZS 12,400.50", "12,345.5", "Nov 5, 2026", "Nov 5, 2026, 15:00", "No",
        ]  # fmt: skip
        assert [cell.text for cell in empty.cells.values()] == [
            "Deal 2",
            "9",
            "",
            "",
            "",
            "Open",
            "Nov 5, 2026, 15:00",
            "No",
        ]
        assert (full["title"].url, full["owner"].url, empty["owner"].url) == ("/deals/1", "/people/2", "")
        assert (empty["closes"].url, full["stage"].mark, empty["stage"].mark) == ("/deals/2/date", "waiting", "")
        assert full["amount"].value == Money(1240050, "TZS")
        with use_locale("ru"):
            page = page_of(db, visible(), state_of("sort=id"), replace(ENV, locale=""))
            assert page.rows[0]["amount"].text.replace("\xa0", " ") == "12 400,50 TZS"


def test_the_address_is_written_back_with_changes() -> None:
    state = state_of("stage=1&stage=2&title=a b&sort=-amount&limit=10&after=" + state_of("sort=-amount").place(5, 1))
    assert state.errors == {}
    assert state.query() == "stage=1&stage=2&title=a+b&sort=-amount&limit=10"
    assert state.query(stage=None, limit=None) == "title=a+b&sort=-amount"
    assert state.without(("title",)) == "stage=1&stage=2&sort=-amount&limit=10"
    assert state.sorted_by("amount") == "stage=1&stage=2&title=a+b&sort=amount&limit=10"
    assert state.sorted_by("closes") == "stage=1&stage=2&title=a+b&sort=closes&limit=10"
    assert state_of("sort=amount").sorted_by("amount") == "sort=-amount"
    assert state_of("title=&stage=").query() == ""
    assert state_of("").query(owner=("me", "none")) == "owner=me&owner=none"


def test_a_list_that_contradicts_itself_is_a_mistake_of_the_program() -> None:
    title = Column(key="title", label="Title", expr=Deal.title)
    with pytest.raises(ValueError, match="no index 'ix_nowhere'"):
        ListSpec(key="x", id=Deal.id, columns=(replace(title, index="ix_nowhere"),))
    with pytest.raises(ValueError, match="no index 'ix_deal_amount' begins with"):
        ListSpec(key="x", id=Deal.id, columns=(replace(title, index="ix_deal_amount"),))
    with pytest.raises(ValueError, match="no sort 'title'"):
        ListSpec(key="x", id=Deal.id, columns=(title,), default_sort="title")
    with pytest.raises(ValueError, match="declared twice"):
        ListSpec(key="x", id=Deal.id, columns=(title, title))
    with pytest.raises(ValueError, match="can't be called"):
        ListSpec(key="x", id=Deal.id, columns=(title,), filters=(TextFilter("sort", "Sort", Deal.title),))


def test_each_page_is_read_from_an_index(engines: Callable[[str], Engine]) -> None:
    """SQLite's planner says how: a search, never a scan of the table nor a sort of its own."""
    base = Listed(engines("sqlite"))
    base.fill([deal(n, amount=n if n % 3 else None, closes=NOW.date() if n % 2 else None) for n in range(1, 200)])
    plans: list[str] = []

    def explain(connection: object, cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.startswith("SELECT"):
            raw = base.engine.raw_connection().cursor()
            plans.extend(str(row[-1]) for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))  # type: ignore[arg-type]

    with base.read() as db:
        for order in ("amount", "-amount", "closes", "-created", "title", "id", "-id"):
            after = page_of(db, visible(), state_of(f"sort={order}&limit=5"), ENV, counted=False).after
            event.listen(base.engine, "before_cursor_execute", explain)
            try:
                page_of(db, visible(), state_of(f"sort={order}&limit=5&after={after}"), ENV, counted=False)
            finally:
                event.remove(base.engine, "before_cursor_execute", explain)
    assert plans
    assert not [plan for plan in plans if "TEMP B-TREE" in plan or plan.startswith("SCAN")]
