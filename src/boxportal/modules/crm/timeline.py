"""What the CRM adds to the history of its records: what was done with the client, and how it all began."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, bindparam, select

from boxportal.contracts.crm import LEAD
from boxportal.modules.crm.activities import ICONS, KINDS, OUTCOMES
from boxportal.modules.crm.models.deals import Activity, Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.wording import source_word
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.people import person
from boxportal.sdk.records import TimelineEntry

DONE = (
    select(Activity, person.c.name.label("who"))
    .outerjoin(person, person.c.id == Activity.responsible_id)
    .where(
        Activity.ref_kind == bindparam("kind"),
        Activity.ref_id == bindparam("id"),
        Activity.done_at < bindparam("before"),
    )
    .order_by(Activity.done_at.desc())
    .limit(bindparam("most"))
)


def done_activities(ctx: ReadCtx, ref: RecordRef, before: datetime, limit: int) -> Sequence[TimelineEntry]:
    """The record's calls, meetings, mails and to-dos that are done."""
    rows = ctx.db.rows(DONE, {"kind": ref.kind, "id": ref.id, "before": before, "most": limit})
    return [entry_of(row, row.who or "") for row in rows]


def entry_of(activity: "Row[Activity, str | None]", who: str) -> TimelineEntry:
    outcome = OUTCOMES.get(activity.result)
    title = activity.title if activity.title != str(KINDS[activity.kind]) else ""
    text = _("done: %(title)s", title=title or KINDS[activity.kind])
    if outcome is not None:
        text = f"{title or KINDS[activity.kind]}: {outcome}"
    return TimelineEntry(
        at=activity.done_at or activity.created_at,
        icon=ICONS[activity.kind],
        text=text,
        who=who,
        body="" if outcome is not None else activity.result,
    )


def arrival(ctx: ReadCtx, ref: RecordRef, before: datetime, _limit: int) -> Sequence[TimelineEntry]:
    """The request as it came in, and who took it in where somebody did."""
    lead = ctx.db.get(Lead, ref.id)
    if lead is None or lead.created_at >= before:
        return []
    source = source_word(ctx, lead.source)
    text = _("The request came in (%(source)s)", source=source) if source else _("The request came in")
    who = ctx.db.scalar(select(person.c.name).where(person.c.id == lead.created_by)) if lead.created_by else None
    if who:
        text = _("took the request in")
    return [TimelineEntry(at=lead.created_at, icon="inbox", text=text, who=who or "", body=lead.request)]


def lead_behind(ctx: ReadCtx, deal_id: int) -> Sequence[RecordRef]:
    """The lead that a deal came from: its files and history are shown with the deal's own."""
    deal = ctx.db.get(Deal, deal_id)  # the deal's own page holds it already
    return (RecordRef(LEAD, deal.lead_id),) if deal is not None and deal.lead_id is not None else ()
