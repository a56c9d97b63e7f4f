"""Everything that the test's module `notes` adds."""

from collections.abc import Sequence
from datetime import timedelta

from pydantic import BaseModel
from sqlalchemy import func, select

from boxportal.sdk.access import Scope
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.module import Job, MenuItem, Module, record_permissions
from bp_notes import routes
from bp_notes.models import Book, Note


class NotesSettings(BaseModel):
    """Settings of notes."""

    colour: str = "yellow"


def first_book(ctx: Ctx) -> None:
    ctx.db.add(Book(title="First book"))


def outside(ctx: ReadCtx) -> Sequence[tuple[str, int]]:
    number = ctx.db.scalar(select(func.count()).select_from(Note)) or 0
    return [("public pads", number)]


def count_notes(ctx: Ctx) -> None:
    ctx.db.scalar(select(func.count()).select_from(Note))


MODULE = Module(
    id="notes",
    pages=routes.pages,
    api=routes.api,
    public=routes.public,
    menu=[MenuItem("Notes", "/notes", "notes.note.see")],
    permissions=record_permissions("notes.note", "Notes", ("see", "create"), {"employee": Scope.ALL}),
    jobs=[Job("count", count_notes, timedelta(hours=1))],
    settings=NotesSettings,
    on_enable=first_book,
    outside=outside,
)
