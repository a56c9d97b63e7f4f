"""How people get in without a password: the first administrator, the invited, and who forgot theirs.

The token of a link stands in its fragment, which no server and no log sees; a small script puts it into the form. These
pages carry no session token even if somebody is signed in: their posts are held by Origin and by what the link says.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, StringConstraints
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.forgery import require_same_site
from boxportal.kernel.identity import links, resets, throttle
from boxportal.kernel.identity.arrivals import accept_invitation, become_first_admin
from boxportal.kernel.identity.entering import Entry
from boxportal.kernel.identity.models import OneTimeLink
from boxportal.kernel.identity.passwords import check_new_password, hash_password
from boxportal.kernel.identity.people import clean_name
from boxportal.kernel.identity.signing import PUBLIC
from boxportal.kernel.pages.sign_in import answer_again, errors_of, where_to, with_session
from boxportal.kernel.running import company_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Busy, Invalid, RuleBroken, TooManyTries
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.ipaddr import network_of
from boxportal.sdk.mailaddr import address_key
from boxportal.sdk.routing import Router
from boxportal.sdk.web import edge_of, page, reads

router = Router()
PER_ADDRESS, PER_CODE, PER_FORGOTTEN, PER_HELLO = 30, 10, 5, 5
Field = Annotated[str, Form(max_length=512)]
Words = Annotated[str, StringConstraints(max_length=512)]
Public = Annotated[ReadCtx, reads(public=True)]


class HelloForm(BaseModel):
    """What the first administrator says; the time zone is the browser's."""

    token: Words = ""
    email: Words = ""
    name: Words = ""
    password: Words = ""
    timezone: Words = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One way in: what counts against guessing, how the link is found, what is checked and what it does."""

    template: str
    values: dict[str, object]
    limits: dict[str, int]
    find: Callable[[Ctx], OneTimeLink | None]
    check: Callable[[], None]
    finish: Callable[[Ctx, OneTimeLink, str], Entry]
    password: str


async def arrive(request: Request, way: Arrival) -> Response:
    """Check cheaply, count, find the link, hash outside any transaction, and then do it all in one."""
    require_same_site(request)
    edge = edge_of(request)
    try:
        way.check()
        async with edge.writing(request, PUBLIC) as ctx:
            link_id = await run_in_threadpool(counted, ctx, way)
        require_alive(link_id)
        hashed = await run_in_threadpool(hash_password, way.password)
        async with edge.writing(request, PUBLIC) as ctx:
            entry = await run_in_threadpool(finished, ctx, way, link_id, hashed)
    except (Invalid, RuleBroken, TooManyTries, Busy) as error:
        return await answer_again(request, way.template, error, way.values | {"errors": errors_of(error)})
    return with_session(request, RedirectResponse(where_to(entry, "/"), status_code=303), entry)


def counted(ctx: Ctx, way: Arrival) -> int | None:
    """The id of the link, if there is an open one; a try that fails stays counted."""
    address = network_of(ctx.origin.address)
    limits = {name.replace("{address}", address): most for name, most in way.limits.items()}
    throttle.count_or_refuse(ctx.db, ctx.now, limits)
    link = way.find(ctx)
    if link is not None:
        throttle.forget_tries(ctx.db, list(limits))
    return link.id if link else None


def require_alive(link_id: int | None) -> None:
    """Raises: RuleBroken, only after the try was counted for good."""
    if link_id is None:
        raise RuleBroken(links.dead_text())


def finished(ctx: Ctx, way: Arrival, link_id: int | None, hashed: str) -> Entry:
    link = ctx.db.get(OneTimeLink, link_id) if link_id is not None else None
    if link is None:
        raise RuleBroken(links.dead_text())
    return way.finish(ctx, link, hashed)


@router.get("/hello")
def hello(ctx: Public) -> Response:
    return page(ctx, "kernel/hello.html", csrf="", token="", email="", name="", errors={})


@router.post("/hello")
async def hello_post(request: Request, form: Annotated[HelloForm, Form()]) -> Response:
    way = Arrival(
        template="kernel/hello.html",
        values={"token": form.token, "email": form.email, "name": form.name},
        limits={"hello:{address}": PER_HELLO},
        find=lambda ctx: links.find_link(ctx.db, form.token, links.ADMIN, ctx.now),
        check=lambda: check_arrival(form.name, form.password, email=form.email),
        finish=lambda ctx, link, hashed: become_first_admin(
            ctx, link, email=address_key(form.email), name=clean_name(form.name), password_hash=hashed,
            timezone=form.timezone,
        ),
        password=form.password,
    )  # fmt: skip
    return await arrive(request, way)


@router.get("/invite")
def invitation(ctx: Public) -> Response:
    return page(ctx, "kernel/invite.html", csrf="", token="", name="", errors={})


@router.post("/invite")
async def invitation_accept(
    request: Request, token: Field = "", name: Field = "", password: Field = "", timezone: Field = ""
) -> Response:
    way = Arrival(
        template="kernel/invite.html",
        values={"token": token, "name": name},
        limits={"invite:{address}": PER_ADDRESS},
        find=lambda ctx: links.find_link(ctx.db, token, links.INVITE, ctx.now),
        check=lambda: refuse(password_errors(password, name)),
        finish=lambda ctx, link, hashed: accept_invitation(
            ctx, link, name=clean_name(name), password_hash=hashed, timezone=timezone
        ),
        password=password,
    )
    return await arrive(request, way)


@router.get("/forgot")
def forgot(ctx: Public) -> Response:
    return page(ctx, "kernel/forgot.html", csrf="", email="", errors={})


@router.post("/forgot")
async def forgot_post(request: Request, email: Field = "") -> Response:
    require_same_site(request)
    name = address_key(email)
    try:
        refuse({} if name else {"email": _("This is not an e-mail address.")})
        async with edge_of(request).writing(request, PUBLIC) as ctx:
            await run_in_threadpool(note_forgotten, ctx, name)
    except (Invalid, TooManyTries) as error:
        values: dict[str, object] = {"email": email, "errors": errors_of(error)}
        return await answer_again(request, "kernel/forgot.html", error, values)
    return RedirectResponse("/forgot/sent", status_code=303)


def note_forgotten(ctx: Ctx, name: str) -> None:
    address = network_of(ctx.origin.address)
    throttle.count_or_refuse(ctx.db, ctx.now, {f"forgot:{name}": PER_FORGOTTEN, f"forgot:{address}": PER_ADDRESS})
    resets.ask(ctx, name)


@router.get("/forgot/sent")
def forgot_sent(ctx: Public) -> Response:
    return page(ctx, "kernel/forgot_sent.html", by_mail=ctx.can_mail)


@router.get("/reset")
def reset(ctx: Public) -> Response:
    return page(ctx, "kernel/reset.html", csrf="", token="", email="", errors={})


@router.post("/reset")
async def reset_post(
    request: Request, token: Field = "", email: Field = "", code: Field = "", password: Field = ""
) -> Response:
    def find(ctx: Ctx) -> OneTimeLink | None:
        if token:
            return resets.find_by_link(ctx, token)
        return resets.find_by_code(ctx, email, code, company_of(ctx).key)

    way = Arrival(
        template="kernel/reset.html",
        values={"token": token, "email": email},
        limits={"reset:{address}": PER_ADDRESS} | ({} if token else {f"code:{address_key(email)}": PER_CODE}),
        find=find,
        check=lambda: check_reset(token, email, code, password),
        finish=resets.set_new_password,
        password=password,
    )
    return await arrive(request, way)


def check_arrival(name: str, password: str, *, email: str) -> None:
    """Raises: Invalid, for all fields at once."""
    wrong: dict[str, object] = {}
    if not address_key(email):
        wrong["email"] = _("This is not an e-mail address.")
    if not clean_name(name):
        wrong["name"] = _("Type your name.")
    refuse(wrong | password_errors(password, email, name))


def check_reset(token: str, email: str, code: str, password: str) -> None:
    """Raises: Invalid, for all fields at once."""
    wrong: dict[str, object] = {}
    if not token and not address_key(email):
        wrong["email"] = _("This is not an e-mail address.")
    if not token and not code.strip():
        wrong["code"] = _("Type the code that you were told.")
    refuse(wrong | password_errors(password, email))


def password_errors(password: str, *about: str) -> dict[str, object]:
    try:
        check_new_password(password, *about)
    except Invalid as error:
        return error.fields
    return {}


def refuse(wrong: dict[str, object]) -> None:
    if wrong:
        raise Invalid(wrong)
