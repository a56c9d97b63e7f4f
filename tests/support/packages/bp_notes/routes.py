"""Pages, public paths and API of notes."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from pydantic import BaseModel
from sqlalchemy import func, select

from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.web import reads, writes
from bp_notes.models import Book, Note

pages = APIRouter()
public = APIRouter()
api = APIRouter()


class NewNote(BaseModel):
    """A note as a program sends it."""

    text: str


@pages.get("/notes")
def note_list(ctx: Annotated[ReadCtx, reads("notes.note.see")]) -> Response:
    number = ctx.db.scalar(select(func.count()).select_from(Note))
    return PlainTextResponse(f"{number} notes")


@api.post("/api/v1/notes/notes")
def note_add(ctx: Annotated[Ctx, writes("notes.note.create")], new: NewNote) -> Response:
    book = ctx.db.scalar(select(Book.id).order_by(Book.id).limit(1))
    ctx.db.add(Note(book_id=book, owner_id=ctx.actor.id, text=new.text))
    return PlainTextResponse("added", status_code=201)


@public.get("/pad/{slug}")
def pad(ctx: Annotated[ReadCtx, reads(public=True)], slug: str) -> Response:
    return PlainTextResponse(f"pad {slug} of {ctx.company.title}")
