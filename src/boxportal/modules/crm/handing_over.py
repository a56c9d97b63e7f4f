"""Somebody leaves the company: what is open and theirs goes to their successor."""

from sqlalchemy import ColumnElement, select, update

from boxportal.contracts.people import PersonLeft
from boxportal.modules.crm.activities import remind_of
from boxportal.modules.crm.deals import weight_of
from boxportal.modules.crm.leads import OPEN
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Activity, Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.pipelines import shift_totals
from boxportal.sdk.context import Ctx
from boxportal.sdk.events import Event


def hand_over(ctx: Ctx, event: Event) -> None:
    """Give open requests, deals and activities, and all contacts and companies, to the successor.

    Closed ones keep the name. Without a successor everything does: the head of the team still sees it.
    """
    if not isinstance(event, PersonLeft):
        raise TypeError(event)
    if event.successor is None:
        return
    give_deals(ctx, Deal.responsible_id == event.person, event.successor)
    give_activities(ctx, Activity.responsible_id == event.person, event.successor)
    open_leads = update(Lead).where(Lead.responsible_id == event.person, Lead.status.in_(OPEN))
    ctx.db.change(open_leads.values(responsible_id=event.successor, version=Lead.version + 1))
    for model in (Contact, ClientCompany):
        theirs = update(model).where(model.responsible_id == event.person)
        ctx.db.change(theirs.values(responsible_id=event.successor, version=model.version + 1))


def give_deals(ctx: Ctx, whose: ColumnElement[bool], successor: int) -> None:
    """Deals are moved one by one, for each has its weight in the kept totals of its person."""
    theirs = select(Deal).where(whose, Deal.state == "open").order_by(Deal.id)
    for deal in ctx.db.scalars(theirs.with_for_update()).all():
        before = weight_of(deal)
        deal.responsible_id = successor
        deal.version += 1
        shift_totals(ctx.db, before, weight_of(deal))


def give_activities(ctx: Ctx, whose: ColumnElement[bool], successor: int) -> None:
    """With an activity goes its reminder."""
    theirs = select(Activity).where(whose, Activity.done_at.is_(None))
    for activity in ctx.db.scalars(theirs.order_by(Activity.id)).all():
        activity.responsible_id = successor
        activity.version += 1
        remind_of(ctx, activity)
