"""Somebody leaves: open work goes to the successor, at once or later; what is closed keeps the name."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from tests.support.outside import refresh
from tests.support.portal import Portal

from boxportal.kernel.database.engines import read_session, writing
from boxportal.kernel.identity.models import Person
from boxportal.kernel.jobs.models import Reminder
from boxportal.kernel.switch.change import Acting, turn_off_now, turn_on
from boxportal.kernel.switch.orders import Order
from boxportal.kernel.web.render import render
from boxportal.kernel.work.recurring import run_job
from boxportal.modules.crm import activities, deals, handing_over, leads
from boxportal.modules.crm.activities import ActivityData
from boxportal.modules.crm.deals import DealData
from boxportal.modules.crm.leads import LeadData
from boxportal.modules.crm.models.deals import Activity, Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.models.pipelines import StageTotal
from boxportal.sdk.clock import shifted
from boxportal.sdk.events import RecordRef

pytestmark = pytest.mark.modules("crm")


def fill(portal: Portal) -> None:
    """Two open deals and a lost one, a request, and something to do, all of the owner's."""
    with writing(portal.company.engines) as session, session.begin():
        ctx = portal.ctx(session, "owner")
        for title, amount in (("Pumps", 1_000), ("Pipes", 500), ("Lost", 70)):
            deal = deals.create_deal(ctx, DealData(title=title, amount=amount))
            if title == "Lost":
                deals.lose_deal(ctx, deal.id, reason="price")
            if title == "Pumps":
                due = ctx.now + timedelta(days=2)
                activities.plan_activity(
                    ctx, RecordRef("crm.deal", deal.id), ActivityData(kind="call", title="Call", due_at=due)
                )
        leads.create_lead(ctx, LeadData(title="A request", responsible_id=portal.person("owner")))


def owners(portal: Portal) -> dict[str, int | None]:
    with read_session(portal.company.engines) as db:
        found = dict(db.execute(select(Deal.title, Deal.responsible_id)).all())
        found |= dict(db.execute(select(Lead.title, Lead.responsible_id)).all())
        found |= dict(db.execute(select(Activity.title, Activity.responsible_id)).all())
        return found


def require_right_totals(portal: Portal) -> None:
    with read_session(portal.company.engines) as db:
        kept = db.execute(
            select(StageTotal.stage_id, StageTotal.responsible_id, StageTotal.count, StageTotal.amount).where(
                StageTotal.count != 0
            )
        ).all()
        real = db.execute(
            select(Deal.stage_id, Deal.responsible_id, func.count(), func.sum(Deal.amount))
            .where(Deal.deleted_at.is_(None))
            .group_by(Deal.stage_id, Deal.responsible_id)
        ).all()
    assert sorted(map(tuple, kept)) == sorted((a, b, c, int(d)) for a, b, c, d in real)


def test_open_work_goes_to_the_successor_and_the_totals_follow(portal: Portal) -> None:
    fill(portal)
    owner, colleague = portal.person("owner"), portal.person("colleague")
    portal.browser("admin").post(f"/admin/people/{owner}/leave", {"successor": str(colleague)})
    assert owners(portal) == {"Pumps": colleague, "Pipes": colleague, "A request": colleague, "Call": colleague,
                              "Lost": owner}  # fmt: skip
    require_right_totals(portal)
    with read_session(portal.company.engines) as db:
        reminders = db.scalars(select(Reminder.person_id).where(Reminder.done_at.is_(None))).all()
    assert reminders == [colleague]


def test_without_a_successor_all_keep_the_name_and_can_be_handed_over_later(portal: Portal) -> None:
    fill(portal)
    owner, head = portal.person("owner"), portal.person("head")
    admin = portal.browser("admin")
    admin.post(f"/admin/people/{owner}/leave")
    assert set(owners(portal).values()) == {owner}
    assert admin.post(f"/admin/people/{owner}/hand-over", {"successor": ""}).status_code == 422
    assert admin.post(f"/admin/people/{head}/hand-over", {"successor": str(owner)}).status_code == 409
    assert admin.post(f"/admin/people/{owner}/hand-over", {"successor": str(head)}).status_code == 303
    assert owners(portal)["Pumps"] == owners(portal)["A request"] == head
    assert owners(portal)["Lost"] == owner
    require_right_totals(portal)


def test_who_left_while_the_crm_was_off_is_followed_when_it_is_on_again(portal: Portal) -> None:
    fill(portal)
    acting = Acting(portal.company, portal.actor("admin"), render)
    turn_off_now(acting, Order(verb="disable", modules=("crm",)))
    refresh(portal)
    owner, colleague = portal.person("owner"), portal.person("colleague")
    portal.browser("admin").post(f"/admin/people/{owner}/leave", {"successor": str(colleague)})
    assert set(owners(portal).values()) == {owner}
    for _ in range(2):  # the second time changes nothing
        turn_on(acting, Order(verb="enable", modules=("crm",)))
        assert owners(portal) == {"Pumps": colleague, "Pipes": colleague, "A request": colleague, "Call": colleague,
                                  "Lost": owner}  # fmt: skip
        require_right_totals(portal)
        turn_off_now(acting, Order(verb="disable", modules=("crm",)))


def test_many_rows_are_handed_over_in_batches(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(portal)
    monkeypatch.setattr(handing_over, "BATCH", 1)
    owner, colleague = portal.person("owner"), portal.person("colleague")
    with writing(portal.company.engines) as session, session.begin():
        person = session.get(Person, owner)
        assert person is not None
        person.state, person.successor_id = "left", colleague
    turns = 0
    with writing(portal.company.engines) as session, session.begin():
        while handing_over.reconcile(portal.ctx(session)):
            turns += 1
    assert turns == 2
    assert owners(portal)["Pumps"] == owners(portal)["Pipes"] == owners(portal)["Call"] == colleague
    require_right_totals(portal)


def test_reminder_of_a_module_that_is_off_waits_for_it(portal: Portal) -> None:
    fill(portal)
    acting = Acting(portal.company, portal.actor("admin"), render)
    turn_off_now(acting, Order(verb="disable", modules=("crm",)))
    refresh(portal)
    with shifted(timedelta(days=3)):
        run_job(portal.company, render, "core.reminders")
        assert "Call" not in portal.browser("owner").get("/inbox").text
        turn_on(acting, Order(verb="enable", modules=("crm",)))
        refresh(portal)
    with shifted(timedelta(days=3, minutes=1)):
        run_job(portal.company, render, "core.reminders")
        assert "Call" in portal.browser("owner").get("/inbox").text
