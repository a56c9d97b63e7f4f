"""Turns errors into answers, once for all: pages for people, problem+json (RFC 9457) for programs."""

import errno
import secrets
import sqlite3
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from typing_extensions import TypeIs

from boxportal.kernel.off import Off, off_of
from boxportal.kernel.once import Repeated
from boxportal.kernel.request import is_part
from boxportal.kernel.web.proof import asked_for_proof
from boxportal.kernel.web.traffic import SCOPE_NUMBER
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import (
    Busy,
    DomainError,
    Invalid,
    ModuleOff,
    NotFound,
    NotPermitted,
    ProofNeeded,
    RuleBroken,
    SignInNeeded,
    Stale,
    StorageFull,
    TooManyTries,
)
from boxportal.sdk.form_texts import sentence
from boxportal.sdk.i18n import best_language, use_locale
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.logs import get_logger
from boxportal.sdk.web import Door, edge_of, page, repeated, safe_path

log = get_logger()
# As SQLite says it, and as the system does, also by the mouth of Postgres.
FULL = ("database or disk is full", "No space left on device", "Disk quota exceeded")
OTHER_TABLES = frozenset({"42P01", "42703"})  # undefined_table, undefined_column
FAILURES = 500
OUT_OF_ORDER = frozenset({errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE})


async def on_domain_error(request: Request, error: Exception) -> Response:
    """Answer a domain error where the person is looking."""
    if not isinstance(error, DomainError):
        raise error
    if isinstance(error, SignInNeeded) and wants_page(request):
        here = safe_path(request.url.path + (f"?{request.url.query}" if request.url.query else ""))
        goal = f"/login?next={here}" if request.method == "GET" and here != "/" else "/login"
        if is_part(request):
            return Response(status_code=204, headers={"HX-Redirect": "/login"})
        return RedirectResponse(goal, status_code=303)
    if isinstance(error, ProofNeeded) and wants_page(request):
        return await asked_for_proof(request)
    answer = await problem_page(request, error) if wants_page(request) else problem_json(error)
    if isinstance(error, Busy | TooManyTries):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


async def on_repeated(request: Request, error: Exception) -> Response:
    """Give the first use's answer again."""
    if not isinstance(error, Repeated):
        raise error
    return repeated(error.answer, is_htmx=is_part(request))


async def on_validation_error(request: Request, error: Exception) -> Response:
    """What FastAPI could not parse: bad path ids are missing pages, the rest is 422 with a text per field."""
    if not isinstance(error, RequestValidationError):
        raise error
    if any(e["loc"][0] == "path" for e in error.errors()):
        return await on_domain_error(request, NotFound())
    fields = {".".join(str(part) for part in e["loc"][1:]): sentence(e) for e in error.errors()}
    return await on_domain_error(request, Invalid(fields))


