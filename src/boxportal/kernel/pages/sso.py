"""Sign-in by the company's own service: to it, and back from it."""

import hmac
import json
from dataclasses import asdict
from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.identity import throttle
from boxportal.kernel.identity.entering import Entry
from boxportal.kernel.identity.known_devices import limits_here
from boxportal.kernel.identity.signing import PUBLIC, begin
from boxportal.kernel.pages.sign_in import answer_again, ways_in, where_to, with_session
from boxportal.kernel.running import company_of
from boxportal.kernel.secrets import Place
from boxportal.kernel.sso import provider
from boxportal.kernel.sso.arriving import access_to, person_of
from boxportal.kernel.sso.provider import Access, Arrived, Began
from boxportal.kernel.sso.settings import BACK, SsoSettings
from boxportal.kernel.web.saying import errors_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import DomainError, Invalid, NotFound, NotReached, RuleBroken, TooManyTries
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.routing import Router
from boxportal.sdk.web import edge_of, page, reads, safe_path

router = Router(prefix="/sso")
Field = Annotated[str, Form(max_length=4096)]
COOKIE = "bp_sso"
SECONDS = 600
KEPT = Place("cookie", "sso", "began")


@router.get("/start")
async def sso_start(request: Request, next: str = "/") -> Response:  # noqa: A002 the address' own word
    """Send the browser to the service, at the address that the service knows the portal by."""
    edge = edge_of(request)
    async with edge.reading(request, PUBLIC) as ctx:
        by, address = await run_in_threadpool(opened, ctx)
    if f"{request.url.scheme}://{request.url.netloc}" != address:
        return RedirectResponse(f"{address}/sso/start?next={safe_path(next)}", status_code=303)
    begun = provider.began()
    try:
        where = await run_in_threadpool(provider.address_to, by, begun, address + BACK)
    except (NotReached, Invalid) as error:
        return await refused(request, error)
    async with edge.reading(request, PUBLIC) as ctx:
        kept = company_of(ctx).vault.seal(json.dumps([*asdict(begun).values(), safe_path(next)]), KEPT)
    answer = RedirectResponse(where, status_code=303)
    answer.set_cookie(
        COOKIE, kept, max_age=SECONDS, path="/sso", httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
    return answer


@router.get("/back")
def sso_back(ctx: Annotated[ReadCtx, reads(public=True)], code: str = "", state: str = "", error: str = "") -> Response:
    """The service sends the browser here. Nothing is changed by looking at a page: the page itself goes on."""
    if error or not code:
        errors = {"": said_no(error)}
        return page(ctx, "kernel/login.html", status=422, next="/", email="", errors=errors, ways=ways_in(ctx))
    return page(ctx, "kernel/sso_back.html", code=code[:4096], state=state[:512])


@router.post("/back")
async def sso_arrive(request: Request, code: Field = "", state: Field = "") -> Response:
    edge = edge_of(request)
    try:
        async with edge.writing(request, PUBLIC) as ctx:
            by, address, begun, following = await run_in_threadpool(
                counted, ctx, request.cookies.get(COOKIE, ""), state
            )
        arrived = await run_in_threadpool(provider.redeem, by, begun, code, address + BACK)
        async with edge.writing(request, PUBLIC) as ctx:
            entry = await run_in_threadpool(arrive, ctx, arrived)
    except (NotReached, Invalid, TooManyTries, RuleBroken) as error:
        return await refused(request, error)
    answer = with_session(request, RedirectResponse(where_to(entry, following), status_code=303), entry)
    answer.delete_cookie(COOKIE, path="/sso")
    return answer


def opened(ctx: ReadCtx) -> tuple[Access, str]:
    """Raises: NotFound while nobody signs in by a service."""
    if not ctx.settings(SsoSettings).on:
        raise NotFound
    return access_to(ctx), company_of(ctx).address


def counted(ctx: Ctx, cookie: str, state: str) -> tuple[Access, str, Began, str]:
    """Read what this browser began, and count the try.

    Raises: NotFound, TooManyTries; Invalid when it began nothing, or something else.
    """
    by, address = opened(ctx)
    try:
        kept_state, nonce, verifier, following = json.loads(company_of(ctx).vault.open(cookie, KEPT))
    except (RuleBroken, ValueError, TypeError) as error:
        raise Invalid({"": _("This took too long, or began in another browser. Try again.")}) from error
    if not state or not hmac.compare_digest(kept_state.encode(), state.encode()):
        raise Invalid({"": _("This took too long, or began in another browser. Try again.")})
    # Only what began here is counted: others at the same address must not be made to wait by who began nothing.
    throttle.count_or_refuse(ctx.db, ctx.now, limits_here(ctx, "sso"))
    return by, address, Began(kept_state, nonce, verifier), safe_path(following)


def arrive(ctx: Ctx, arrived: Arrived) -> Entry:
    person = person_of(ctx, arrived)
    throttle.forget_tries(ctx.db, list(limits_here(ctx, "sso")))
    return begin(ctx, person.id, person.email, None)


def said_no(error: str) -> str:
    if error == "access_denied":
        return _("You did not agree, or the service does not let you in.")
    return _("The service sent you back without an answer. Try again.")


async def refused(request: Request, error: DomainError) -> Response:
    """The sign-in page, with what went wrong."""
    answer = await answer_again(
        request, "kernel/login.html", error, {"next": "/", "email": "", "errors": errors_of(error)}
    )
    answer.delete_cookie(COOKIE, path="/sso")
    return answer
