"""What lies on a person's records: comments, files, reminders, notices, and lines of the audit log."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, select, update

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.jobs.models import Reminder
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.records.models import Comment, RecordFile
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import plain_table
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.personal import PART, Fate, Held, HeldFile, Subject, parts, rows_of

CHAIN = _l("The audit log is sealed against changes: its lines stay until their term is over.")
NAMED = _l("It lies on a record that stays; the person's name is taken out.")
ON = {"core_comment": ("kind", "record_id"), "core_file": ("kind", "record_id"), "core_reminder": ("kind", "record_id"),
      "core_notice": ("ref_kind", "ref_id"), "core_audit": ("ref_kind", "ref_id")}  # fmt: skip
GOES = (Fate.REMOVED, Fate.EMPTIED)


def on_records(table: Table, refs: Iterable[RecordRef]) -> Iterator[ColumnElement[bool]]:
    """Conditions that together find the rows on these records, each short enough for one statement."""
    kind_name, id_name = ON[table.name]
    ordered = sorted(refs, key=lambda ref: ref.kind)
    for kind, group in groupby(ordered, key=lambda ref: ref.kind):
        for part in parts(ref.id for ref in group):
            yield and_(table.c[kind_name] == kind, table.c[id_name].in_(part))


def lying(ctx: ReadCtx, model: type[Any], refs: Iterable[RecordRef]) -> list[dict[str, object]]:
    table = plain_table(model)
    return [row for where in on_records(table, refs) for row in rows_of(ctx.db, table, where)]


def sides(ctx: ReadCtx, subject: Subject) -> list[Held]:
    """What lies on the person's own records and goes with them, and what the audit log says of these."""
    going = [ref for ref, fate in subject.records.items() if fate in GOES]
    staying = [ref for ref, fate in subject.records.items() if fate not in GOES]
    files = lying(ctx, RecordFile, going)
    named = [row for row in lying(ctx, Comment, staying) if subject.is_in(f"{row['text']}\n{row['author_name']}")]
    return [
        Held(id="core.comments", title=_l("Comments"), rows=lying(ctx, Comment, going), fate=Fate.REMOVED),
        Held(id="core.comments-named", title=_l("Comments that name the person"), rows=named, fate=Fate.NAMELESS,
             why=NAMED),
        Held(id="core.files", title=_l("Files"), rows=files, fate=Fate.REMOVED,
             files=[HeldFile(str(row["name"]), str(row["blob"])) for row in files]),
        Held(id="core.files-staying", title=_l("Files on records that stay"), rows=lying(ctx, RecordFile, staying),
             fate=Fate.STAYS, why=_l("Nobody but you can say whether a file is about this person: look, and remove it "
                                     "on its record.")),
        Held(id="core.reminders", title=_l("Reminders"), rows=lying(ctx, Reminder, going), fate=Fate.REMOVED),
        Held(id="core.notices", title=_l("Notices about these records"), rows=lying(ctx, InboxNotice, going),
             fate=Fate.REMOVED),
        Held(id="core.audit", title=_l("Lines of the audit log"), rows=lying(ctx, AuditLine, subject.records),
             fate=Fate.STAYS, why=CHAIN),
    ]  # fmt: skip


def erase_sides(ctx: Ctx, subject: Subject, instead: str) -> list[str]:
    """Delete what lies on the person's own records, and take the name out of comments on others' records.

    Returns the contents that no row names any more.
    """
    staying = [ref for ref, fate in subject.records.items() if fate not in GOES]
    for row in lying(ctx, Comment, staying):
        text = subject.without(str(row["text"]), instead)
        if text != row["text"]:
            ctx.db.change(update(Comment).where(Comment.id == row["id"]).values(text=text))
    going = [ref for ref, fate in subject.records.items() if fate in GOES]
    blobs = {str(row["blob"]) for row in lying(ctx, RecordFile, going)}
    for model in (Comment, RecordFile, Reminder, InboxNotice):
        table = plain_table(model)
        for where in on_records(table, going):
            ctx.db.change(delete(table).where(where))
    ctx.unindex(*(ref for ref in going if subject.records[ref] is Fate.REMOVED))
    kept: set[str] = set()
    for start in range(0, len(blobs), PART):
        some = sorted(blobs)[start : start + PART]
        kept |= set(ctx.db.scalars(select(RecordFile.blob).where(RecordFile.blob.in_(some)).distinct()))
    return sorted(blobs - kept)
