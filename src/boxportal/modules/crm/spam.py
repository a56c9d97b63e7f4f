"""Spam: one press takes a request and its likes out, one press brings them back."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, or_, select

from boxportal.modules.crm.leads import editable_lead, facts_of_lead, visible_leads
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.saving import Saved, note_change
from boxportal.modules.crm.settings import CrmSettings
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import gettext as _

ABOUT = timedelta(days=3)
MOST = 1000


def mark_spam(ctx: Ctx, lead_id: int) -> int:
    """Take a request and its likes out: not counted, not found, nobody reminded. Returns how many.

    Raises: NotFound, RuleBroken for one that is a deal already.
    """
    lead = editable_lead(ctx, lead_id)
    if lead.status in ("converted", "spam"):
        raise RuleBroken(_("This request is a deal already, or spam."))
    taken = [lead, *likes_of(ctx, lead)]
    for one in taken:
        before = facts_of_lead(one)
        one.status_before, one.status, one.spam_of, one.remind_at = one.status, "spam", lead.id, None
        note_change(ctx, one, Saved("spam", one.title, before, facts_of_lead(one)))
    ctx.unindex(*(one.ref for one in taken))
    return len(taken)


def likes_of(ctx: ReadCtx, lead: Lead) -> Sequence[Lead]:
    """Untouched requests of about the same time from the same sender, or with the same words by the same form."""
    alike = likeness(lead)
    if not alike:
        return []
    mine = ctx.reach("crm.lead.edit", Lead.responsible_id)
    near = Lead.created_at.between(lead.created_at - ABOUT, lead.created_at + ABOUT)
    untouched = and_(Lead.status.in_(("new", "quarantined")), Lead.answered_at.is_(None), Lead.id != lead.id)
    return ctx.db.scalars(visible_leads(ctx).where(mine, near, untouched, or_(*alike)).limit(MOST)).all()


def likeness(lead: Lead) -> list[ColumnElement[bool]]:
    alike: list[ColumnElement[bool]] = []
    if lead.email_key:
        alike.append(Lead.email_key == lead.email_key)
    if lead.phone_key:
        alike.append(Lead.phone_key == lead.phone_key)
    if lead.form_id is not None and lead.address_from:
        alike.append(and_(Lead.form_id == lead.form_id, Lead.address_from == lead.address_from))
    if lead.form_id is not None and lead.request:
        alike.append(and_(Lead.form_id == lead.form_id, Lead.request == lead.request))
    return alike


def undo_spam(ctx: Ctx, lead_id: int) -> int:
    """Bring a request and all that left with it back to where they were. Returns how many.

    Raises: NotFound, RuleBroken.
    """
    lead = editable_lead(ctx, lead_id)
    if lead.status != "spam" or lead.spam_of is None:
        raise RuleBroken(_("This request is not spam."))
    mine = ctx.reach("crm.lead.edit", Lead.responsible_id)
    gone = visible_leads(ctx).where(mine, Lead.spam_of == lead.spam_of, Lead.status == "spam")
    back = ctx.db.scalars(gone.limit(MOST)).all()
    for one in back:
        bring_back(ctx, one)
    return len(back)


def bring_back(ctx: Ctx, lead: Lead) -> None:
    before = facts_of_lead(lead)
    lead.status, lead.status_before, lead.spam_of = lead.status_before or "new", "", None
    if lead.status == "new" and lead.answered_at is None:
        lead.remind_at = ctx.now + timedelta(minutes=ctx.settings(CrmSettings).remind_after_minutes)
    note_change(ctx, lead, Saved("not_spam", lead.title, before, facts_of_lead(lead)))


def quarantined(ctx: ReadCtx) -> int:
    """How many doubtful requests wait for somebody who may look at them; counted to a hundred."""
    waiting = visible_leads(ctx).where(Lead.status == "quarantined").with_only_columns(Lead.id).limit(100)
    return len(ctx.db.scalars(select(waiting.subquery().c.id)).all())
