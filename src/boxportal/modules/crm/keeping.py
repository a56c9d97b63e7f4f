"""Records of the CRM that may be given a term: leads that came to nothing, and what lies in the trash."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, update

from boxportal.contracts.crm import CONTACT, LEAD
from boxportal.modules.crm.models.clients import Contact
from boxportal.modules.crm.models.deals import Activity, Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.personal import Retention

LOST = ("dropped", "spam", "quarantined")
Kept = type[Lead] | type[Contact]


def lost(before: datetime) -> Sequence[ColumnElement[bool]]:
    """Leads that were dropped or are spam, untouched since; one that a deal was made of is none."""
    used = select(Deal.lead_id).where(Deal.lead_id.is_not(None))
    return Lead.status.in_(LOST), Lead.updated_at < before, Lead.id.not_in(used)


def count_lost(ctx: ReadCtx, before: datetime) -> int:
    return ctx.db.scalar(select(func.count()).select_from(Lead).where(*lost(before))) or 0


def remove_lost(ctx: Ctx, before: datetime, most: int) -> int:
    return remove(ctx, Lead, list(ctx.db.scalars(select(Lead.id).where(*lost(before)).order_by(Lead.id).limit(most))))


def in_trash(model: Kept, before: datetime) -> ColumnElement[bool]:
    return model.deleted_at < before


def count_trash(ctx: ReadCtx, before: datetime) -> int:
    counts = (select(func.count()).select_from(model).where(in_trash(model, before)) for model in (Lead, Contact))
    return sum(ctx.db.scalar(count) or 0 for count in counts)


def remove_trash(ctx: Ctx, before: datetime, most: int) -> int:
    models: tuple[Kept, ...] = (Lead, Contact)
    gone = 0
    for model in models:
        old = select(model.id).where(in_trash(model, before)).order_by(model.id).limit(most - gone)
        gone += remove(ctx, model, list(ctx.db.scalars(old)))
    return gone


def remove(ctx: Ctx, model: Kept, ids: list[int]) -> int:
    """Delete these rows for good, with their activities and what lies on them."""
    kind = LEAD if model is Lead else CONTACT
    if not ids:
        return 0
    ctx.db.change(delete(Activity).where(Activity.ref_kind == kind, Activity.ref_id.in_(ids)))
    if model is Lead:
        ctx.db.change(update(Lead).where(Lead.spam_of.in_(ids)).values(spam_of=None))
    ctx.db.change(delete(model).where(model.id.in_(ids)))
    for number in ids:
        ctx.forget(RecordRef(kind, number))
    return len(ids)


KEEPS = (
    Retention(id="crm.lost-leads", title=_l("Leads that were dropped, and spam"), count=count_lost, remove=remove_lost),
    Retention(id="crm.trash", title=_l("Leads and contacts in the trash"), count=count_trash, remove=remove_trash),
)
