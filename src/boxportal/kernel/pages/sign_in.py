"""Sign-in, sign-out, and the first administrator's page."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import EmailStr, TypeAdapter, ValidationError
from sqlalchemy import delete
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.edge import cookie_name
from boxportal.kernel.identity import links, throttle
from boxportal.kernel.identity.arrivals import become_first_admin
from boxportal.kernel.identity.models import SignInSession
from boxportal.kernel.identity.passwords import check_new_password, hash_password
from boxportal.kernel.identity.sessions import ABSOLUTE
from boxportal.kernel.identity.signing import PUBLIC, sign_in
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import Invalid, RuleBroken, TooManyTries
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.web import edge_of, page, reads, safe_path, writes

router = APIRouter()
HELLO_TRIES = 5
Field = Annotated[str, Form(max_length=512)]


@router.get("/login")
def login(ctx: Annotated[ReadCtx, reads(public=True)], next: str = "/") -> Response:  # noqa: A002 the address' own word
    if ctx.actor.id is not None:
        return RedirectResponse(safe_path(next), status_code=303)
    template = "kernel/login.html" if links.has_admin(ctx.db) else "kernel/not_set_up.html"
    return page(ctx, template, next=safe_path(next), email="", errors={})


@router.post("/login")
async def login_post(request: Request, email: Field = "", password: Field = "", next: Field = "/") -> Response:  # noqa: A002
    try:
        secret = await sign_in(request, email, password)
    except (Invalid, TooManyTries) as error:
        errors = error.fields if isinstance(error, Invalid) else {"": _("Too many tries. Wait a little and try again.")}
        async with edge_of(request).reading(request, PUBLIC) as ctx:
            values = {"next": safe_path(next), "email": email, "errors": errors}
            answer = await run_in_threadpool(page, ctx, "kernel/login.html", status=error.status, **values)
        if isinstance(error, TooManyTries):
            answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    return with_session(request, RedirectResponse(safe_path(next), status_code=303), secret)


@router.post("/logout")
def logout(request: Request, ctx: Annotated[Ctx, writes()]) -> Response:
    ctx.db.change(delete(SignInSession).where(SignInSession.id == ctx.origin.session_id))
    ctx.audit(AuditEntry(action="core.sign-out"))
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(cookie_name(request))
    return answer


@router.get("/hello")
def hello(ctx: Annotated[ReadCtx, reads(public=True)]) -> Response:
    return page(ctx, "kernel/hello.html", email="", name="", errors={})


@router.post("/hello")
async def hello_post(
    request: Request, token: Field = "", email: Field = "", name: Field = "", password: Field = ""
) -> Response:
    edge = edge_of(request)
    try:
        async with edge.writing(request, PUBLIC) as ctx:
            await run_in_threadpool(count_hello, ctx)
        check_arrival(email, name, password)
        hashed = await run_in_threadpool(hash_password, password)
        async with edge.writing(request, PUBLIC) as ctx:
            secret = await run_in_threadpool(
                become_first_admin, ctx, token, email=email, name=name, password_hash=hashed
            )
    except (Invalid, RuleBroken, TooManyTries) as error:
        errors = error.fields if isinstance(error, Invalid) else {"": str(error)}
        async with edge.reading(request, PUBLIC) as ctx:
            values = {"email": email, "name": name, "errors": errors}
            return await run_in_threadpool(page, ctx, "kernel/hello.html", status=error.status, **values)
    return with_session(request, RedirectResponse("/", status_code=303), secret)


def count_hello(ctx: Ctx) -> None:
    key = f"hello:{throttle.address_key(ctx.origin.address)}"
    throttle.require_tries_left(ctx.db, ctx.now, {key: HELLO_TRIES * 4})
    throttle.count_try(ctx.db, ctx.now, [key])


def check_arrival(email: str, name: str, password: str) -> None:
    """Raises: Invalid, for all fields at once."""
    wrong: dict[str, object] = {}
    try:
        TypeAdapter(EmailStr).validate_python(email.strip())
    except ValidationError:
        wrong["email"] = _("This is not an e-mail address.")
    if not name.strip() or not name.isprintable():
        wrong["name"] = _("Type your name.")
    try:
        check_new_password(password, email, name)
    except Invalid as error:
        wrong |= error.fields
    if wrong:
        raise Invalid(wrong)


def with_session(request: Request, answer: Response, secret: str) -> Response:
    """Set the session's cookie: HttpOnly, SameSite=Lax, and over https bound to the host."""
    secure = request.url.scheme == "https"
    answer.set_cookie(
        cookie_name(request),
        secret,
        max_age=int(ABSOLUTE.total_seconds()),
        httponly=True,
        secure=secure,
        samesite="lax",
    )
    return answer
