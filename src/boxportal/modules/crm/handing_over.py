"""Somebody leaves the company: what is open and theirs goes to their successor."""

from sqlalchemy import ColumnElement, select, true, update

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
from boxportal.sdk.people import heirs

BATCH = 200


def hand_over(ctx: Ctx, event: Event) -> None:
    """Give open requests, deals and activities, and all contacts and companies, to the successor.

    Closed ones keep the name. Without a successor everything does: the head of the team still sees it.
    """
    if not isinstance(event, PersonLeft):
        raise TypeError(event)
    if event.successor is None:
        return
    give_all(ctx, event.person, event.successor)


def reconcile(ctx: Ctx) -> bool:
    """Hand over what people left to others while the CRM was off, a batch of each kind; says whether more is left.

    The turn of requests needs nothing: it passes over whoever does not work here.
    """
    return any(give_all(ctx, leaver, heir, BATCH) for leaver, heir in heirs(ctx.db).items())


def give_all(ctx: Ctx, leaver: int, heir: int, most: int | None = None) -> bool:
    """Give what is open of somebody to another, at most so many of each kind; says whether one kind reached that."""
    given = [
        give_deals(ctx, Deal.responsible_id == leaver, heir, most),
        give_activities(ctx, Activity.responsible_id == leaver, heir, most),
    ]
    for model in (Lead, Contact, ClientCompany):
        is_open = Lead.status.in_(OPEN) if model is Lead else true()
        some = select(model.id).where(model.responsible_id == leaver, is_open)
        theirs = update(model).where(model.id.in_(some.order_by(model.id).limit(most)))
        given.append(ctx.db.change(theirs.values(responsible_id=heir, version=model.version + 1)))
    return most is not None and max(given) >= most


def give_deals(ctx: Ctx, whose: ColumnElement[bool], successor: int, most: int | None = None) -> int:
    """Deals are moved one by one, for each has its weight in the kept totals of its person. Returns how many."""
    theirs = select(Deal).where(whose, Deal.state == "open").order_by(Deal.id).limit(most)
    found = ctx.db.scalars(theirs.with_for_update()).all()
    for deal in found:
        before = weight_of(deal)
        deal.responsible_id = successor
        deal.version += 1
        shift_totals(ctx.db, before, weight_of(deal))
    return len(found)


def give_activities(ctx: Ctx, whose: ColumnElement[bool], successor: int, most: int | None = None) -> int:
    """With an activity goes its reminder. Returns how many."""
    theirs = select(Activity).where(whose, Activity.done_at.is_(None))
    found = ctx.db.scalars(theirs.order_by(Activity.id).limit(most)).all()
    for activity in found:
        activity.responsible_id = successor
        activity.version += 1
        remind_of(ctx, activity)
    return len(found)
