"""Sample rows come and go in one step, and leave nothing behind."""

import pytest
from sqlalchemy import func, select
from tests.support.portal import Portal

from boxportal.kernel.database.engines import writing
from boxportal.modules.crm import deals
from boxportal.modules.crm.deals import DealData
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.models.pipelines import StageTotal
from boxportal.sdk.clock import utcnow

pytestmark = pytest.mark.modules("crm")


def rows(portal: Portal) -> tuple[int, int, int]:
    with writing(portal.company.engines) as session:
        counts = [session.scalar(select(func.count()).select_from(model)) or 0 for model in (Deal, Lead)]
        return counts[0], counts[1], session.scalar(select(func.sum(StageTotal.count))) or 0


def test_administrator_adds_and_removes_sample_rows_and_own_rows_stay(portal: Portal) -> None:
    with writing(portal.company.engines) as session, session.begin():
        deals.create_deal(portal.ctx(session, "owner"), DealData(title="Real", amount=5))
    admin = portal.browser("admin")
    assert admin.post("/admin/sample/add").status_code == 303
    deals_now, leads_now, counted = rows(portal)
    assert deals_now == counted > 5
    assert leads_now > 3
    assert admin.post("/admin/sample/add").status_code == 303
    assert rows(portal) == (deals_now, leads_now, counted)
    assert "/admin/sample/remove" in admin.get("/").text
    assert admin.post("/admin/sample/remove").status_code == 303
    assert rows(portal) == (1, 0, 1)


def test_only_an_administrator_may(portal: Portal) -> None:
    assert portal.browser("owner").post("/admin/sample/add").status_code == 404
    assert rows(portal) == (0, 0, 0)


def test_record_that_gets_the_number_of_a_gone_one_has_a_history_of_its_own(portal: Portal) -> None:
    admin = portal.browser("admin")
    admin.post("/admin/sample/add")
    with writing(portal.company.engines) as session:
        last = session.scalar(select(func.max(Deal.id)))
    admin.post(f"/records/crm.deal/{last}/comments", {"text": "about the sample"})
    admin.post("/admin/sample/remove")
    with writing(portal.company.engines) as session, session.begin():
        deal = Deal(
            id=last,
            title="Real",
            pipeline_id=1,
            stage_id=1,
            furthest=1,
            state="open",
            amount=0,
            currency="TZS",
            moved_at=utcnow(),
            created_at=utcnow(),
            updated_at=utcnow(),
            version=1,
        )
        session.add(deal)
    history = admin.get(f"/records/crm.deal/{last}/timeline?before=2999-01-01T00:00:00Z").text
    assert "about the sample" not in history
    assert "began the deal" not in history
