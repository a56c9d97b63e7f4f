"""A person's own second step at sign-in. Whoever has to set one up can open these pages and little else."""

from functools import partial
from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.identity import passkeys, steps, totp
from boxportal.kernel.identity.accounts import myself
from boxportal.kernel.identity.devices import name_of
from boxportal.kernel.identity.passkey_use import MINE, add_passkey, remove_passkey
from boxportal.kernel.pages.sign_in import errors_of, with_session
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Busy, DomainError, Invalid, NotFound, RuleBroken
from boxportal.sdk.routing import Router
from boxportal.sdk.web import (
    ANY_STAGE,
    OR_ENROLLING,
    Door,
    RecordId,
    edge_of,
    page,
    reads,
    see_other,
    shown_once,
    writes,
)
from boxportal.sdk.worker import WorkerFailed

router = Router(prefix=steps.PAGE)
Read = Annotated[ReadCtx, reads(stages=OR_ENROLLING)]
Write = Annotated[Ctx, writes(stages=OR_ENROLLING)]
Fresh = Annotated[Ctx, writes(stages=OR_ENROLLING, fresh=True)]
Code = Annotated[str, Form(max_length=64)]
Credential = Annotated[str, Form(max_length=20_000)]
Name = Annotated[str, Form(max_length=400)]
PHONE = f"{steps.PAGE}/phone"


@router.get("")
def two_steps(ctx: Read) -> Response:
    return steps_page(ctx)


@router.post("/phone")
def phone_begin(ctx: Fresh) -> Response:
    try:
        steps.begin_codes(ctx)
    except RuleBroken as error:
        return steps_page(ctx, error)
    return see_other(ctx, PHONE)


@router.get("/phone")
def phone(ctx: Read) -> Response:
    try:
        return phone_page(ctx)
    except NotFound:
        return RedirectResponse(steps.PAGE, status_code=303)


@router.post("/phone/finish")
def phone_finish(request: Request, ctx: Write, code: Code = "") -> Response:
    try:
        codes, entry = steps.finish_codes(ctx, code)
    except Invalid as error:
        return phone_page(ctx, error)
    answer = shown_once(ctx, "kernel/account/recovery_codes.html", steps.PAGE, codes=codes, is_new=True)
    return with_session(request, answer, entry) if entry else answer


@router.post("/phone/remove")
def phone_remove(ctx: Fresh) -> Response:
    try:
        steps.remove_codes(ctx)
    except RuleBroken as error:
        return steps_page(ctx, error)
    return see_other(ctx, steps.PAGE)


@router.get("/passkeys/options")
def passkey_options(ctx: Read) -> Response:
    """By what the browser makes a key."""
    return JSONResponse(passkeys.creation_options(ctx, myself(ctx)))


@router.post("/passkeys")
async def passkey_add(request: Request, credential: Credential = "", name: Name = "") -> Response:
    try:
        codes, entry = await add_passkey(request, credential, name)
    except (Invalid, RuleBroken, Busy, WorkerFailed) as error:
        async with edge_of(request).reading(request, MINE) as ctx:
            return await run_in_threadpool(steps_page, ctx, error)
    if not codes and entry is None:
        return RedirectResponse(steps.PAGE, status_code=303)
    async with edge_of(request).reading(request, Door(public=True, stages=ANY_STAGE)) as ctx:
        shown = partial(page, ctx, "kernel/account/recovery_codes.html", codes=codes, is_new=True, back=steps.PAGE)
        answer = await run_in_threadpool(shown)
    return with_session(request, answer, entry) if entry else answer


@router.post("/passkeys/{passkey_id}/remove")
def passkey_remove(ctx: Fresh, passkey_id: RecordId) -> Response:
    try:
        remove_passkey(ctx, passkey_id)
    except RuleBroken as error:
        return steps_page(ctx, error)
    return see_other(ctx, steps.PAGE)


@router.post("/codes")
def codes_renew(ctx: Fresh) -> Response:
    try:
        codes = steps.new_recovery_codes(ctx)
    except RuleBroken as error:
        return steps_page(ctx, error)
    return shown_once(ctx, "kernel/account/recovery_codes.html", steps.PAGE, codes=codes, is_new=False)


@router.post("/trust-none")
def trust_none(ctx: Write) -> Response:
    steps.trust_no_device(ctx)
    return see_other(ctx, steps.PAGE)


def steps_page(ctx: ReadCtx, error: DomainError | None = None) -> Response:
    return page(
        ctx,
        "kernel/account/two_steps.html",
        status=error.status if error else 200,
        errors=errors_of(error) if error else {},
        standing=steps.my_standing(ctx),
        place=passkeys.place_of(ctx),
        suggested=name_of(ctx.origin.agent),
    )


def phone_page(ctx: ReadCtx, error: Invalid | None = None) -> Response:
    """Raises: NotFound when nothing is being set up."""
    import segno  # noqa: PLC0415 where codes are drawn

    seed, address = totp.seed_to_show(ctx, myself(ctx))
    drawing: str = segno.make(address, error="m").svg_data_uri(scale=4, border=3, light="#fff")
    return page(
        ctx,
        "kernel/account/phone.html",
        status=error.status if error else 200,
        errors=errors_of(error) if error else {},
        key=" ".join(seed[at : at + 4] for at in range(0, len(seed), 4)),
        drawing=drawing,
    )
