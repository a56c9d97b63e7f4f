"""Sign-in and sign-out."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy import delete
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.cookies import set_private_cookie
from boxportal.kernel.directory.settings import DirectorySettings
from boxportal.kernel.directory.signing import Directory
from boxportal.kernel.identity import links, passkeys
from boxportal.kernel.identity.entering import Entry
from boxportal.kernel.identity.known_devices import LIFE, TRUST
from boxportal.kernel.identity.models import SignInSession
from boxportal.kernel.identity.passkey_use import sign_in_with_passkey
from boxportal.kernel.identity.second_step import HALF, finish_sign_in
from boxportal.kernel.identity.signing import PUBLIC, sign_in
from boxportal.kernel.identity.standing import has_codes
from boxportal.kernel.request import cookie_name, device_cookie
from boxportal.kernel.sso.settings import SsoSettings
from boxportal.kernel.web.saying import errors_of
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import Busy, DomainError, Invalid, TooManyTries
from boxportal.sdk.routing import Router
from boxportal.sdk.web import ANY_STAGE, ENROL, SECOND, edge_of, page, reads, safe_path, writes
from boxportal.sdk.worker import WorkerFailed

__all__ = ["answer_again", "errors_of", "place_of", "router", "waiting", "where_to", "with_session"]
router = Router()
Field = Annotated[str, Form(max_length=512)]
Credential = Annotated[str, Form(max_length=20_000)]
Anyone = Annotated[ReadCtx, reads(public=True, stages=ANY_STAGE)]


@router.get("/login")
def login(ctx: Anyone, next: str = "/") -> Response:  # noqa: A002 the address' own word
    if ctx.actor.id is not None:
        return RedirectResponse(place_of(ctx.origin.stage, safe_path(next)), status_code=303)
    template = "kernel/login.html" if links.has_admin(ctx.db) else "kernel/not_set_up.html"
    return page(ctx, template, next=safe_path(next), email="", errors={}, ways=ways_in(ctx))


@dataclass(frozen=True, slots=True)
class Ways:
    """How else people may come: by their name in the company's directory, a service with this title, or a passkey."""

    by_login: bool
    service: str
    passkey: bool


def ways_in(ctx: ReadCtx) -> Ways:
    service = ctx.settings(SsoSettings)
    title = service.title if service.on and service.is_set else ""
    return Ways(ctx.settings(DirectorySettings).on, title, passkey=not passkeys.place_of(ctx).trouble)


@router.post("/login")
async def login_post(request: Request, email: Field = "", password: Field = "", next: Field = "/") -> Response:  # noqa: A002
    try:
        entry = await sign_in(request, email, password, Directory())
    except (Invalid, TooManyTries) as error:
        values: dict[str, object] = {"next": safe_path(next), "email": email, "errors": errors_of(error)}
        return await answer_again(request, "kernel/login.html", error, values)
    return with_session(request, RedirectResponse(where_to(entry, safe_path(next)), status_code=303), entry)


@router.get("/login/second")
def second(ctx: Anyone, next: str = "/") -> Response:  # noqa: A002
    if ctx.origin.stage != SECOND:
        return RedirectResponse("/login", status_code=303)
    return page(ctx, "kernel/second_step.html", status=200, next=safe_path(next), errors={}, **second_values(ctx))


@router.post("/login/second")
async def second_post(request: Request, code: Field = "", trust: Field = "", next: Field = "/") -> Response:  # noqa: A002
    try:
        entry = await finish_sign_in(request, code, trust=bool(trust))
    except (Invalid, TooManyTries) as error:
        async with edge_of(request).reading(request, HALF) as ctx:
            values = {"next": safe_path(next), "errors": errors_of(error)} | await run_in_threadpool(second_values, ctx)
            return waiting(
                await run_in_threadpool(page, ctx, "kernel/second_step.html", status=error.status, **values), error
            )
    return with_session(request, RedirectResponse(safe_path(next), status_code=303), entry)


def second_values(ctx: ReadCtx) -> dict[str, object]:
    me = ctx.actor.id or 0
    usable = bool(passkeys.count_passkeys(ctx, me)) and not passkeys.place_of(ctx).trouble
    return {"trust_days": TRUST.days, "with_codes": has_codes(ctx, me), "with_passkey": usable}


@router.get("/login/passkey")
def passkey_options(ctx: Anyone) -> Response:
    """What a device is asked to sign: nothing is kept of it, and nothing told of anybody."""
    return JSONResponse(passkeys.request_options(ctx))


@router.post("/login/passkey")
async def passkey_post(request: Request, credential: Credential = "", next: Field = "/") -> Response:  # noqa: A002
    try:
        entry = await sign_in_with_passkey(request, credential)
    except (Invalid, TooManyTries, Busy, WorkerFailed) as error:
        values: dict[str, object] = {"next": safe_path(next), "email": "", "errors": errors_of(error)}
        return await answer_again(request, "kernel/login.html", error, values)
    return with_session(request, RedirectResponse(safe_path(next), status_code=303), entry)


@router.post("/logout")
def logout(request: Request, ctx: Annotated[Ctx, writes(stages=ANY_STAGE)]) -> Response:
    ctx.db.change(delete(SignInSession).where(SignInSession.id == ctx.origin.session_id))
    ctx.audit(AuditEntry(action="core.sign-out"))
    answer = RedirectResponse("/login", status_code=303)
    # A browser takes the end of a `__Host-` cookie only from an answer that could have set it.
    answer.delete_cookie(cookie_name(request), secure=request.url.scheme == "https", httponly=True, samesite="lax")
    return answer


async def answer_again(request: Request, template: str, error: DomainError, values: dict[str, object]) -> Response:
    """Show a public page again with what was typed and what is wrong."""
    async with edge_of(request).reading(request, PUBLIC) as ctx:
        shown = {"csrf": "", "ways": await run_in_threadpool(ways_in, ctx)} | values
        answer = await run_in_threadpool(page, ctx, template, status=error.status, **shown)
    return waiting(answer, error)


def waiting(answer: Response, error: DomainError) -> Response:
    """The answer, which says how long to wait where too much was tried."""
    if isinstance(error, TooManyTries):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def where_to(entry: Entry, goal: str) -> str:
    """Where somebody goes who just came in: to what the session still owes first."""
    return place_of(entry.stage, goal)


def place_of(stage: str, goal: str) -> str:
    if stage == SECOND:
        return f"/login/second?{urlencode({'next': goal})}"
    return "/account/two-steps" if stage == ENROL else goal


def with_session(request: Request, answer: Response, entry: Entry) -> Response:
    """Set the session's cookie and the browser's own: HttpOnly, SameSite=Lax, and over https bound to the host."""
    cookies = [(cookie_name(request), entry.secret, entry.lasts)]
    if entry.device:
        cookies.append((device_cookie(request), entry.device, LIFE))
    for name, secret, lasts in cookies:
        set_private_cookie(request, answer, name, secret, lasts)
    return answer
