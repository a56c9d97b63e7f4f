"""Everything that the test's module `notes` adds."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from pydantic import BaseModel
from sqlalchemy import Select, func, select, update

from boxportal.sdk.access import Scope
from boxportal.sdk.bulk import BulkAct
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.module import (
    Due,
    Job,
    ListKind,
    MenuItem,
    Module,
    RecordKind,
    SearchRow,
    SearchSource,
    record_permissions,
)
from boxportal.sdk.people import heirs
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


def visible_notes(_: ReadCtx) -> Select[Note]:
    return select(Note)


def search_rows(ctx: ReadCtx, ids: Sequence[int]) -> Sequence[SearchRow]:
    return [SearchRow(note.id, note.text, "") for note in ctx.db.scalars(select(Note).where(Note.id.in_(ids)))]


def shout(ctx: Ctx, note_id: int, _version: int | None, _value: str) -> None:
    note = one(ctx.db, select(Note).where(Note.id == note_id))
    if note.text.isupper():
        raise RuleBroken("It is loud already.")
    note.text = note.text.upper()


def take_kept_post(ctx: Ctx, payload: Mapping[str, object]) -> None:
    fields = payload["fields"]
    book = ctx.db.scalar(select(Book.id).order_by(Book.id).limit(1))
    ctx.db.add(Note(book_id=book, text=str(fields["text"]) if isinstance(fields, dict) else ""))


def count_notes(ctx: Ctx) -> None:
    ctx.db.scalar(select(func.count()).select_from(Note))


def hand_on(ctx: Ctx) -> bool:
    """Two notes at a time, so that a test sees parts."""
    given = 0
    for leaver, heir in heirs(ctx.db).items():
        some = select(Note.id).where(Note.owner_id == leaver).order_by(Note.id).limit(2 - given)
        given += ctx.db.change(update(Note).where(Note.id.in_(some)).values(owner_id=heir))
    return given == 2


MODULE = Module(
    id="notes",
    pages=routes.pages,
    api=routes.api,
    public=routes.public,
    menu=[MenuItem("Notes", "/notes", "notes.note.see")],
    permissions=record_permissions("notes.note", "Notes", ("see", "create"), {"employee": Scope.ALL}),
    records=[
        RecordKind(
            "notes.note",
            Note,
            title=Note.text,
            name="Note",
            url="/notes/{id}",
            visible=visible_notes,
            acts=[BulkAct(id="shout", title="Shout", permission="notes.note.create", run=shout)],
        )
    ],
    lists=[
        ListKind(
            key="notes.notes",
            title="Notes",
            url="/notes/list",
            permission="notes.note.see",
            listing=routes.note_listing,
            kind="notes.note",
        )
    ],
    search=[SearchSource("notes.note", search_rows)],
    jobs=[Job("count", count_notes, timedelta(hours=1))],
    due=[Due("notes.kept-post", take_kept_post)],
    settings=NotesSettings,
    on_enable=first_book,
    reconcile=hand_on,
    outside=outside,
)
