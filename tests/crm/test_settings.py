"""Pipelines and rules, as heads set them."""

import pytest
from sqlalchemy import select
from tests.support.crm import acting, leads, make_deal, rows, shown
from tests.support.portal import Portal

from boxportal.kernel.switch.change import Acting
from boxportal.kernel.switch.orders import Order
from boxportal.kernel.switch.perform import perform
from boxportal.kernel.web.render import render
from boxportal.modules.crm.leads import LeadData, create_lead
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.models.pipelines import Pipeline, Stage
from boxportal.sdk.access import SYSTEM

pytestmark = pytest.mark.modules("crm")


def stage_form(portal: Portal, pipeline: int = 1) -> dict[str, object]:
    """What the form of a pipeline sends when nothing is changed."""
    stages = rows(portal, select(Stage).where(Stage.pipeline_id == pipeline).order_by(Stage.position))
    form: dict[str, object] = {"title": "Sales", "steps": ["quoted", "agreed", "invoiced", "paid"], "order": "usual"}
    for number, stage in enumerate(stages):
        form |= {
            f"stages.{number}.id": stage.id,
            f"stages.{number}.title": stage.title,
            f"stages.{number}.kind": stage.kind,
            f"stages.{number}.milestone": stage.milestone,
            f"stages.{number}.color": stage.color,
            f"stages.{number}.probability": stage.probability,
            f"stages.{number}.position": 10 * stage.position,
        }
    return form


def test_pipeline_is_changed_and_the_funnel_keeps_its_meaning(portal: Portal) -> None:
    head = portal.browser("head")
    deal_id = make_deal(head, title="Booster")
    quoted = rows(portal, select(Stage.id).where(Stage.title == "Quoted"))[0]
    head.post(f"/crm/deals/{deal_id}/move", {"stage": quoted})
    form = stage_form(portal) | {
        "order": "paid_first",
        "steps": ["paid", "quoted"],
        "stages.7.title": "Talked to",
        "stages.7.kind": "open",
        "stages.7.color": "pink",
        "stages.7.milestone": "",
        "stages.7.probability": "20",
        "stages.7.position": "15",
    }
    answer = head.post("/crm/deals/settings/pipelines/1", form)
    assert answer.status_code == 303, shown(answer.text)
    in_order = rows(portal, select(Stage).order_by(Stage.position))
    assert [stage.title for stage in in_order[:3]] == ["New", "Talked to", "Quoted"]
    assert [stage.reached for stage in in_order[:4]] == [1, 1, 1, 0]
    assert rows(portal, select(Pipeline.steps))[0] == ["quoted", "paid"]
    assert rows(portal, select(Deal.furthest))[0] == 3
    assert "Talked to" in head.get("/crm/deals").text


def test_stage_with_deals_can_not_be_taken_out(portal: Portal) -> None:
    head = portal.browser("head")
    make_deal(head, title="Booster")
    form = {key: value for key, value in stage_form(portal).items() if not key.startswith("stages.0.")}
    answer = head.post("/crm/deals/settings/pipelines/1", form)
    assert answer.status_code == 422
    assert "Deals stand in the stage “New”" in shown(answer.text)
    assert len(rows(portal, select(Stage))) == 7


def test_pipeline_needs_both_ends(portal: Portal) -> None:
    head = portal.browser("head")
    form = {key: value for key, value in stage_form(portal).items() if not key.startswith("stages.5.")}
    answer = head.post("/crm/deals/settings/pipelines/1", form)
    assert answer.status_code == 422
    assert "one for won and one for lost" in shown(answer.text)


def test_second_pipeline_takes_deals_and_has_a_board_of_its_own(portal: Portal) -> None:
    head = portal.browser("head")
    form = {key: value for key, value in stage_form(portal).items() if not key.endswith(".id")} | {"title": "Service"}
    assert head.post("/crm/deals/settings/pipelines/new", form).status_code == 303
    assert head.post("/crm/deals/settings/pipelines/new", form).status_code == 422
    make_deal(head, title="Yearly service", pipeline_id=2)
    assert "Yearly service" not in head.get("/crm/deals").text
    assert "Yearly service" in head.get("/crm/deals?pipeline=2").text
    assert head.get("/crm/deals?pipeline=9").status_code == 404


