"""The bare server that pages are held against: the same libraries in the same style, without a portal around them.

One FastAPI application with sync routes, SQLAlchemy Core and Jinja2: a page of rows by one query, one insert, one
update. No sign-in, no rights, no menu, no translations; the same engine options, uvicorn settings and threads.
"""

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

import anyio.to_thread
import uvicorn
from fastapi import Body, FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment
from pydantic import BaseModel
from sqlalchemy import (
    Column,
    DateTime,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    TableClause,
    column,
    insert,
    select,
    table,
    update,
)

from boxportal.kernel.config import BoxSection
from boxportal.kernel.database.engines import open_engines

ROWS = 50


def named(name: str, *columns: str) -> TableClause:
    return table(name, *(column(c) for c in columns))


DEAL = named("crm_deal", "id", "title", "client_company_id", "stage_id", "amount", "currency", "responsible_id",
             "next_at", "expected_on", "deleted_at")  # fmt: skip
STAGE, COMPANY, PERSON = (
    named("crm_stage", "id", "title"),
    named("crm_client_company", "id", "name"),
    named("core_person", "id", "name"),
)
# What the portal's page of deals shows: the same cells, read by one query.
NEWEST = (
    select(DEAL, STAGE.c.title.label("stage"), COMPANY.c.name.label("company"), PERSON.c.name.label("person"))
    .select_from(
        DEAL.outerjoin(STAGE, STAGE.c.id == DEAL.c.stage_id)
        .outerjoin(COMPANY, COMPANY.c.id == DEAL.c.client_company_id)
        .outerjoin(PERSON, PERSON.c.id == DEAL.c.responsible_id)
    )
    .where(DEAL.c.deleted_at.is_(None))
    .order_by(DEAL.c.id.desc())
    .limit(ROWS)
)
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Deals</title></head><body><table>
{% for row in rows %}<tr><th scope="row"><a href="/deals/{{ row.id }}">{{ row.title }}</a></th>
<td><a href="/companies/{{ row.client_company_id }}">{{ row.company }}</a></td><td>{{ row.stage }}</td>
<td>{{ row.amount }} {{ row.currency }}</td><td>{{ row.person }}</td><td>{{ row.next_at or "" }}</td>
<td>{{ row.expected_on }}</td></tr>{{ fill }}
{% endfor %}</table></body></html>"""
METADATA = MetaData()
NOTE = Table(
    "bare_note", METADATA, Column("id", Integer, primary_key=True), Column("title", String(200)),
    Column("name", String(200)), Column("phone", String(60)), Column("email", String(254)),
    Column("request", String(2000)), Column("created_at", DateTime(timezone=True)),
)  # fmt: skip


class NewNote(BaseModel):
    """What the insert takes: the fields of a lead."""

    title: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    request: str = ""


def page_route(app: FastAPI, url: str, size: int) -> None:
    """`GET /page`: fifty deals by one query, padded to `size` bytes."""
    engine = open_engines(url).reader
    with engine.connect() as connection:
        rows = connection.execute(NEWEST).all()
    environment = Environment(autoescape=True)
    missing = max(size - len(environment.from_string(PAGE).render(rows=rows, fill="").encode()), 0)
    filled = PAGE.replace("{{ fill }}", "x" * (missing // max(len(rows), 1)))
    template = environment.from_string(filled)

    @app.get("/page")
    def page() -> Response:
        with engine.connect() as connection:
            rows = connection.execute(NEWEST).all()
        return HTMLResponse(template.render(rows=rows))


def note_routes(app: FastAPI, url: str) -> None:
    """`POST /notes` and `PATCH /notes/1`: one statement each, committed to the disk."""
    engine: Engine = open_engines(url).writer
    METADATA.create_all(engine)

    @app.post("/notes")
    def note_create(note: Annotated[NewNote, Body()]) -> Response:
        with engine.begin() as connection:
            made = connection.execute(insert(NOTE).values(**note.model_dump(), created_at=datetime.now(UTC)))
        return JSONResponse({"id": made.inserted_primary_key[0]}, status_code=201)

    @app.patch("/notes/{note_id}")
    def note_change(note_id: int, note: Annotated[NewNote, Body()]) -> Response:
        with engine.begin() as connection:
            connection.execute(update(NOTE).where(NOTE.c.id == note_id).values(title=note.title))
        return JSONResponse({"id": note_id})


def build(*, page_url: str, size: int, note_url: str, threads: int) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = threads
        yield

    app = FastAPI(lifespan=lifespan, openapi_url=None)

    @app.get("/healthz")
    def healthz() -> Response:
        return JSONResponse({"ok": True})

    if page_url:
        page_route(app, page_url, size)
    if note_url:
        note_routes(app, note_url)
    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--page-url", default="", help="the database whose deals the page shows")
    parser.add_argument("--size", type=int, default=0, help="how many bytes the page has")
    parser.add_argument("--note-url", default="", help="the database that rows are inserted into")
    parser.add_argument("--threads", type=int, default=BoxSection().threads)
    asked = parser.parse_args()
    app = build(page_url=asked.page_url, size=asked.size, note_url=asked.note_url, threads=asked.threads)
    uvicorn.run(
        app, host="127.0.0.1", port=asked.port, log_config=None, access_log=False, server_header=False,
        proxy_headers=False, timeout_keep_alive=30, limit_concurrency=400,
    )  # fmt: skip


if __name__ == "__main__":
    main()
