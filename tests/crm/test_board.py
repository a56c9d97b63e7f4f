"""The board and the funnel: kept totals, moves by its script, and what each person sees of them."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import event, func, select
from tests.support.crm import acting, make_deal, rows, shown
from tests.support.portal import Browser, Portal

from boxportal.modules.crm.board_cards import FIRST, NEXT
from boxportal.modules.crm.deals import DealData, create_deal
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.pipelines import Stage, StageTotal

pytestmark = pytest.mark.modules("crm")
OF_DEALS = (
    "FROM crm_pipeline",
    "FROM crm_stage",
    "crm_stage_total",
    "SELECT crm_deal.t",
    "UPDATE crm_deal",
    "core_audit",
)
EDIT = {"title": "Deal", "amount": "250", "currency": "USD"}


def stage(portal: Portal, title: str) -> int:
    return rows(portal, select(Stage.id).where(Stage.title == title))[0]


def move(browser: Browser, deal_id: int, to: int, version: int) -> Response:
    return browser.post(f"/crm/deals/{deal_id}/board-move", {"stage": to, "version": version})


def titles(text: str) -> list[str]:
    """The titles of the cards of a page, in order."""
    return re.findall(r'class="board-link"[^>]*>([^<]*)</a>', text)


def more_in(text: str) -> str:
    """The address behind a column's link to its next cards, "" without one."""
    found = re.search(r'hx-get="([^"]+)"', text)
    return html.unescape(found[1]) if found else ""


def many_deals(portal: Portal, who: str, number: int) -> list[str]:
    """Deals in the first stage, the newest first."""
    with acting(portal, who) as ctx:
        for at in range(number):
            create_deal(ctx, DealData(title=f"{who} {at}", amount=100))
    return [f"{who} {at}" for at in reversed(range(number))]


def test_move_answers_the_new_version_and_totals(portal: Portal) -> None:
    owner = portal.browser("owner")
    deal_id = make_deal(owner, title="Pumps", amount="500")
    new, quoted = stage(portal, "New"), stage(portal, "Quoted")
    answer = move(owner, deal_id, quoted, 1)
    assert answer.status_code == 200
    assert answer.json()["version"] == 2
    totals = answer.json()["totals"]
    assert (totals[str(new)]["count"], totals[str(new)]["sum"]) == (0, 0)
    assert (totals[str(quoted)]["count"], totals[str(quoted)]["sum"]) == (1, 50_000)
    assert "500.00" in totals[str(quoted)]["sum_text"]


def test_refused_move_says_why_and_changes_nothing(portal: Portal) -> None:
    owner = portal.browser("owner")
    deal_id = make_deal(owner, title="Pumps")
    stale = move(owner, deal_id, stage(portal, "Quoted"), 7)
    assert stale.status_code == 409
    assert "changed this deal meanwhile" in stale.json()["detail"]
    assert move(portal.browser("stranger"), deal_id, stage(portal, "Quoted"), 1).status_code == 404
    assert move(owner, deal_id, 99_999, 1).status_code == 404
    assert rows(portal, select(Deal.stage_id))[0] == stage(portal, "New")


def test_drop_on_lost_leads_to_the_question_why(portal: Portal) -> None:
    owner = portal.browser("owner")
    deal_id = make_deal(owner, title="Pumps")
    assert move(owner, deal_id, stage(portal, "Lost"), 1).json() == {"location": f"/crm/deals/{deal_id}/lose"}


def test_heads_of_columns_are_the_kept_totals_for_who_sees_all(portal: Portal) -> None:
    owner, head = portal.browser("owner"), portal.browser("head")
    make_deal(owner, title="Pumps", amount="500")
    make_deal(portal.browser("stranger"), title="Pipes", amount="200")
    assert "700.00" in head.get("/crm/deals").text
    assert "500.00" in owner.get("/crm/deals").text
    assert "700.00" not in owner.get("/crm/deals").text