async def on_http_error(request: Request, error: Exception) -> Response:
    """Errors of the framework itself: an unknown path, a wrong method, a body that is too large."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.NOT_FOUND:
        return await on_domain_error(request, NotFound())
    if isinstance(error.__cause__, OSError):  # there was no room for the body of a request; the framework says 400
        return await on_database_error(request, error.__cause__)
    text = HTTPStatus(error.status_code).phrase
    return PlainTextResponse(text, status_code=error.status_code, headers=error.headers)


async def on_database_error(request: Request, error: Exception) -> Response:
    """What the database or the disk refuses, by meaning: full, locked, read-only, too large, twin."""
    return await on_domain_error(request, meaning_of(error))


def meaning_of(error: Exception) -> DomainError:
    """The domain error that a database error means; an unknown one is raised again."""
    text = str(getattr(error, "orig", error))
    if isinstance(error, StaleDataError | PoolTimeout) or "locked" in text or "timeout" in text:
        return Stale({}) if isinstance(error, StaleDataError) else Busy()
    if any(words in text for words in FULL):
        return StorageFull(_l("The disk is full. Nothing was saved."))
    if isinstance(error, IntegrityError):
        log.warning("integrity error", text=text)
        return RuleBroken(_l("This would break a rule of the data: it exists already, or something it needs is gone."))
    if isinstance(error, DataError | OverflowError | UnicodeError | sqlite3.DataError):
        return Invalid({"": _l("A value is too large or holds characters that can't be kept.")})
    if (
        getattr(getattr(error, "orig", None), "sqlstate", "") in OTHER_TABLES
        or "no such table" in text
        or "no such column" in text
    ):
        log.error("tables of another version", text=text)
        return Busy(_l("The tables are not those of this version. An administrator should start the server again: it "
                       "brings them up to date."), retry_after=60)  # fmt: skip
    is_out_of_order = isinstance(error, OSError) and error.errno in OUT_OF_ORDER
    if is_out_of_order or isinstance(error, OperationalError | DBAPIError):
        log.error("database error", text=text)
        return Busy(_l("The database can't be reached or written now. Nothing was saved."), retry_after=5)
    raise error


async def on_crash(request: Request, error: Exception) -> Response:
    """A mistake of ours: an id that is in the log too, and no internals."""
    number = number_of(request)
    log.error("crash", id=number, path=request.url.path, method=request.method, exc_info=error)
    with use_locale(best_language(request.headers.get("accept-language", "")[:200], "en")):
        text = _("Something went wrong on our side. Nothing was saved. If it happens again, tell your administrator: "
                 "%(number)s", number=number)  # fmt: skip
    return PlainTextResponse(text, status_code=500)


def number_of(request: Request) -> str:
    """The number by which the log tells of this request."""
    return str(request.scope.get(SCOPE_NUMBER, "")) or secrets.token_hex(6)


def wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/api/")


def title_of(error: DomainError) -> str:
    if error.message:
        return str(error.message)
    titles = {
        404: _("There is no such page, or you may not see it."),
        403: _("This was refused: it did not come from a page of this portal, or you may not do it."),
        401: _("Sign in first."),
        409: _("This can't be done now."),
    }
    return titles.get(error.status, _("This can't be done."))


async def problem_page(request: Request, error: DomainError) -> Response:
    try:
        try:
            return await page_through(request, error, Door(public=True))
        except NotPermitted:  # a forgery: the page is nobody's
            return await page_through(request, error, Door(public=True, anywhere=True))
    except (DBAPIError, PoolTimeout, Busy, KeyError):
        return PlainTextResponse(title_of(error), status_code=error.status)


async def page_through(request: Request, error: DomainError, door: Door) -> Response:
    """The error as a page in the reader's language: a text that waits is said in it.

    A part of a page that could not be had is no page: its script says the sentence over what stands there, untouched.
    """
    async with edge_of(request).reading(request, door) as ctx:
        typed = request.method == "POST"
        off = await run_in_threadpool(off_of, ctx, str(error.title)) if is_off(error, ctx) else None
        if is_part(request) and not isinstance(error, Invalid):
            return problem_json(error, off_sentence(off, typed=typed) if off else "")
        if off is not None:
            return await run_in_threadpool(off_page, ctx, off, typed=typed, back=came_from(request))
        values = {"number": error.status, "title": title_of(error), "fields": getattr(error, "fields", {})}
        values["request_id"] = number_of(request) if error.status >= FAILURES else ""
        return await run_in_threadpool(error_page, ctx, error.status, values)


def is_off(error: DomainError, ctx: ReadCtx) -> TypeIs[ModuleOff]:
    """Whether to say that a module is off: to who is signed in."""
    return isinstance(error, ModuleOff) and ctx.actor.id is not None


def came_from(request: Request) -> str:
    """The page of this portal on which the person was; empty when it is not known, or of the same module."""
    where = urlsplit(request.headers.get("referer", ""))
    path = safe_path(where.path, "") if where.netloc == request.headers.get("host", "") else ""
    same = path.split("/")[1:2] == request.url.path.split("/")[1:2]
    return "" if same or not path else path + (f"?{where.query}" if where.query else "")


def off_sentence(off: Off, *, typed: bool) -> str:
    """That a module is off, to be said over a page; what was typed stands there still."""
    name = _(off.title)
    said = _("%(name)s is switched off at the moment.", name=name)
    if off.at is not None:
        said = _("%(who)s switched off %(module)s", who=off.by, module=name) + "."
    kept = _("Nothing was saved: what you typed is still here.")
    return f"{said} {kept}" if typed else said


def problem_json(error: DomainError, title: str = "") -> Response:
    status = HTTPStatus.PRECONDITION_FAILED if isinstance(error, Stale) else error.status  # If-Match did not hold
    body: dict[str, object] = {
        "type": "about:blank",
        "code": error.code,
        "title": title or title_of(error),
        "status": int(status),
    }
    if isinstance(error, Invalid):
        body["errors"] = {name: str(text) for name, text in error.fields.items()}
    if isinstance(error, Stale):
        body["theirs"] = {name: str(value) for name, value in error.theirs.items()}
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, SignInNeeded) else None
    return JSONResponse(body, status_code=status, media_type="application/problem+json", headers=headers)


def off_page(ctx: ReadCtx, off: Off, *, typed: bool, back: str) -> Response:
    return page(ctx, "kernel/module_off.html", status=404, off=off, name=_(off.title), typed=typed, back=back)


def error_page(ctx: ReadCtx, status: int, values: dict[str, object]) -> Response:
    return page(ctx, "kernel/error.html", status=status, **values)
