"""What stands beside a record's own facts: panels of other modules, files, and one timeline of everything."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import quote

from sqlalchemy import Row, Select, and_, bindparam, func, or_, select

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.jobs.models import Reminder
from boxportal.kernel.records.attached import files_on
from boxportal.kernel.records.changed import changes_of
from boxportal.kernel.records.forgetting import GONE
from boxportal.kernel.records.lying import lying_on, params_of
from boxportal.kernel.records.models import Comment, RecordFile
from boxportal.kernel.records.reminding import reminders_on
from boxportal.kernel.runtime import Snapshot
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.events import RecordRef
from boxportal.sdk.formats import show_datetime
from boxportal.sdk.forms_web import zone_of
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.records import AttachedFile, RecordSide, ShownPanel, ShownReminder, TimelineEntry

SHOWN = 30


def side_of(ctx: ReadCtx, snapshot: Snapshot, ref: RecordRef) -> RecordSide:
    """Gather everything for a record page."""
    refs = with_followed(ctx, snapshot, ref)
    timeline, older = history_of(ctx, snapshot, refs, before=ctx.now + timedelta(seconds=1))
    return RecordSide(
        ref=ref,
        panels=panels_on(ctx, snapshot, ref),
        files=[shown_file(ctx, file) for file in files_on(ctx, refs)],
        timeline=timeline,
        older=older,
        reminders=[shown_reminder(ctx, row, name) for row, name in reminders_on(ctx, ref)],
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


def shown_file(ctx: ReadCtx, file: Row[RecordFile]) -> AttachedFile:
    can_remove = file.author_id == ctx.actor.id or ctx.actor.is_admin
    return AttachedFile(file.id, file.name, file.size, file.author_name, file.created_at, can_remove)


def shown_reminder(ctx: ReadCtx, row: Reminder, name: str) -> ShownReminder:
    whom = "" if row.person_id == ctx.actor.id else name
    return ShownReminder(row.id, row.text, show_datetime(row.due_at, zone_of(ctx)), whom)


def timeline_of(
    ctx: ReadCtx, snapshot: Snapshot, ref: RecordRef, *, before: datetime
) -> tuple[Sequence[TimelineEntry], str]:
    """One page of the record's history, newest first, and the address of the next one ("" at the end)."""
    return history_of(ctx, snapshot, with_followed(ctx, snapshot, ref), before=before)


def history_of(
    ctx: ReadCtx, snapshot: Snapshot, refs: Sequence[RecordRef], *, before: datetime
) -> tuple[Sequence[TimelineEntry], str]:
    """The same of a record, which stands first, together with those that it came from."""
    entries = comment_entries(ctx, refs, before)
    for one in refs:
        entries += change_entries(ctx, snapshot, one, before)
        for source in snapshot.timeline.get(one.kind, ()):
            entries = [*source.entries(ctx, one, before, SHOWN + 1), *entries]  # of one moment, they came later
    entries.sort(key=lambda entry: entry.at, reverse=True)
    if len(entries) <= SHOWN:
        return entries, ""
    page = entries[:SHOWN]
    ref = refs[0]
    return page, f"/records/{ref.kind}/{ref.id}/timeline?before={quote(page[-1].at.isoformat())}"


@cache
def newest_comments(records: int) -> Select[Comment]:
    there = select(Comment).where(lying_on(Comment, records), Comment.removed_at.is_(None))
    return there.where(Comment.created_at < bindparam("before")).order_by(Comment.id.desc()).limit(SHOWN + 1)


def comment_entries(ctx: ReadCtx, refs: Sequence[RecordRef], before: datetime) -> list[TimelineEntry]:
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
        for row in ctx.db.rows(newest_comments(len(refs)), {"before": before, **params_of(refs)})
    ]


def newest_changes(*, worded: bool) -> Select[datetime, str, str, dict[str, object], dict[str, object]]:
    """A record's audit lines: after the last one about an earlier record of this number, or about all its module's."""
    of_one = and_(AuditLine.ref_kind == bindparam("kind"), AuditLine.ref_id == bindparam("id"))
    of_all = and_(AuditLine.ref_id.is_(None), AuditLine.title == bindparam("module"))
    gone = select(func.coalesce(func.max(AuditLine.id), 0)).where(AuditLine.action == GONE, or_(of_one, of_all))
    lines = select(AuditLine.at, AuditLine.action, AuditLine.actor_name, AuditLine.before, AuditLine.after)
    mine = lines.where(of_one, AuditLine.at < bindparam("before"), AuditLine.id > gone.scalar_subquery())
    if worded:
        mine = mine.where(AuditLine.action.in_(bindparam("actions", expanding=True)))
    return mine.order_by(AuditLine.id.desc()).limit(SHOWN + 1)


CHANGES, WORDED_CHANGES = newest_changes(worded=False), newest_changes(worded=True)


def change_entries(ctx: ReadCtx, snapshot: Snapshot, ref: RecordRef, before: datetime) -> list[TimelineEntry]:
    """The audit log's lines on the record, as far as its module words them.

    As a rule it words them all, and asking for a hundred acts by name takes the database's driver longer than finding
    the lines: so that is asked only where others fill the page.
    """
    told = {action for source in snapshot.timeline.get(ref.kind, ()) for action in source.tells}
    values = {"kind": ref.kind, "id": ref.id, "module": ref.kind.partition(".")[0], "before": before}
    lines = ctx.db.rows(CHANGES, values)
    if len(lines) > SHOWN and any(line.action not in snapshot.actions for line in lines):
        lines = ctx.db.rows(WORDED_CHANGES, {**values, "actions": [*snapshot.actions]})
    return [
        TimelineEntry(at=at, icon="history", text=str(snapshot.actions[action]), who=who, changes=changes_of(old, new))
        for at, action, who, old, new in lines
        if action in snapshot.actions and action not in told
    ]
