"""Deals and leads by their services: totals, moves, the client that is made once, the port for other modules."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select
from tests.support.portal import Portal

from boxportal.contracts.crm import Deals
from boxportal.kernel.database.engines import writing
from boxportal.kernel.notify.models import InboxNotice
from boxportal.modules.crm import deals, leads
from boxportal.modules.crm.deals import DealData
from boxportal.modules.crm.leads import Arrival, LeadData
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.models.pipelines import Stage, StageTotal
from boxportal.sdk.context import Ctx
from boxportal.sdk.errors import Invalid, NotFound, RuleBroken, Stale

pytestmark = pytest.mark.modules("crm")


@contextmanager
def acting(portal: Portal, who: str = "owner") -> Iterator[Ctx]:
    with writing(portal.company.engines) as session, session.begin():
        yield portal.ctx(session, who)


def stage(ctx: Ctx, milestone: str = "", kind: str = "open") -> Stage:
    found = ctx.db.scalar(select(Stage).where(Stage.milestone == milestone, Stage.kind == kind))
    assert found is not None
    return found


def totals(ctx: Ctx) -> dict[int, tuple[int, int]]:
    ctx.db.flush()
    kept = ctx.db.scalars(select(StageTotal)).all()
    return {row.stage_id: (row.count, row.amount) for row in kept if row.count or row.amount}


def counted(ctx: Ctx) -> dict[int, tuple[int, int]]:
    rows = ctx.db.execute(
        select(Deal.stage_id, func.count(), func.sum(Deal.amount))
        .where(Deal.deleted_at.is_(None))
        .group_by(Deal.stage_id)
    )
    return {row[0]: (row[1], int(row[2])) for row in rows}


def test_totals_follow_every_change_of_a_deal(portal: Portal) -> None:
    with acting(portal) as ctx:
        first = deals.create_deal(ctx, DealData(title="Pumps", amount=1_000))
        deals.create_deal(ctx, DealData(title="Pipes", amount=500))
        deals.move_deal(ctx, first.id, stage(ctx, "quoted").id)
        deals.change_deal(ctx, first.id, DealData(title="Pumps", amount=2_000), version=first.version)
        assert totals(ctx) == counted(ctx) != {}
        deals.win_deal(ctx, first.id)
        deals.move_deal(ctx, first.id, stage(ctx).id)
        deals.lose_deal(ctx, first.id, reason="price")
        assert totals(ctx) == counted(ctx)
        assert (first.state, first.reason) == ("lost", "price")


def test_stale_save_is_refused_and_says_what_stands_now(portal: Portal) -> None:
    with acting(portal) as ctx:
        deal = deals.create_deal(ctx, DealData(title="Pumps"))
        seen = deal.version
        deals.change_deal(ctx, deal.id, DealData(title="Pumps and pipes"), version=seen)
        with pytest.raises(Stale) as refused:
            deals.change_deal(ctx, deal.id, DealData(title="Mine"), version=seen)
        assert refused.value.theirs["title"] == "Pumps and pipes"


def test_colleague_of_the_team_sees_a_deal_and_a_stranger_does_not(portal: Portal) -> None:
    with acting(portal) as ctx:
        deal_id = deals.create_deal(ctx, DealData(title="Pumps")).id
    with acting(portal, "colleague") as ctx:
        assert deals.visible_deal(ctx, deal_id).title == "Pumps"
    with acting(portal, "stranger") as ctx, pytest.raises(NotFound):
        deals.win_deal(ctx, deal_id)
    with acting(portal, "head") as ctx:
        assert deals.win_deal(ctx, deal_id).state == "won"


def test_lead_becomes_a_deal_and_the_deal_makes_its_client_once(portal: Portal) -> None:
    with acting(portal) as ctx:
        data = LeadData(
            request="Two pumps", name="Юлия", company_name="ООО Ромашка", phone="0754 123 456", email="J@x.example"
        )
        lead = leads.create_lead(ctx, data)
        assert (lead.title, lead.phone_key) == ("Two pumps", "+255754123456")
        deal = leads.convert_lead(ctx, lead.id, DealData())
        assert deal.title == "Two pumps"
        with pytest.raises(RuleBroken):
            leads.convert_lead(ctx, lead.id, DealData())
        port = ctx.find(Deals)
        assert port is not None
        first, again = port.agreed(deal.id), port.agreed(deal.id)
        assert first == again
        assert (first.name, first.company, first.contact_id) == ("Юлия", "ООО Ромашка", deal.contact_id)
        deals.win_deal(ctx, deal.id)
        twin = leads.create_lead(ctx, LeadData(name="Julia", company_name="Romashka", email="j@x.example"))
        deals.win_deal(ctx, leads.convert_lead(ctx, twin.id, DealData()).id)
        assert ctx.db.scalar(select(func.count()).select_from(Contact)) == 1
        assert ctx.db.scalar(select(func.count()).select_from(ClientCompany)) == 1


def test_milestones_move_a_deal_forward_only(portal: Portal) -> None:
    with acting(portal) as ctx:
        deal = deals.create_deal(ctx, DealData(title="Pumps"))
        port = ctx.find(Deals)
        assert port is not None
        port.reached(deal.id, "invoiced")
        assert deal.stage_id == stage(ctx, "invoiced").id
        port.reached(deal.id, "quoted")
        assert deal.stage_id == stage(ctx, "invoiced").id


def test_request_tells_its_responsible_once_and_a_doubtful_one_tells_nobody(portal: Portal) -> None:
    with acting(portal, "head") as ctx:
        leads.create_lead(ctx, LeadData(title="Pumps", responsible_id=portal.person("owner")))
        leads.create_lead(ctx, LeadData(title="Win a prize"), Arrival(is_doubtful=True))
        notices = ctx.db.scalars(select(InboxNotice)).all()
        assert [notice.person_id for notice in notices] == [portal.person("owner")]
        assert {row.status for row in ctx.db.scalars(select(Lead))} == {"new", "quarantined"}


def test_request_needs_one_field_and_a_right_address(portal: Portal) -> None:
    with acting(portal) as ctx:
        with pytest.raises(Invalid):
            leads.create_lead(ctx, LeadData(name="  "))
        with pytest.raises(Invalid) as wrong:
            leads.create_lead(ctx, LeadData(email="not an address"))
        assert "email" in wrong.value.fields
        assert leads.create_lead(ctx, LeadData(phone="123")).title == "123"
