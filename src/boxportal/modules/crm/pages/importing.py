"""Bringing leads in from a file: choose it, see what it makes, keep it."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import File, UploadFile
from fastapi.responses import Response

from boxportal.modules.crm import importing
from boxportal.modules.crm.choosing import people
from boxportal.modules.crm.importing import FIELDS, MOST_BYTES, SHOWN, Report, Table
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.forms import Typed
from boxportal.sdk.forms_web import TypedForm
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page, reads, writes

router = Router(prefix="/crm/leads/import")
Reader = Annotated[ReadCtx, reads("crm.lead.create")]
Maker = Annotated[Ctx, writes("crm.lead.create")]


@router.get("")
def lead_import(ctx: Reader) -> Response:
    return page(ctx, "crm/lead_import.html", errors={})


@router.post("")
def lead_import_read(ctx: Maker, file: Annotated[UploadFile, File()]) -> Response:
    """Show what the file makes; nothing is kept."""
    try:
        text = importing.text_of(file.file.read(MOST_BYTES + 1))
        table = importing.read_table(text)
    except Invalid as error:
        return page(ctx, "crm/lead_import.html", status=422, errors=error.fields)
    return preview(ctx, text, table, importing.guess_columns(table), ctx.actor.id)


@router.post("/keep")
def lead_import_keep(typed: TypedForm, ctx: Maker) -> Response:
    """Keep it, or show again what other columns make."""
    try:
        text = next(iter(typed.get("content", ())), "")
        table = importing.read_table(text)
        columns, responsible = columns_of(typed, table), person_of(ctx, typed)
    except Invalid as error:
        return page(ctx, "crm/lead_import.html", status=422, errors=error.fields)
    if not typed.get("keep"):
        return preview(ctx, text, table, columns, responsible)
    report = importing.run_import(ctx, table, columns, responsible)
    return page(ctx, "crm/lead_imported.html", report=report)


def preview(ctx: ReadCtx, text: str, table: Table, columns: Mapping[str, int], responsible: int | None) -> Response:
    report: Report = importing.try_import(ctx, table, columns)
    return page(
        ctx,
        "crm/lead_import_preview.html",
        text=text,
        head=list(enumerate(table.head)),
        rows=table.rows[:SHOWN],
        fields=FIELDS,
        columns=columns,
        report=report,
        people=people(ctx),
        responsible=responsible,
    )


def columns_of(typed: Typed, table: Table) -> dict[str, int]:
    """Which column was chosen for which field; none for what is left out."""
    chosen: dict[str, int] = {}
    for name in FIELDS:
        text = next(iter(typed.get(f"column.{name}", ())), "")
        if text.isdecimal() and len(text) < 4 and int(text) < len(table.head):  # noqa: PLR2004 no file has so many columns
            chosen[name] = int(text)
    return chosen


def person_of(ctx: ReadCtx, typed: Typed) -> int:
    """Who was chosen to be responsible.

    Raises: Invalid for nobody who works here.
    """
    text = next(iter(typed.get("responsible_id", ())), "")
    found = next((key for key, _name in people(ctx) if str(key) == text), None)
    if not isinstance(found, int):
        raise Invalid({"": _("Choose who is responsible.")})
    return found
