"""The trash: records are moved there, and come back from there as they were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import select

from boxportal.contracts.crm import CLIENT_COMPANY, CONTACT, DEAL, LEAD
from boxportal.modules.crm.deals import weight_of
from boxportal.modules.crm.kinds import MODELS, Row, title_of
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.leads import Lead
from boxportal.modules.crm.pipelines import shift_reached, shift_totals
from boxportal.modules.crm.saving import require_version
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import NotFound
from boxportal.sdk.events import RecordRef
from boxportal.sdk.people import person

SHOWN = 200
ICONS = {LEAD: "inbox", DEAL: "briefcase", CONTACT: "user", CLIENT_COMPANY: "building"}


@dataclass(frozen=True, slots=True)
class Trashed:
    """A record in the trash."""

    ref: RecordRef
    title: str
    icon: str
    at: datetime
    by: str


def trash_record(ctx: Ctx, ref: RecordRef, *, version: int | None = None) -> None:
    """Move a record to the trash: out of lists, search, totals and reminders.

    Raises: NotFound when it is missing, or the actor may not see or delete it; Stale.
    """
    row = deletable(ctx, ref, in_trash=False)
    require_version(row, version, {})
    before = weight_of(row) if isinstance(row, Deal) else None
    row.deleted_at, row.deleted_by, row.version = ctx.now, ctx.actor.id, row.version + 1
    if isinstance(row, Deal):
        shift_totals(ctx.db, before, None)
        shift_reached(ctx.db, row, -1)
    if isinstance(row, Lead):
        row.remind_at = None
    ctx.db.flush()
    ctx.unindex(ref)
    ctx.audit(AuditEntry(action=f"{ref.kind}.delete", ref=ref, title=title_of(row)))


def restore_record(ctx: Ctx, ref: RecordRef) -> None:
    """Bring a record back from the trash.

    Raises: NotFound.
    """
    row = deletable(ctx, ref, in_trash=True)
    row.deleted_at, row.deleted_by, row.version = None, None, row.version + 1
    if isinstance(row, Deal):
        shift_totals(ctx.db, None, weight_of(row))
        shift_reached(ctx.db, row, 1)
    if isinstance(row, Lead) and row.status == "new" and row.answered_at is None:
        row.remind_at = ctx.now
    ctx.db.flush()
    ctx.index(ref)
    ctx.audit(AuditEntry(action=f"{ref.kind}.restore", ref=ref, title=title_of(row)))


def deletable(ctx: ReadCtx, ref: RecordRef, *, in_trash: bool) -> Row:
    model = MODELS.get(ref.kind)
    if model is None:
        raise NotFound
    may = (ctx.reach(f"{ref.kind}.{verb}", model.responsible_id) for verb in ("see", "delete"))
    where = model.deleted_at.is_not(None) if in_trash else model.deleted_at.is_(None)
    row = one(ctx.db, select(model).where(model.id == ref.id, where, *may))
    return cast("Row", row)


def list_trash(ctx: ReadCtx) -> Sequence[Trashed]:
    """What lies in the trash and the actor may bring back, newest first."""
    found: list[Trashed] = []
    for kind, model in MODELS.items():
        may = (ctx.reach(f"{kind}.{verb}", model.responsible_id) for verb in ("see", "delete"))
        rows = ctx.db.execute(
            select(model, person.c.name)
            .outerjoin(person, person.c.id == model.deleted_by)
            .where(model.deleted_at.is_not(None), *may)
            .order_by(model.deleted_at.desc())
            .limit(SHOWN)
        )
        found += [Trashed(row.ref, title_of(row), ICONS[kind], row.deleted_at, name or "") for row, name in rows]
    return sorted(found, key=lambda trashed: trashed.at, reverse=True)[:SHOWN]
