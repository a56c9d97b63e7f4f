"""A record that is gone for good takes along what lies on it; its number may be given to another one later."""

from sqlalchemy import delete

from boxportal.kernel.jobs.models import Reminder
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.records.models import Comment, RecordFile
from boxportal.sdk.context import AuditEntry, Ctx
from boxportal.sdk.events import RecordRef

GONE = "core.record.gone"
"""The audit log's act after which a record's history begins anew: of one record, or (without one) of a module's all."""


def forget_record(ctx: Ctx, ref: RecordRef) -> None:
    """Delete the comments, files, reminders and notices of a record that was deleted.

    The audit log keeps its lines; a later record of the same number does not show them.
    """
    ctx.unindex(ref)
    for table in (Comment, RecordFile, Reminder):
        ctx.db.change(delete(table).where(table.kind == ref.kind, table.record_id == ref.id))
    ctx.db.change(delete(InboxNotice).where(InboxNotice.ref_kind == ref.kind, InboxNotice.ref_id == ref.id))
    ctx.audit(AuditEntry(action=GONE, ref=ref))