def test_totals_and_funnel_equal_what_is_counted(portal: Portal) -> None:
    owner, head = portal.browser("owner"), portal.browser("head")
    deals = [make_deal(owner, title=f"Deal {n}", amount=str(100 * n)) for n in range(1, 6)]
    for deal_id, to in zip(deals, ("Quoted", "Agreed", "Agreed", "Won", "Quoted"), strict=True):
        assert move(owner, deal_id, stage(portal, to), 1).status_code == 200
    owner.post(f"/crm/deals/{deals[4]}/delete")
    owner.post(f"/crm/deals/{deals[1]}/edit", {**EDIT, "responsible_id": portal.person("colleague")})
    kept = {
        (row.stage_id, row.currency, row.responsible_id): (row.count, row.amount)
        for row in rows(portal, select(StageTotal))
    }
    with portal.company.engines.reader.connect() as connection:
        counted = {
            (row[0], row[1], row[2]): (row[3], int(row[4]))
            for row in connection.execute(
                select(Deal.stage_id, Deal.currency, Deal.responsible_id, func.count(), func.sum(Deal.amount))
                .where(Deal.deleted_at.is_(None))
                .group_by(Deal.stage_id, Deal.currency, Deal.responsible_id)
            )
        }
    assert {key: value for key, value in kept.items() if value != (0, 0)} == counted
    reached = {row.title: row.reached for row in rows(portal, select(Stage).where(Stage.kind != "lost"))}
    assert reached == {"New": 4, "Quoted": 4, "Agreed": 3, "Invoiced": 1, "To be paid": 1, "Won": 1}
    assert "75 %" in shown(head.get("/crm/deals/funnel").text)
    assert "75 %" in shown(owner.get("/crm/deals/funnel").text)
    owner.post(f"/crm/deals/{deals[4]}/restore")
    assert rows(portal, select(Stage.reached).where(Stage.title == "Quoted"))[0] == 5


def test_empty_board_says_what_to_do(portal: Portal) -> None:
    assert "Deals you want to win live here" in shown(portal.browser("owner").get("/crm/deals").text)


def test_column_shows_its_newest_deals_and_goes_on_by_its_link_until_the_last(portal: Portal) -> None:
    owner = portal.browser("owner")
    wanted = many_deals(portal, "owner", FIRST + NEXT + 3)
    board = owner.get("/crm/deals").text
    found, parts = titles(board), 1
    assert found == wanted[:FIRST]
    assert f"New {FIRST + NEXT + 3} " in shown(board)
    while more := more_in(board):
        board = owner.get(more, headers={"HX-Request": "true"}).text
        assert "<html" not in board
        found += titles(board)
        parts += 1
    assert found == wanted
    assert parts == 3


def test_without_scripts_the_link_leads_to_the_whole_board_from_there(portal: Portal) -> None:
    owner = portal.browser("owner")
    wanted = many_deals(portal, "owner", FIRST + 2)
    make_deal(owner, title="Elsewhere")
    assert move(owner, FIRST + 3, stage(portal, "Quoted"), 1).status_code == 200
    board = owner.get(more_in(owner.get("/crm/deals").text)).text
    assert titles(board) == [*wanted[FIRST:], "Elsewhere"]
    assert shown(board).count("Back to the beginning") == 1
    assert more_in(board) == ""


def test_exactly_full_column_has_nothing_more(portal: Portal) -> None:
    many_deals(portal, "owner", FIRST)
    assert more_in(portal.browser("owner").get("/crm/deals").text) == ""


def test_deals_of_one_moment_come_once_each(portal: Portal) -> None:
    many_deals(portal, "owner", FIRST + 5)
    assert len(set(rows(portal, select(Deal.moved_at)))) == 1
    owner = portal.browser("owner")
    first = owner.get("/crm/deals").text
    found = titles(first) + titles(owner.get(more_in(first), headers={"HX-Request": "true"}).text)
    assert len(found) == len(set(found)) == FIRST + 5


