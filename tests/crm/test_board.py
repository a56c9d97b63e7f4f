"""The board and the funnel: kept totals, moves by its script, and what each person sees of them."""

import pytest
from httpx2 import Response
from sqlalchemy import func, select
from tests.support.crm import make_deal, rows, shown
from tests.support.portal import Browser, Portal

from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.pipelines import Stage, StageTotal

pytestmark = pytest.mark.modules("crm")
EDIT = {"title": "Deal", "amount": "250", "currency": "USD"}


def stage(portal: Portal, title: str) -> int:
    return rows(portal, select(Stage.id).where(Stage.title == title))[0]


def move(browser: Browser, deal_id: int, to: int, version: int) -> Response:
    return browser.post(f"/crm/deals/{deal_id}/board-move", {"stage": to, "version": version})


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
