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