def test_cards_behind_the_link_are_only_those_that_the_person_sees(portal: Portal) -> None:
    many_deals(portal, "stranger", FIRST + 2)
    mine = many_deals(portal, "owner", FIRST + 2)
    theirs = many_deals(portal, "stranger", FIRST + 2)
    owner, head = portal.browser("owner"), portal.browser("head")
    board = owner.get("/crm/deals").text
    assert titles(board) == mine[:FIRST]
    assert titles(owner.get(more_in(board), headers={"HX-Request": "true"}).text) == mine[FIRST:]
    # An address that a head followed shows nobody more than their own.
    place = more_in(head.get("/crm/deals").text)
    assert titles(head.get(place, headers={"HX-Request": "true"}).text)[:2] == theirs[FIRST:]
    assert titles(owner.get(place, headers={"HX-Request": "true"}).text) == mine


@pytest.mark.parametrize("query", ["stage=1&after=x", "stage=99999&after={}", "stage=1&after=%00", "pipeline=99"])
def test_place_that_is_none_is_a_missing_page(portal: Portal, query: str) -> None:
    many_deals(portal, "owner", FIRST + 1)
    owner = portal.browser("owner")
    place = more_in(owner.get("/crm/deals").text).rpartition("=")[2]
    for headers in ({}, {"HX-Request": "true"}):
        assert owner.get(f"/crm/deals?{query.format(place)}", headers=headers).status_code == 404


@contextmanager
def statements_of(portal: Portal) -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the company's database within the block."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_others: object) -> None:
        if any(table in statement for table in OF_DEALS):  # the box fills its search meanwhile
            asked.append((statement, values))

    both = portal.company.engines
    engines = [both.writer, both.reader] if both.is_sqlite else [both.writer]  # on Postgres they are one
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


def test_board_takes_as_many_statements_with_many_deals_as_with_one(portal: Portal) -> None:
    owner = portal.browser("owner")
    make_deal(owner, title="Pumps")
    with statements_of(portal) as few:
        owner.get("/crm/deals")
    many_deals(portal, "owner", 3 * FIRST)
    for deal_id in range(2, 8):
        assert move(owner, deal_id, stage(portal, ("Quoted", "Agreed", "Won")[deal_id % 3]), 1).status_code == 200
    with statements_of(portal) as many:
        owner.get("/crm/deals")
    assert len(many) == len(few) == 4, [s for s, _ in few]


@pytest.mark.parametrize("who", ["owner", "head"])
def test_index_of_stages_serves_the_cards_of_all_columns(portal: Portal, who: str) -> None:
    if portal.backend != "sqlite":
        pytest.skip("Postgres chooses by the number of rows, and here are few")
    many_deals(portal, "owner", FIRST)
    with statements_of(portal) as asked:
        portal.browser(who).get("/crm/deals")
    statement, values = next(one for one in asked if "crm_deal_1" in one[0])
    with portal.company.engines.reader.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert any("COVERING INDEX ix_crm_deal_stage (stage_id=? AND deleted_at=?" in step for step in plan), plan
    assert not [step for step in plan if step.startswith("SCAN")]


def test_drop_reads_and_writes_its_deal_once(portal: Portal) -> None:
    owner = portal.browser("owner")
    deal_id = make_deal(owner, title="Pumps", amount="500")
    assert move(owner, deal_id, stage(portal, "Quoted"), 1).status_code == 200
    new = stage(portal, "New")
    with statements_of(portal) as asked:
        assert move(owner, deal_id, new, 2).status_code == 200
    said = [" ".join(statement.split()[:3]) for statement, _ in asked]
    said = [statement for statement in said if statement != "SELECT crm_stage.id FROM"]  # Postgres alone: it holds them
    assert len(said) == 7, said  # deal, its stages, the deal saved, two totals, the history, the new totals
    assert sum(statement.startswith("SELECT crm_deal.") for statement in said) == 1
    assert said.count("UPDATE crm_deal SET") == 1


def test_moved_deal_is_found_as_before(portal: Portal) -> None:
    owner = portal.browser("owner")
    deal_id = make_deal(owner, title="Booster pumps")
    assert move(owner, deal_id, stage(portal, "Quoted"), 1).status_code == 200
    assert "Booster pumps" in shown(owner.get("/search?q=booster").text)
