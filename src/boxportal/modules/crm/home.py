"""What the CRM shows on Home: what waits for this person."""

from collections.abc import Mapping

from sqlalchemy import or_, select

from boxportal.modules.crm.activities import ICONS, KINDS
from boxportal.modules.crm.deals import visible_deals
from boxportal.modules.crm.kinds import MODELS, address_of, title_of
from boxportal.modules.crm.leads import visible_leads
from boxportal.modules.crm.models.deals import Activity, Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.sdk.clock import date_in, day_span
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.events import RecordRef

SHOWN = 6


def new_leads(ctx: ReadCtx) -> Mapping[str, object] | None:
    """Requests that wait for this person's answer, and nobody's that they see; hidden when there are none."""
    mine = or_(Lead.responsible_id == ctx.actor.id, Lead.responsible_id.is_(None))
    waiting = visible_leads(ctx).where(Lead.status == "new", Lead.answered_at.is_(None), mine)
    rows = ctx.db.scalars(waiting.order_by(Lead.id.desc()).limit(SHOWN + 1)).all()
    return {"leads": rows[:SHOWN], "more": len(rows) > SHOWN} if rows else None


def due_activities(ctx: ReadCtx) -> Mapping[str, object] | None:
    """What this person is to do today, and should have done before."""
    today = date_in(ctx.now, ctx.actor.timezone)
    end = day_span(today, today, ctx.actor.timezone)[1]
    mine = select(Activity).where(
        Activity.responsible_id == ctx.actor.id, Activity.done_at.is_(None), Activity.due_at < end
    )
    rows = ctx.db.scalars(mine.order_by(Activity.due_at, Activity.id).limit(4 * SHOWN)).all()
    shown = []
    for activity in rows:
        ref = RecordRef(activity.ref_kind, activity.ref_id)
        model = MODELS[ref.kind]
        row = ctx.db.scalar(select(model).where(model.id == ref.id, model.id.in_(ctx.visible(ref.kind))))
        if row is not None:
            shown.append((activity, title_of(row), address_of(ref)))  # type: ignore[arg-type]  # one of the kinds
    if not shown:
        return None
    return {
        "rows": shown[:SHOWN], "more": len(shown) > SHOWN, "icons": ICONS, "kinds": KINDS, "now": ctx.now
    }  # fmt: skip


def deals_without_next(ctx: ReadCtx) -> Mapping[str, object] | None:
    """Open deals of this person on which nothing is planned."""
    mine = visible_deals(ctx).where(
        Deal.responsible_id == ctx.actor.id, Deal.open_activities == 0, Deal.state == "open"
    )
    rows = ctx.db.scalars(mine.order_by(Deal.id.desc()).limit(SHOWN + 1)).all()
    return {"deals": rows[:SHOWN], "more": len(rows) > SHOWN, "now": ctx.now} if rows else None