def test_rules_are_saved_and_leads_go_in_turn(portal: Portal) -> None:
    head = portal.browser("head")
    rules = {
        "remind_after_minutes": "30",
        "tell_head_after_minutes": "90",
        "turn": [portal.person("owner"), portal.person("colleague")],
        "won_only_when_paid": "true",
    }
    assert head.post("/crm/deals/settings", rules).status_code == 303
    for number in range(3):
        with acting(portal, "") as ctx:
            create_lead(ctx, LeadData(request=f"Pump {number}"))
    told: list[Lead] = list(leads(portal))
    assert [lead.responsible_id for lead in told] == [portal.person(who) for who in ("owner", "colleague", "owner")]
    assert head.post("/crm/deals/settings", {**rules, "remind_after_minutes": "0"}).status_code == 422
    assert 'value="30"' in head.get("/crm/deals/settings").text


def test_only_heads_shape_the_pipelines(portal: Portal) -> None:
    owner = portal.browser("owner")
    for path in ("/crm/deals/settings", "/crm/deals/settings/pipelines/1", "/crm/deals/settings/pipelines/new"):
        assert owner.get(path).status_code == 404
        assert owner.post(path, {"title": "Mine"}).status_code == 404


@pytest.mark.modules("crm", "sales")
def test_unpaid_deal_is_not_won_where_the_rule_says_so(portal: Portal) -> None:
    head = portal.browser("head")
    deal_id = make_deal(head, title="Booster")
    rules = {"remind_after_minutes": "60", "tell_head_after_minutes": "240", "won_only_when_paid": "true"}
    assert head.post("/crm/deals/settings", rules).status_code == 303
    refused = head.post(f"/crm/deals/{deal_id}/win")
    assert refused.status_code == 409
    assert "only when it is paid" in shown(refused.text)
    won = rows(portal, select(Stage.id).where(Stage.kind == "won"))[0]
    answer = head.post(f"/crm/deals/{deal_id}/board-move", {"stage": won, "version": 1})
    assert (answer.status_code, "only when it is paid" in answer.json()["detail"]) == (409, True)
    assert rows(portal, select(Deal.state)) == ["open"]
    head.post("/crm/deals/settings", {**rules, "won_only_when_paid": ""})
    assert head.post(f"/crm/deals/{deal_id}/win").status_code == 303


@pytest.mark.modules("crm", "sales")
def test_steps_and_next_act_come_from_the_papers_while_sales_is_on(portal: Portal) -> None:
    head = portal.browser("head")
    page = head.get(f"/crm/deals/{make_deal(head, title='Booster')}").text
    for step in ("Quote", "Agreed", "Invoice", "Shipment", "Payment"):
        assert f">{step}<" in page
    assert page.count("data-next-step") == 1
    assert "Go on to: Quoted" not in page


@pytest.mark.modules("crm", "sales")
@pytest.mark.parametrize("is_used", [False, True])
def test_rules_stand_as_before_when_the_module_is_on_again(portal: Portal, *, is_used: bool) -> None:
    """Also when nobody stored anything, so that the module's tables went meanwhile."""
    api = portal.api("admin")
    assert api.send("PATCH", "/crm/rules", {"won_only_when_paid": True}).status_code == 200
    if is_used:
        make_deal(portal.browser("owner"), title="Pumps")
    admin = Acting(portal.company, SYSTEM, render)
    off = perform(admin, Order(verb="disable", modules=("sales", "crm")), lambda _: portal.data)
    assert ("crm" in off.emptied) is not is_used
    assert api.get("/crm/rules").status_code == 404
    perform(admin, Order(verb="enable", modules=("crm", "sales")), lambda _: portal.data)
    assert api.get("/crm/rules").json() == {"won_only_when_paid": True}
