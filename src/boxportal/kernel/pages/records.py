"""Comments, files and the older timeline of any record."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import File, Form, Request, UploadFile
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.files.blobs import path_of, store
from boxportal.kernel.files.naming import is_inline
from boxportal.kernel.records import attached
from boxportal.kernel.records.comments import remove_comment, write_comment
from boxportal.kernel.records.reach import require_visible
from boxportal.kernel.records.side import timeline_of
from boxportal.kernel.running import company_of, snapshot_of
from boxportal.kernel.web.limits import UPLOAD_BYTES
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import Invalid, NotFound
from boxportal.sdk.events import RecordRef
from boxportal.sdk.routing import Router
from boxportal.sdk.web import Door, RecordId, edge_of, page, reads, see_other, writes

router = Router()
Reader = Annotated[ReadCtx, reads()]
Writer = Annotated[Ctx, writes()]
SANDBOX = "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'"


@router.get("/records/{kind}/{record_id}/timeline")
def timeline(ctx: Reader, kind: str, record_id: RecordId, before: datetime) -> Response:
    ref = RecordRef(kind, record_id)
    require_visible(ctx, ref)
    moment = before if before.tzinfo else before.replace(tzinfo=UTC)
    entries, older = timeline_of(ctx, snapshot_of(ctx), ref, before=moment)
    return page(ctx, "kernel/_timeline.html", entries=entries, older=older)


@router.post("/records/{kind}/{record_id}/comments")
def comment_write(ctx: Writer, kind: str, record_id: RecordId, text: Annotated[str, Form()] = "") -> Response:
    ref = RecordRef(kind, record_id)
    try:
        written = write_comment(ctx, ref, text)
    except Invalid as error:
        values = {"number": error.status, "title": str(error.fields["text"]), "fields": {}, "kept": text}
        return page(ctx, "kernel/error.html", status=error.status, **values)
    not_told = f"?not_told={len(written.not_told)}" if written.not_told else ""
    return see_other(ctx, f"{ctx.services.address(ref)}{not_told}#comment-{written.comment.id}")


@router.post("/comments/{comment_id}/remove")
def comment_remove(ctx: Writer, comment_id: RecordId) -> Response:
    return see_other(ctx, ctx.services.address(remove_comment(ctx, comment_id)))


@router.post("/records/{kind}/{record_id}/files")
async def file_add(
    request: Request, kind: str, record_id: RecordId, file: Annotated[list[UploadFile], File()]
) -> Response:
    """The bytes are stored before the writers' gate is taken; a blob without a row is swept away after a day."""
    edge, ref = edge_of(request), RecordRef(kind, record_id)
    async with edge.reading(request, Door()) as reader:
        await run_in_threadpool(require_visible, reader, ref)
        folder, address = company_of(reader).files, reader.services.address(ref)
    blobs = [(f.filename or "", await run_in_threadpool(store, folder, f.file, limit=UPLOAD_BYTES)) for f in file]
    async with edge.writing(request, Door()) as ctx:
        for name, blob in blobs:
            await run_in_threadpool(attached.attach_file, ctx, ref, name, blob)
    return RedirectResponse(f"{address}#files", status_code=303)


@router.get("/files/{file_id}")
def file_open(ctx: Reader, file_id: RecordId) -> Response:
    file = attached.open_file(ctx, file_id)
    path = path_of(company_of(ctx).files, file.blob)
    if not path.exists():
        raise NotFound
    ctx.audit_reading(AuditEntry(action="core.file.open", ref=RecordRef(file.kind, file.record_id), title=file.name))
    shown = "inline" if is_inline(file.media_type) else "attachment"
    headers = {"Content-Security-Policy": SANDBOX, "Cache-Control": "private, max-age=3600"}
    return FileResponse(
        path, media_type=file.media_type, filename=file.name, content_disposition_type=shown, headers=headers
    )


@router.post("/files/{file_id}/remove")
def file_remove(ctx: Writer, file_id: RecordId) -> Response:
    return see_other(ctx, f"{ctx.services.address(attached.remove_file(ctx, file_id))}#files")
