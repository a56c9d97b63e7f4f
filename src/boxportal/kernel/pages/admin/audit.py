"""Administration: the audit log, its export, and how long its lines are kept."""

import tempfile
from collections.abc import Iterator
from typing import IO, Annotated
from urllib.parse import urlencode

from fastapi import Form, Query
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.audit import export, retention
from boxportal.kernel.audit.chain import count_unsealed, head_of
from boxportal.kernel.audit.lines import write_entry
from boxportal.kernel.audit.log import AuditFilter, list_lines, read_filter
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.identity.models import Person
from boxportal.kernel.pages.admin.doors import AdminFresh, AdminRead, Passed, number_or_none, passes
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import ngettext
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page, see_other

router = Router(prefix="/admin/audit")
BACK = "/admin/audit"
Pass = Annotated[Passed, passes(BACK)]
MEMORY, BLOCK = 1 << 20, 1 << 16


class Typed(BaseModel):
    """The filter as it stands in the address or in a form."""

    action: str = ""
    person: str = ""
    record: str = ""
    address: str = ""
    since: str = ""
    until: str = ""

    def read(self) -> AuditFilter:
        """Raises: Invalid."""
        return read_filter(self.model_dump(), number_or_none(self.person))


class ExportForm(Typed):
    """What the export sends: the filter, and which kind of file."""

    format: export.Format = "csv"


@router.get("")
def audit_log(ctx: AdminRead, typed: Annotated[Typed, Query()], before: str = "") -> Response:
    return log_page(ctx, typed, before=number_or_none(before))


@router.post("/export")
async def audit_export(passed: Pass, form: Annotated[ExportForm, Form()]) -> Response:
    """The file is written without holding anybody up; then the log says who took it.

    Raises: Invalid.
    """
    wish = form.read()
    file = tempfile.SpooledTemporaryFile(max_size=MEMORY)  # noqa: SIM115 closed when the answer was sent
    count = await run_in_threadpool(written, passed, file, wish, form.format)
    async with passed.company.gate.passing():
        await run_in_threadpool(note_export, passed, wish, form.format, count)
    name = f"audit-{utcnow():%Y-%m-%d}.{form.format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(sent(file), media_type=export.MEDIA[form.format], headers=headers)


@router.post("/keep")
def audit_keep(ctx: AdminFresh, days: Annotated[int, Form(ge=0, le=retention.MOST)] = 0) -> Response:
    try:
        retention.keep_for(ctx, days)
    except Invalid as error:
        return log_page(ctx, Typed(), error=error)
    return see_other(ctx, BACK)


def written(passed: Passed, file: IO[bytes], wish: AuditFilter, as_format: export.Format) -> int:
    zone = passed.actor.timezone or passed.snapshot.info.timezone
    with read_session(passed.company.engines) as db:
        count = export.write_lines(file, db, wish, as_format=as_format, zone=zone)
    file.seek(0)
    return count


def note_export(passed: Passed, wish: AuditFilter, as_format: export.Format, count: int) -> None:
    with write_session(passed.company.engines) as db:
        write_entry(db, passed.actor, export.entry_of(wish, as_format, count), at=utcnow(), address=passed.address)


def sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK):
            yield block


def log_page(ctx: ReadCtx, typed: Typed, *, before: int | None = None, error: Invalid | None = None) -> Response:
    try:
        wish = typed.read()
    except Invalid as wrong:
        wish, error = AuditFilter(), wrong
    lines, last = list_lines(ctx, wish, before=before)
    query = {name: text for name, text in typed.model_dump().items() if text}
    head = head_of(ctx.db)
    return page(
        ctx,
        "kernel/admin/audit.html",
        status=error.status if error else 200,
        lines=lines,
        following=f"{BACK}?{urlencode(query | {'before': str(last)})}" if last else "",
        wish=typed,
        is_filtered=bool(query),
        people=everyone(ctx),
        words=snapshot_of(ctx).actions,
        head=head,
        waiting=count_unsealed(ctx.db, head),
        errors=errors_of(error) if error else {},
        keep=ctx.settings(retention.AuditKeep).days,
        spans=spans(),
    )


def spans() -> list[tuple[int, str]]:
    """How long lines can be kept, to choose from."""
    words = {0: _("For ever"), 180: _("Half a year")}
    return [(days, words.get(days) or years(days)) for days in retention.CHOICES]


def years(days: int) -> str:
    return ngettext("%(num)s year", "%(num)s years", days // 365, num=days // 365)


def everyone(ctx: ReadCtx) -> list[tuple[int, str]]:
    """All who are or were here, to choose from."""
    return list(ctx.db.execute(select(Person.id, Person.name).order_by(Person.name, Person.id)))
