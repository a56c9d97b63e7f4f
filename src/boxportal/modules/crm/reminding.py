"""Requests that wait for an answer: their responsible person is reminded, then the head."""

from datetime import timedelta

from sqlalchemy import select, update

from boxportal.modules.crm.assigning import head_over
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.settings import CrmSettings
from boxportal.modules.crm.waves import is_reminded_with_others
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
    """Of a wave only its first request that still waits is told of, for all."""
    is_first = lead.reminders <= 1
    to = lead.responsible_id if is_first else head_over(ctx, lead.responsible_id)
    if to is None:
        return
    name = ctx.db.scalar(select(person.c.name).where(person.c.id == lead.responsible_id)) or ""
    with_others = is_reminded_with_others(ctx, lead)
    if with_others is None:
        text = _n("A request waits for your answer: %(title)s")
        head_text = _n("A request of %(name)s waits for an answer: %(title)s")
    elif with_others:
        text = _n("Many requests wait for your answer")
        head_text = _n("Many requests of %(name)s wait for an answer")
    else:
        return
    ctx.notify(
        Notice(
            to=to,
            kind="crm.unanswered",
            text=text if is_first else head_text,
            values={"title": lead.title, "name": name},
            url="/crm/leads?status=new" if with_others else f"/crm/leads/{lead.id}",
            ref=None if with_others else lead.ref,
            key=f"crm.unanswered:{lead.id}:{lead.reminders}",
            urgent=True,
        )
    )
