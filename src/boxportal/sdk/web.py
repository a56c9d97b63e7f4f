"""What a route needs: contexts as named dependencies, pages, redirects and answers that a repetition repeats."""

import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Depends, Header, Path, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel

from boxportal.sdk.context import Answer, Ctx, ReadCtx
from boxportal.sdk.database import MAX_ID
from boxportal.sdk.errors import ProofNeeded

EDGE = "boxportal.edge"
FRESH = timedelta(minutes=15)
FULL, SECOND, ENROL = "full", "second", "enrol"
"""What a session is: whole, or without its second step yet, or of somebody who has to set one up."""
ONLY_FULL, OR_ENROLLING, ANY_STAGE = (FULL,), (FULL, ENROL), (FULL, SECOND, ENROL)
WORTH = 2_000  # bytes from which a page is worth compressing
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Door:
    """Who may pass: a permission, any signed-in person (None), or also outsiders (`public`).

    `anywhere` accepts posts from pages of other sites and knows nobody, whatever cookie comes: only the public form
    has it, and a test pins the list. `box` is for administrators of the first company, who look after the whole box.
    `fresh` asks who they are of those who have not proved it for 15 minutes: for dangerous acts. `stages` are those of
    the sessions that may pass: whoever still owes a second step, or has to set one up, passes few doors.
    """

    permission: str | None = None
    public: bool = False
    admin: bool = False
    anywhere: bool = False
    box: bool = False
    fresh: bool = False
    stages: tuple[str, ...] = ONLY_FULL


class Edge(Protocol):
    """Opens a request's session and closes it; the application puts it into the request's scope.

    `read` and `write` do a sync route's whole work in one thread; `reading` and `writing` are for async routes.
    """

    async def read(self, request: Request, door: Door, work: Callable[[ReadCtx], T]) -> T: ...
    async def write(self, request: Request, door: Door, work: Callable[[Ctx], T]) -> T: ...
    async def admit(self, request: Request, door: Door, *, writes: bool) -> None: ...
    def reading(self, request: Request, door: Door) -> AbstractAsyncContextManager[ReadCtx]: ...
    def writing(self, request: Request, door: Door) -> AbstractAsyncContextManager[Ctx]: ...


RecordId = Annotated[int, Path(ge=1, le=MAX_ID)]
"""An id in a path; anything else is a missing page."""
IfMatch = Annotated[str | None, Header()]
"""The version that a change of the API begins from, as `version_in` reads it."""


def edge_of(request: Request) -> Edge:
    edge: Edge = request.scope[EDGE]
    return edge


@dataclass(frozen=True, slots=True)
class Opens:
    """The dependency that gives a route its context; a contract test reads its door and mode."""

    door: Door
    writes: bool

    async def __call__(self, request: Request) -> AsyncIterator[ReadCtx]:
        edge = edge_of(request)
        opened = edge.writing(request, self.door) if self.writes else edge.reading(request, self.door)
        async with opened as ctx:
            yield ctx


def reads(
    permission: str | None = None,
    *,
    public: bool = False,
    admin: bool = False,
    anywhere: bool = False,
    box: bool = False,
    fresh: bool = False,
    stages: tuple[str, ...] = ONLY_FULL,
) -> Any:  # noqa: ANN401 as Depends
    """Give the route a `ReadCtx`; it ends before the response leaves."""
    return Depends(Opens(Door(permission, public, admin, anywhere, box, fresh, stages), writes=False), scope="function")


def writes(
    permission: str | None = None,
    *,
    public: bool = False,
    admin: bool = False,
    anywhere: bool = False,
    box: bool = False,
    fresh: bool = False,
    stages: tuple[str, ...] = ONLY_FULL,
) -> Any:  # noqa: ANN401 as Depends
    """Give the route a `Ctx`, whose transaction commits before the response leaves."""
    return Depends(Opens(Door(permission, public, admin, anywhere, box, fresh, stages), writes=True), scope="function")


def is_fresh(proved_at: datetime | None, now: datetime) -> bool:
    """Whether a proof of who somebody is still counts for dangerous acts."""
    return proved_at is not None and now - proved_at < FRESH


