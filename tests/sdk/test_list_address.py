"""What the address of a list may ask: filters find what they say, and nothing else is let through."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.list_deals import DEALS, ENV, Listed, deal, state_of, visible

from boxportal.sdk.errors import Invalid
from boxportal.sdk.list_ranges import SPANS
from boxportal.sdk.list_view import ListView
from boxportal.sdk.lists import page_of


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("title=dEaL 1", [1, 10, 11, 12]),
        ("title=deal 1 ", [1, 10, 11, 12]),
        ("title=eal", []),
        ("title=%25", []),
        ("title=100%25", [13]),
        ("title=100_", []),
        ("title=100\\", []),
        ("stage=2", [2]),
        ("stage=1&stage=2&title=deal 2", [2]),
        ("owner=me", [3]),
        ("owner=1&owner=2", [3, 4]),
        ("owner=none&title=deal 1", [1, 10, 11, 12]),
        ("closes_from=2026-11-04&closes_to=2026-11-05", [5]),
        ("closes_to=2026-11-05", [5, 6]),
        ("closes=today", [5]),
        ("closes=past", [6]),
        ("closes=this-month", [5]),
        ("created_from=2026-11-07&created_to=2026-11-07", [7]),
        ("created=next-7-days&title=deal 7", [7]),
        ("amount_min=10.50&amount_max=1,000", [8]),
        ("amount_min=10.51", []),
        ("chance_max=0.5", [9]),
        ("urgent=yes", [10]),
        ("urgent=no&title=deal 10", []),
        ("state=late", [6]),
        ("_=1699999999&title=deal 2", [2]),
        ("title=&stage=&owner=&closes=&closes_from=&amount_min=&urgent=&title=deal 3", [3]),
    ],
)
def test_filters_find_what_they_say(base: Listed, query: str, found: list[int]) -> None:
    base.fill(
        [
            deal(1),
            deal(2, stage=2),
            deal(3, owner_id=1),
            deal(4, owner_id=2),
            deal(5, closes=date(2026, 11, 5)),
            deal(6, closes=date(2026, 10, 5)),
            deal(7, created=datetime(2026, 11, 6, 21, 30, tzinfo=UTC)),
            deal(8, amount=1050),
            deal(9, chance=Decimal("0.5")),
            deal(10, urgent=True),
            deal(11),
            deal(12),
            deal(13, title="100%"),
            deal(14, title="100X"),
            deal(15, title="Deal 15", secret=True),
        ]
    )
    assert sorted(base.ids(query)) == sorted(found)


BAD = [
    ("sort=title;drop table deal", {"sort"}),
    ("sort=secret", {"sort"}),
    ("sort=--title", {"sort"}),
    ("sort=deal.id", {"sort"}),
    ("columns=title,password", {"columns"}),
    ("limit=0", {"limit"}),
    ("limit=201", {"limit"}),
    ("limit=-1", {"limit"}),
    ("limit=1e2", {"limit"}),
    ("limit=%D9%A3", {"limit"}),
    ("stage=3", {"stage"}),
    ("stage=1 or 1=1", {"stage"}),
    ("owner=-1", {"owner"}),
    ("owner=99999999999999999999", {"owner"}),
    ("owner=x", {"owner"}),
    ("closes_from=05.11.2026", {"closes"}),
    ("closes_from=2026-11-06&closes_to=2026-11-05", {"closes"}),
    ("closes=tomorrow", {"closes"}),
    ("created_from=9999-12-31&created_to=9999-12-31", {"created"}),
    ("created_from=0001-01-01", {"created"}),
    ("amount_min=x", {"amount"}),
    ("amount_min=1.005", {"amount"}),
    ("amount_min=999999999999999999", {"amount"}),
    ("chance_min=99999999999999", {"chance"}),
    ("amount_min=2&amount_max=1", {"amount"}),
    ("urgent=maybe", {"urgent"}),
    ("state=early", {"state"}),
    ("page=2", {"page"}),
    ("secret=1", {"secret"}),
    ("stage=1&" * 300, {""}),
    ("title=" + "x" * 9000, {""}),
    ("title=%ff", {""}),
    ("after=x", {"after"}),
    ("after=" + "A" * 5000, {"after"}),
    ("cursor=x", {"cursor"}),
]


@pytest.mark.parametrize(("query", "names"), BAD)
def test_what_a_list_does_not_know_is_refused(query: str, names: set[str]) -> None:
    state = state_of(query)
    assert set(state.errors) == names
    assert all(str(text) for text in state.errors.values())
    with pytest.raises(Invalid):
        state.require_valid()


def cursor(*parts: object) -> str:
    return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("sort", "parts"),
    [
        ("amount", ("created", 5, 1)),
        ("-amount", ("amount", 5, 1)),
        ("amount", ("amount", "5", 1)),
        ("amount", ("amount", True, 1)),
        ("amount", ("amount", 2**70, 1)),
        ("amount", ("amount", 5, 2**70)),
        ("amount", ("amount", 5, "1")),
        ("amount", ("amount", 5, True)),
        ("amount", ("amount", [5], 1)),
        ("amount", ("amount", 5)),
        ("amount", {"amount": 5}),
        ("chance", ("chance", "1e99", 1)),
        ("chance", ("chance", 5, 1)),
        ("chance", ("chance", "99999999999999999", 1)),
        ("closes", ("closes", "tomorrow", 1)),
        ("created", ("created", "2026-11-05T12:00:00", 1)),
        ("created", ("created", 5, 1)),
        ("title", ("title", "a\0", 1)),
        ("title", ("title", "\ud800", 1)),
        ("title", ("title", 5, 1)),
        ("urgent", ("urgent", 7, 1)),
        ("urgent", ("urgent", 1, 1)),
    ],
)
def test_a_forged_place_is_refused(sort: str, parts: tuple[object, ...]) -> None:
    assert set(state_of(f"sort={sort}&after={cursor(*parts)}").errors) == {"after"}


def test_two_places_at_once_are_refused(base: Listed) -> None:
    base.fill([deal(n) for n in range(1, 9)])
    with base.read() as db:
        after = page_of(db, visible(), state_of("limit=2"), ENV).after
    assert set(state_of(f"limit=2&after={after}&before={after}").errors) == {"after"}


def test_a_place_is_only_where_to_go_on_and_gives_no_access(base: Listed) -> None:
    base.fill([deal(1), deal(2, secret=True), deal(3)])
    state = state_of("sort=id&limit=1")
    with base.read() as db:
        page = page_of(db, visible(), state_of(f"sort=id&limit=5&after={state.place(1, 1)}"), ENV)
    assert [row.id for row in page.rows] == [3]
    assert json.loads(urlsafe_b64decode(state.place(1, 1) + "==")) == ["id", 1, 1]


texts = st.text(max_size=40) | st.sampled_from(
    ["1", "-1", "me", "none", "2026-11-05", "yes", "today", "99999999999999999999"]
)
parameters = st.sampled_from(
    ["sort", "columns", "limit", "after", "before", "cursor", "x", *(n for f in DEALS.filters for n in f.names)]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.lists(st.tuples(parameters, texts), max_size=6))
def test_whatever_is_asked_is_answered_or_refused(base: Listed, asked: list[tuple[str, str]]) -> None:
    query = "&".join(f"{name}={quote(value, safe='', errors='replace')}" for name, value in asked)
    state = state_of(query)
    if not state.errors:
        with base.read() as db:
            page_of(db, visible(), state, ENV)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("stage=1&stage=2", {"Stage": "New, Quoted"}),
        ("owner=me&owner=none&owner=7", {"Owner": "Me, Nobody, 7"}),
        ("title=Pumps&urgent=yes", {"Title": "Pumps", "Urgent": "Yes"}),
        ("state=late", {"State": "Late"}),
        ("closes=this-month", {"Closes": "This month"}),
        ("closes_from=2026-11-01&closes_to=2026-11-30", {"Closes": "Nov 1, 2026 – Nov 30, 2026"}),
        ("created_from=2026-11-01", {"Created": "≥ Nov 1, 2026"}),
        ("created_to=2026-11-01", {"Created": "≤ Nov 1, 2026"}),
        ("amount_min=1&amount_max=2", {"Amount": "1 – 2"}),
        ("amount_max=2", {"Amount": "≤ 2"}),
        ("sort=title", {}),
    ],
)
def test_filters_in_force_are_said_in_words(query: str, says: dict[str, str]) -> None:
    view = ListView(state_of(query), ENV, "/deals", None)
    assert {str(chip.title): chip.value for chip in view.applied} == says
    assert all("/deals" in chip.off for chip in view.applied)


@pytest.mark.parametrize(
    ("span", "today", "first", "last"),
    [
        ("today", date(2026, 11, 5), date(2026, 11, 5), date(2026, 11, 5)),
        ("past", date(2026, 1, 1), None, date(2025, 12, 31)),
        ("last-7-days", date(2026, 11, 5), date(2026, 10, 30), date(2026, 11, 5)),
        ("next-7-days", date(2026, 12, 30), date(2026, 12, 30), date(2027, 1, 5)),
        ("older-than-7-days", date(2026, 11, 9), None, date(2026, 11, 1)),
        ("this-month", date(2024, 2, 29), date(2024, 2, 1), date(2024, 2, 29)),
        ("last-month", date(2026, 1, 31), date(2025, 12, 1), date(2025, 12, 31)),
        ("last-month", date(2026, 3, 31), date(2026, 2, 1), date(2026, 2, 28)),
        ("this-year", date(2024, 2, 29), date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_spans_move_along_with_the_days(span: str, today: date, first: date | None, last: date) -> None:
    assert SPANS[span][1](today) == (first, last)


def test_ready_made_views_are_known_in_the_address() -> None:
    views = [
        ListView(state_of(query), ENV, "/deals", None).ready[0] for query in ("owner=me", "owner=me&columns=title", "")
    ]
    assert [(view.url, view.active) for view in views] == [
        ("/deals?owner=me", True),
        ("/deals?owner=me", True),
        ("/deals?owner=me", False),
    ]
