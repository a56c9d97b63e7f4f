"""What stands beside a record's own facts: panels of other modules, files, and one timeline of everything."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from sqlalchemy import ScalarSelect, and_, func, or_, select

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.records.attached import files_on
from boxportal.kernel.records.forgetting import GONE
from boxportal.kernel.records.models import Comment, RecordFile
from boxportal.kernel.runtime import Snapshot
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.people import active_people
from boxportal.sdk.records import AttachedFile, Change, RecordSide, ShownPanel, TimelineEntry

SHOWN = 30
MOST_PEOPLE = 500


def side_of(ctx: ReadCtx, snapshot: Snapshot, ref: RecordRef) -> RecordSide:
    """Gather everything for a record page."""
    timeline, older = timeline_of(ctx, snapshot, ref, before=ctx.now + timedelta(seconds=1))
    return RecordSide(
        ref=ref,
        panels=panels_on(ctx, snapshot, ref),
        files=[shown_file(ctx, file) for one in with_followed(ctx, snapshot, ref) for file in files_on(ctx, one)],
        timeline=timeline,
        older=older,
        people=[row[1] for row in ctx.db.execute(active_people().limit(MOST_PEOPLE))],
    )


def with_followed(ctx: ReadCtx, snapshot: Snapshot, ref: RecordRef) -> Sequence[RecordRef]:
    """The record, and those that it came from."""
    kind = snapshot.kinds.get(ref.kind)
    return (ref, *(kind.follows(ctx, ref.id) if kind is not None and kind.follows is not None else ()))


def panels_on(ctx: ReadCtx, snapshot: Snapshot, ref: RecordRef) -> list[ShownPanel]:
    """The cards that modules put on this kind's page, as far as the actor may see them."""
    shown = []
    for panel in snapshot.panels.get(ref.kind, ()):
        values = panel.values(ctx, ref) if not panel.permission or ctx.can(panel.permission) else None
        if values is not None:
            shown.append(ShownPanel(panel.id, str(panel.title), panel.template, dict(values)))
    return shown


def shown_file(ctx: ReadCtx, file: RecordFile) -> AttachedFile:
    can_remove = file.author_id == ctx.actor.id or ctx.actor.is_admin
    return AttachedFile(file.id, file.name, file.size, file.author_name, file.created_at, can_remove)


def timeline_of(
    ctx: ReadCtx, snapshot: Snapshot, ref: RecordRef, *, before: datetime
) -> tuple[Sequence[TimelineEntry], str]:
    """One page of the record's history, newest first, and the address of the next one ("" at the end)."""
    entries: list[TimelineEntry] = []
    for one in with_followed(ctx, snapshot, ref):
        entries += [*comment_entries(ctx, one, before), *change_entries(ctx, snapshot, one, before)]
        for source in snapshot.timeline.get(one.kind, ()):
            entries += source.entries(ctx, one, before, SHOWN + 1)
    entries.sort(key=lambda entry: entry.at, reverse=True)
    if len(entries) <= SHOWN:
        return entries, ""
    page = entries[:SHOWN]
    return page, f"/records/{ref.kind}/{ref.id}/timeline?before={quote(page[-1].at.isoformat())}"


def comment_entries(ctx: ReadCtx, ref: RecordRef, before: datetime) -> list[TimelineEntry]:
    rows = ctx.db.scalars(
        select(Comment)
        .where(
            Comment.kind == ref.kind,
            Comment.record_id == ref.id,
            Comment.removed_at.is_(None),
            Comment.created_at < before,
        )
        .order_by(Comment.id.desc())
        .limit(SHOWN + 1)
    )
    return [
        TimelineEntry(
            at=row.created_at,
            icon="message",
            text=_("commented"),
            who=row.author_name,
            body=row.text,
            comment_id=row.id,
            can_remove=row.author_id == ctx.actor.id or ctx.actor.is_admin,
        )
        for row in rows
    ]


def change_entries(ctx: ReadCtx, snapshot: Snapshot, ref: RecordRef, before: datetime) -> list[TimelineEntry]:
    """The audit log's lines on the record, as far as its module words them."""
    rows = ctx.db.scalars(
        select(AuditLine)
        .where(
            AuditLine.ref_kind == ref.kind,
            AuditLine.ref_id == ref.id,
            AuditLine.at < before,
            AuditLine.action.in_(snapshot.actions),
            AuditLine.id > begun_after(ref),
        )
        .order_by(AuditLine.id.desc())
        .limit(SHOWN + 1)
    )
    return [
        TimelineEntry(
            at=row.at,
            icon="history",
            text=str(snapshot.actions[row.action]),
            who=row.actor_name,
            changes=changes_of(row.before, row.after),
        )
        for row in rows
    ]


def begun_after(ref: RecordRef) -> ScalarSelect[int]:
    """The audit log's last line about an earlier record of this number, or about all of its module's; else 0."""
    module = ref.kind.partition(".")[0]
    of_one = and_(AuditLine.ref_kind == ref.kind, AuditLine.ref_id == ref.id)
    of_all = and_(AuditLine.ref_id.is_(None), AuditLine.title == module)
    gone = select(func.coalesce(func.max(AuditLine.id), 0)).where(AuditLine.action == GONE, or_(of_one, of_all))
    return gone.scalar_subquery()


def changes_of(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[Change, ...]:
    """What differs, field by field; a field that is empty on both sides is left out."""
    names = dict.fromkeys([*before, *after])
    pairs = [(_(name), shown(before.get(name)), shown(after.get(name))) for name in names]
    return tuple(Change(name=name, before=old, after=new) for name, old, new in pairs if old != new)


def shown(value: object) -> str:
    return "" if value is None else str(value)
