"""Files on records: seen, added and removed by whoever may see the record."""

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Row, Select, select

from boxportal.kernel.files.blobs import Blob
from boxportal.kernel.files.naming import clean_name, media_type_of
from boxportal.kernel.records.lying import lying_on, params_of
from boxportal.kernel.records.models import RecordFile
from boxportal.kernel.records.reach import require_visible
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import NotPermitted
from boxportal.sdk.events import RecordRef

MOST_SHOWN = 100


@cache
def newest_files(records: int) -> Select[RecordFile]:
    still_there = select(RecordFile).where(lying_on(RecordFile, records), RecordFile.removed_at.is_(None))
    return still_there.order_by(RecordFile.id.desc()).limit(MOST_SHOWN)


def files_on(ctx: ReadCtx, refs: Sequence[RecordRef]) -> Sequence[Row[RecordFile]]:
    """The files of these records, newest first. The caller has checked that they are visible."""
    return ctx.db.rows(newest_files(len(refs)), params_of(refs))


def attach_file(ctx: Ctx, ref: RecordRef, name: str, blob: Blob) -> RecordFile:
    """Put a stored blob on a record under a name.

    Raises: NotFound.
    """
    require_visible(ctx, ref)
    name = clean_name(name)
    file = RecordFile(
        kind=ref.kind,
        record_id=ref.id,
        name=name,
        blob=blob.sha256,
        size=blob.size,
        media_type=media_type_of(name),
        author_id=ctx.actor.id,
        author_name=ctx.actor.name,
        created_at=ctx.now,
    )
    ctx.db.add(file)
    ctx.db.flush()
    return file


def open_file(ctx: ReadCtx, file_id: int) -> RecordFile:
    """A file whose record the actor may see.

    Raises: NotFound.
    """
    file = one(ctx.db, select(RecordFile).where(RecordFile.id == file_id, RecordFile.removed_at.is_(None)))
    require_visible(ctx, RecordRef(file.kind, file.record_id))
    return file


def remove_file(ctx: Ctx, file_id: int) -> RecordRef:
    """Take a file off its record: who put it there may, and an administrator.

    Raises: NotFound, NotPermitted.
    """
    file = open_file(ctx, file_id)
    if file.author_id != ctx.actor.id and not ctx.actor.is_admin:
        raise NotPermitted
    file.removed_at = ctx.now
    return RecordRef(file.kind, file.record_id)