def require_fresh(ctx: ReadCtx) -> None:
    """For a route that is dangerous only with some input: ask who they are, and come back with the form kept.

    Raises: ProofNeeded; what the request wrote is undone then.
    """
    if not is_fresh(ctx.origin.proved_at, ctx.now):
        raise ProofNeeded


def page(ctx: ReadCtx, template: str, *, status: int = 200, **values: object) -> Response:
    """Render a template to a page. A status of 400 and more undoes what the request wrote."""
    if status >= 400 and isinstance(ctx, Ctx):  # noqa: PLR2004 RFC 9110: client and server errors
        ctx.failed = True
    return compressed(ctx, ctx.services.render(ctx, template, values), status)


def compressed(ctx: ReadCtx, text: str, status: int) -> Response:
    """A page as the browser takes it; the quickest level makes a fifth of it, the best one little less."""
    if not ctx.origin.takes_gzip or len(text) < WORTH:
        return HTMLResponse(text, status_code=status, headers={"Vary": "Accept-Encoding"})
    headers = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return HTMLResponse(gzip.compress(text.encode(), 1, mtime=0), status_code=status, headers=headers)


def see_other(ctx: ReadCtx, url: str) -> Response:
    """Send the browser to `url` after a write (303, so that a reload repeats nothing).

    htmx follows redirects inside its request, so it is told by header to load the whole page.
    """
    if isinstance(ctx, Ctx) and ctx.answer is not None:
        ctx.answer.status, ctx.answer.location = 303, url
    if ctx.origin.is_htmx:
        return Response(status_code=204, headers={"HX-Redirect": url})
    return RedirectResponse(url, status_code=303)


def shown_once(ctx: Ctx, template: str, back: str, **values: object) -> Response:
    """Show what is shown only this once (a link, a key) as the write's own answer; a repetition leads to `back`."""
    if ctx.answer is not None:
        ctx.answer.status, ctx.answer.location = 303, back
    return page(ctx, template, status=200, back=back, **values)


def created(ctx: Ctx, body: BaseModel, *, location: str = "") -> Response:
    """Answer an API creation with 201; the same Idempotency-Key gets the same answer again."""
    return answered(ctx, body, status=201, location=location)


def answered(ctx: ReadCtx, body: BaseModel, *, status: int = 200, location: str = "", etag: str = "") -> Response:
    """Answer the API with a document; a write's is remembered under its Idempotency-Key."""
    text = body.model_dump_json(by_alias=True)
    if isinstance(ctx, Ctx) and ctx.answer is not None:
        ctx.answer.status, ctx.answer.location, ctx.answer.body = status, location, text
    headers = {name: value for name, value in (("Location", location), ("ETag", etag)) if value}
    return Response(text, status_code=status, media_type="application/json", headers=headers)


def repeated(answer: Answer, *, is_htmx: bool = False) -> Response:
    """Answer a repetition as the first use was answered."""
    if answer.body:
        headers = {"Idempotent-Replayed": "true"} | ({"Location": answer.location} if answer.location else {})
        return Response(answer.body, status_code=answer.status, media_type="application/json", headers=headers)
    if is_htmx:
        return Response(status_code=204, headers={"HX-Redirect": answer.location or "/"})
    return RedirectResponse(answer.location or "/", status_code=303)


def safe_path(path: str, fallback: str = "/") -> str:
    """A path on this very site, or the fallback: no scheme, no `//`, no backslash, no control characters."""
    if not path.startswith("/") or path[1:2] in ("/", "\\") or "\\" in path or not path.isprintable():
        return fallback
    return path


RouteFunction = Callable[..., Response]
__all__ = [
    "EDGE",
    "Door",
    "Edge",
    "JSONResponse",
    "Opens",
    "RouteFunction",
    "answered",
    "created",
    "edge_of",
    "is_fresh",
    "page",
    "reads",
    "repeated",
    "require_fresh",
    "safe_path",
    "see_other",
    "shown_once",
    "writes",
]
