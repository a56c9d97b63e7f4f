"""Somebody leaves the company: their open work goes to the successor, what is closed keeps their name."""

from sqlalchemy import select, update

from boxportal.contracts.people import PersonLeft
from boxportal.modules.crm.activities import remind_of
from boxportal.modules.crm.leads import OPEN
from boxportal.modules.crm.models.clients import ClientCompany, Contact
from boxportal.modules.crm.models.deals import Activity, Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.models.pipelines import Stage, StageTotal
from boxportal.modules.crm.pipelines import Weight, add_to_total
from boxportal.sdk.context import Ctx
from boxportal.sdk.events import Event


def hand_over(ctx: Ctx, event: Event) -> None:
    """Give leads, deals, activities and clients to the successor; without one they have nobody, and heads see them."""
    if not isinstance(event, PersonLeft):
        return
    person, successor = event.person, event.successor
    move_totals(ctx, person, successor or 0)
    for statement in (
        update(Lead).where(Lead.responsible_id == person, Lead.status.in_(OPEN)),
        update(Deal).where(Deal.responsible_id == person, Deal.state == "open"),
        update(Contact).where(Contact.responsible_id == person),
        update(ClientCompany).where(ClientCompany.responsible_id == person),
    ):
        ctx.db.change(statement.values(responsible_id=successor).execution_options(synchronize_session=False))
    hand_activities_over(ctx, person, successor)


def move_totals(ctx: Ctx, person: int, successor: int) -> None:
    """What is kept of the open stages follows the deals."""
    kept = select(StageTotal).join(Stage, Stage.id == StageTotal.stage_id)
    for row in ctx.db.scalars(kept.where(StageTotal.responsible_id == person, Stage.kind == "open")).all():
        add_to_total(ctx.db, Weight(row.stage_id, row.currency, successor, row.amount), 1, count=row.count)
        ctx.db.delete(row)
    ctx.db.flush()


def hand_activities_over(ctx: Ctx, person: int, successor: int | None) -> None:
    """Open activities change hands with their reminders."""
    mine = select(Activity).where(Activity.responsible_id == person, Activity.done_at.is_(None))
    for activity in ctx.db.scalars(mine).all():
        activity.responsible_id = successor
        remind_of(ctx, activity)
