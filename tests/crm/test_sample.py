"""Sample rows come and go in one step, and leave nothing behind."""

import pytest
from sqlalchemy import func, select
from tests.cli.conftest import run_in
from tests.support.crm import make_contact, make_deal
from tests.support.portal import Portal

from boxportal.kernel.database.engines import writing
from boxportal.modules.crm import deals
from boxportal.modules.crm.deals import DealData
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Activity, Deal
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
    assert "Nothing of your own hangs on them." in admin.get("/admin/sample/remove").text
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
    admin.post("/admin/sample/remove", {"what": "all"})
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


def sample_id(portal: Portal, model: type[Deal] | type[Contact] | type[ClientCompany], name: str) -> int:
    with writing(portal.company.engines) as session:
        said = model.title if model is Deal else model.name  # type: ignore[union-attr]
        found = session.scalar(select(model.id).where(said == name))
        assert found is not None
        return found


def test_what_own_records_need_stays_as_ordinary_rows(portal: Portal) -> None:
    admin = portal.browser("admin")
    admin.post("/admin/sample/add")
    contact = sample_id(portal, Contact, "Asha Mwangi")
    company = sample_id(portal, ClientCompany, "Twiga Builders")
    called = sample_id(portal, Deal, "Solar pump")
    own_deal = make_deal(admin, title="Mine", contact_id=str(contact))
    own_contact = make_contact(admin, name="Mine too", client_company_id=str(company))
    admin.post(f"/crm/activities/on/deal/{called}", {"kind": "call", "title": "Ask them"})
    page = admin.get("/admin/sample/remove").text
    assert "3 records of your own hang on the sample rows" in page
    assert "Asha Mwangi" in page
    assert "Solar pump" in page
    assert admin.post("/admin/sample/remove").status_code == 303
    with writing(portal.company.engines) as session:
        own = session.get(Deal, own_deal)
        theirs = session.get(Contact, own_contact)
        assert own
        assert theirs
        assert (own.contact_id, theirs.client_company_id) == (contact, company)
        assert set(session.scalars(select(Deal.title))) == {"Mine", "Solar pump"}
        assert session.scalars(select(Activity.title)).all() == ["Ask them"]
        # The contact's company stays too, and the called deal's contact with theirs; nothing is the sample's any more.
        kept = set(session.scalars(select(ClientCompany.name)))
        assert {"Kilima Coffee", "Twiga Builders"} <= kept
        assert len(kept) < 6
        assert session.scalar(select(func.count()).select_from(Deal).where(Deal.source == "sample")) == 0
        assert session.scalar(select(func.sum(StageTotal.count))) == 2
    assert "/admin/sample/remove" not in admin.get("/").text


def test_a_comment_on_a_sample_row_keeps_it_unless_all_shall_go(portal: Portal) -> None:
    admin = portal.browser("admin")
    admin.post("/admin/sample/add")
    lead_count = rows(portal)[1]
    with writing(portal.company.engines) as session:
        lead = session.scalar(select(func.max(Lead.id)))
    admin.post(f"/records/crm.lead/{lead}/comments", {"text": "They will call again"})
    assert "1 record of your own hangs on the sample rows" in admin.get("/admin/sample/remove").text
    assert lead_count > 1
    admin.post("/admin/sample/remove", {"what": "all"})
    assert rows(portal) == (0, 0, 0)


def test_command_says_what_stays_and_removes_all_when_told(portal: Portal) -> None:
    admin = portal.browser("admin")
    admin.post("/admin/sample/add")
    contact = sample_id(portal, Contact, "Asha Mwangi")
    own = make_deal(admin, title="Mine", contact_id=str(contact))
    ahead = run_in(portal.data, "sample", "remove", "--dry-run")
    assert "Rows of your own that hang on them: 1. The 2 sample rows that those need would stay." in ahead.out
    done = run_in(portal.data, "sample", "remove", "--json").json["data"]
    assert (done["kept"], done["own"]) == (2, 1)
    assert done["removed"] > 15
    assert rows(portal) == (1, 0, 1)
    assert run_in(portal.data, "sample", "remove", "--json").json["data"]["removed"] == 0
    admin.post("/admin/sample/add")
    contact = sample_id(portal, Contact, "Luc Moreau")
    make_deal(admin, title="Mine again", contact_id=str(contact))
    assert run_in(portal.data, "sample", "remove", "--all", "--json").json["data"]["kept"] == 0
    with writing(portal.company.engines) as session:
        assert set(session.scalars(select(Contact.name))) == {"Asha Mwangi"}
        assert session.get(Deal, own)


def test_a_reminder_on_a_sample_row_keeps_it(portal: Portal) -> None:
    admin = portal.browser("admin")
    admin.post("/admin/sample/add")
    deal = sample_id(portal, Deal, "Solar pump")
    admin.post(f"/records/crm.deal/{deal}/remind", {"when": "week", "text": "Look at the school"})
    assert "1 record of your own hangs on the sample rows" in admin.get("/admin/sample/remove").text
    admin.post("/admin/sample/remove")
    with writing(portal.company.engines) as session:
        assert session.scalars(select(Deal.title)).all() == ["Solar pump"]
    assert "Look at the school" in admin.get(f"/crm/deals/{deal}").text
