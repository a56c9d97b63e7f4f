"""A person's own account: profile, password, devices, keys to the API."""

from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.identity import accounts, throttle
from boxportal.kernel.identity.entering import Entry
from boxportal.kernel.identity.linked import is_linked
from boxportal.kernel.identity.models import Person
from boxportal.kernel.identity.passwords import check_new_password, hash_password, verify_password
from boxportal.kernel.identity.sessions import picture_url
from boxportal.kernel.pages.choices import language_choices, zone_choices
from boxportal.kernel.pages.sign_in import errors_of, with_session
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import DomainError, Invalid, TooManyTries
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.routing import Router
from boxportal.sdk.web import Door, RecordId, edge_of, page, reads, see_other, shown_once, writes

router = Router()
MINE = Door()
TRIES = 10
Field = Annotated[str, Form(max_length=512)]
Read = Annotated[ReadCtx, reads()]
Write = Annotated[Ctx, writes()]
Fresh = Annotated[Ctx, writes(fresh=True)]


class ProfileForm(BaseModel):
    """Own name, language, time zone, telephone. What else is sent is not looked at."""

    name: str = ""
    language: str = ""
    timezone: str = ""
    phone: str = ""


class TokenForm(BaseModel):
    """A new key to the API."""

    name: str = ""
    scopes: list[str] = []
    days: str = "90"


@router.get("/account")
def account(ctx: Read) -> Response:
    me = accounts.myself(ctx)
    return profile_page(ctx, me, values_of(me))


@router.post("/account")
def account_change(ctx: Write, form: Annotated[ProfileForm, Form()]) -> Response:
    wish = accounts.ProfileWish(name=form.name, language=form.language, timezone=form.timezone, phone=form.phone)
    try:
        accounts.change_profile(ctx, wish)
    except Invalid as error:
        return profile_page(ctx, accounts.myself(ctx), form.model_dump(), error)
    return see_other(ctx, "/account")


def values_of(me: Person) -> dict[str, str]:
    return {"name": me.name, "language": me.language, "timezone": me.timezone, "phone": me.phone}


def profile_page(ctx: ReadCtx, me: Person, values: dict[str, str], error: DomainError | None = None) -> Response:
    return page(
        ctx,
        "kernel/account/profile.html",
        status=error.status if error else 200,
        values=values,
        errors=errors_of(error) if error else {},
        languages=language_choices(),
        zones=zone_choices(values["timezone"]),
        email=me.email,
        picture=picture_url(me.picture),
    )


@router.get("/account/password")
def password(ctx: Read) -> Response:
    return password_page(ctx)


def password_page(ctx: ReadCtx, error: DomainError | None = None) -> Response:
    """The form, or for whose password the directory keeps, a word about that."""
    errors, status = (errors_of(error), error.status) if error else ({}, 200)
    is_kept = is_linked(ctx, ctx.actor.id or 0)
    return page(ctx, "kernel/account/password.html", status=status, errors=errors, is_linked=is_kept)


@router.post("/account/password")
async def password_change(
    request: Request, current: Field = "", password: Field = "", end_tokens: Field = ""
) -> Response:
    edge = edge_of(request)
    try:
        async with edge.writing(request, MINE) as ctx:
            person_id, known = await run_in_threadpool(count_and_read, ctx)
            about = (ctx.actor.email, ctx.actor.name)
        check_new_password(password, *about)
        if not await run_in_threadpool(verify_password, current, known):
            raise Invalid({"current": _("This is not your present password.")})  # noqa: TRY301 answered below
        hashed = await run_in_threadpool(hash_password, password)
        async with edge.writing(request, MINE) as ctx:
            entry = await run_in_threadpool(finish, ctx, person_id, hashed, bool(end_tokens))
    except (Invalid, TooManyTries) as error:
        async with edge.reading(request, MINE) as ctx:
            return await run_in_threadpool(password_page, ctx, error)
    return with_session(request, RedirectResponse("/account/devices", status_code=303), entry)


def count_and_read(ctx: Ctx) -> tuple[int, str | None]:
    me = accounts.myself(ctx)
    throttle.count_or_refuse(ctx.db, ctx.now, {f"password:{me.id}": TRIES})
    return me.id, me.password_hash


def finish(ctx: Ctx, person_id: int, hashed: str, end_tokens: bool) -> Entry:  # noqa: FBT001 called by position in a thread
    throttle.forget_tries(ctx.db, [f"password:{person_id}"])
    return accounts.change_password(ctx, person_id, hashed, end_tokens=end_tokens)


@router.get("/account/devices")
def devices(ctx: Read) -> Response:
    return page(ctx, "kernel/account/devices.html", devices=accounts.list_devices(ctx))


@router.post("/account/devices/{session_id}/end")
def device_end(ctx: Write, session_id: RecordId) -> Response:
    accounts.end_device(ctx, session_id)
    return see_other(ctx, "/account/devices")


@router.post("/account/devices/end-others")
def device_end_others(ctx: Write) -> Response:
    accounts.end_other_devices(ctx)
    return see_other(ctx, "/account/devices")


@router.get("/account/keys")
def keys(ctx: Read) -> Response:
    return keys_page(ctx, {"name": "", "scopes": [], "days": "90"})


@router.post("/account/keys")
def key_add(ctx: Fresh, form: Annotated[TokenForm, Form()]) -> Response:
    days = int(form.days) if form.days.isdecimal() and len(form.days) < 5 else -1  # noqa: PLR2004 four digits are ages
    try:
        secret = accounts.add_token(ctx, name=form.name, scopes=form.scopes, days=days, areas=areas_of(ctx))
    except Invalid as error:
        return keys_page(ctx, form.model_dump(), error)
    return shown_once(ctx, "kernel/account/key_made.html", "/account/keys", secret=secret, name=form.name)


@router.post("/account/keys/{token_id}/remove")
def key_remove(ctx: Write, token_id: RecordId) -> Response:
    accounts.remove_token(ctx, token_id)
    return see_other(ctx, "/account/keys")


def areas_of(ctx: ReadCtx) -> list[str]:
    """The modules that have an API."""
    return [module.id for module in snapshot_of(ctx).modules.values() if module.api]


def keys_page(ctx: ReadCtx, values: dict[str, object], error: DomainError | None = None) -> Response:
    return page(
        ctx,
        "kernel/account/keys.html",
        status=error.status if error else 200,
        values=values,
        errors=errors_of(error) if error else {},
        tokens=accounts.list_tokens(ctx),
        areas=areas_of(ctx),
        lives=accounts.DAYS,
    )
