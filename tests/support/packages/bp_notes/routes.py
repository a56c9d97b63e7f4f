"""Pages, public paths and API of notes."""

from typing import Annotated

from fastapi.responses import PlainTextResponse, Response
from pydantic import BaseModel
from sqlalchemy import func, select

from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.lists import ChoiceFilter, Column, Listing, ListSpec, PersonFilter
from boxportal.sdk.lists_web import listing_page
from boxportal.sdk.people import active_people
from boxportal.sdk.routing import Router
from boxportal.sdk.web import reads, writes
from bp_notes.models import Book, Note

NOTES = ListSpec(
    key="notes.notes",
    id=Note.id,
    columns=(
        Column(key="text", label="Text", expr=Note.text),
        Column(key="book", label="Book", expr=Note.book_id, kind="choice"),
    ),
    filters=(ChoiceFilter("book", "Book", Note.book_id), PersonFilter("owner", "Owner", Note.owner_id)),
)

pages = Router()
public = Router()
api = Router()


class NewNote(BaseModel):
    """A note as a program sends it."""

    text: str


@pages.get("/notes")
def note_list(ctx: Annotated[ReadCtx, reads("notes.note.see")]) -> Response:
    number = ctx.db.scalar(select(func.count()).select_from(Note))
    return PlainTextResponse(f"{number} notes")


def note_listing(ctx: ReadCtx, _query: str) -> Listing:
    books = [(row[0], row[1]) for row in ctx.db.execute(select(Book.id, Book.title))]
    people = [(row[0], row[1]) for row in ctx.db.execute(active_people())]
    return Listing(spec=NOTES, base=select(Note), choices={"book": books, "owner": people})


@pages.get("/notes/list")
def note_page(ctx: Annotated[ReadCtx, reads("notes.note.see")]) -> Response:
    return listing_page(ctx, "notes/list.html", note_listing(ctx, ctx.origin.query))


@api.post("/api/v1/notes/notes")
def note_add(ctx: Annotated[Ctx, writes("notes.note.create")], new: NewNote) -> Response:
    book = ctx.db.scalar(select(Book.id).order_by(Book.id).limit(1))
    ctx.db.add(Note(book_id=book, owner_id=ctx.actor.id, text=new.text))
    return PlainTextResponse("added", status_code=201)


@public.get("/pad/{slug}")
def pad(ctx: Annotated[ReadCtx, reads(public=True)], slug: str) -> Response:
    return PlainTextResponse(f"pad {slug} of {ctx.company.title}")
