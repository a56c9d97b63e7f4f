"""Requests that wait for an answer: their responsible person is reminded, then the head."""

from datetime import timedelta

from sqlalchemy import select, update

from boxportal.modules.crm.assigning import head_over
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.settings import CrmSettings
from boxportal.sdk.context import Ctx, Notice
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.people import person

BATCH = 500


def remind_unanswered(ctx: Ctx) -> None:
    """Tell whom it concerns of every request whose time has come; each step is told once, also after days off."""
    due = select(Lead).where(Lead.remind_at <= ctx.now).order_by(Lead.remind_at, Lead.id)
    for lead in ctx.db.scalars(due.limit(BATCH)).all():
        if claim(ctx, lead):
            tell(ctx, lead)


def claim(ctx: Ctx, lead: Lead) -> bool:
    """Take this step; another process may have taken it already."""
    mine = update(Lead).where(Lead.id == lead.id, Lead.remind_at == lead.remind_at)
    head_after = ctx.settings(CrmSettings).tell_head_after_minutes
    is_first = lead.reminders == 0
    later = max(lead.created_at + timedelta(minutes=head_after), ctx.now) if is_first else None
    return ctx.db.change(mine.values(remind_at=later, reminders=lead.reminders + 1)) == 1


def tell(ctx: Ctx, lead: Lead) -> None:
    is_first = lead.reminders <= 1
    to = lead.responsible_id if is_first else head_over(ctx, lead.responsible_id)
    if to is None:
        return
    name = ctx.db.scalar(select(person.c.name).where(person.c.id == lead.responsible_id)) or ""
    ctx.notify(
        Notice(
            to=to,
            kind="crm.unanswered",
            text=_n("A request waits for your answer: %(title)s")
            if is_first
            else _n("A request of %(name)s waits for an answer: %(title)s"),
            values={"title": lead.title, "name": name},
            url=f"/crm/leads/{lead.id}",
            ref=lead.ref,
            key=f"crm.unanswered:{lead.id}:{lead.reminders}",
            urgent=True,
        )
    )
