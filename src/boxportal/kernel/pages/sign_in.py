"""Sign-in and sign-out."""

from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import delete
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.directory.settings import DirectorySettings
from boxportal.kernel.directory.signing import Directory
from boxportal.kernel.identity import links
from boxportal.kernel.identity.models import SignInSession
from boxportal.kernel.identity.sessions import ABSOLUTE
from boxportal.kernel.identity.signing import PUBLIC, sign_in
from boxportal.kernel.request import cookie_name
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import DomainError, Invalid, TooManyTries
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.routing import Router
from boxportal.sdk.web import edge_of, page, reads, safe_path, writes

router = Router()
Field = Annotated[str, Form(max_length=512)]


@router.get("/login")
def login(ctx: Annotated[ReadCtx, reads(public=True)], next: str = "/") -> Response:  # noqa: A002 the address' own word
    if ctx.actor.id is not None:
        return RedirectResponse(safe_path(next), status_code=303)
    template = "kernel/login.html" if links.has_admin(ctx.db) else "kernel/not_set_up.html"
    return page(ctx, template, next=safe_path(next), email="", errors={}, by_login=by_login(ctx))


def by_login(ctx: ReadCtx) -> bool:
    """Whether people may also type the name that they have in the company's directory."""
    return ctx.settings(DirectorySettings).on


@router.post("/login")
async def login_post(request: Request, email: Field = "", password: Field = "", next: Field = "/") -> Response:  # noqa: A002
    try:
        secret = await sign_in(request, email, password, Directory())
    except (Invalid, TooManyTries) as error:
        values: dict[str, object] = {"next": safe_path(next), "email": email, "errors": errors_of(error)}
        return await answer_again(request, "kernel/login.html", error, values)
    return with_session(request, RedirectResponse(safe_path(next), status_code=303), secret)


@router.post("/logout")
def logout(request: Request, ctx: Annotated[Ctx, writes()]) -> Response:
    ctx.db.change(delete(SignInSession).where(SignInSession.id == ctx.origin.session_id))
    ctx.audit(AuditEntry(action="core.sign-out"))
    answer = RedirectResponse("/login", status_code=303)
    # A browser takes the end of a `__Host-` cookie only from an answer that could have set it.
    answer.delete_cookie(cookie_name(request), secure=request.url.scheme == "https", httponly=True, samesite="lax")
    return answer


def errors_of(error: DomainError) -> dict[str, object]:
    """The texts of an error for a form, by field; "" is the whole form."""
    if isinstance(error, TooManyTries):
        minutes = -(-error.retry_after // 60)
        return {"": _("Too many tries. Wait %(minutes)s min and try again.", minutes=minutes)}
    return dict(error.fields) if isinstance(error, Invalid) else {"": str(error)}


async def answer_again(request: Request, template: str, error: DomainError, values: dict[str, object]) -> Response:
    """Show a public page again with what was typed and what is wrong."""
    async with edge_of(request).reading(request, PUBLIC) as ctx:
        shown = {"csrf": "", "by_login": await run_in_threadpool(by_login, ctx)} | values
        answer = await run_in_threadpool(page, ctx, template, status=error.status, **shown)
    if isinstance(error, TooManyTries):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


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
