"""A fresh proof of who acts, as dangerous acts ask for: counted first, the slow check outside any transaction."""

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.identity import sessions, throttle, totp
from boxportal.kernel.identity.accounts import myself
from boxportal.kernel.identity.models import DirectoryPerson
from boxportal.kernel.identity.passwords import verify_password
from boxportal.kernel.identity.people import audit
from boxportal.kernel.identity.signing import Keeper, proven
from boxportal.sdk.context import Ctx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.web import Door, edge_of

TRIES = 10


async def prove(request: Request, door: Door, password: str, code: str, keeper: Keeper) -> None:
    """Check that whoever uses a session knows the password, and has the phone where codes are on; note when.

    Raises: Invalid (`password`, `code`), TooManyTries, Busy.
    """
    edge = edge_of(request)
    async with edge.writing(request, door) as ctx:
        known, login = await run_in_threadpool(counted, ctx)
        by = await run_in_threadpool(keeper.access, ctx) if login else None
    if by is not None:
        await run_in_threadpool(proven, keeper, by, login, password)
    elif not await run_in_threadpool(verify_password, password, known):
        raise Invalid({"password": _("This is not your present password.")})
    async with edge.writing(request, door) as ctx:
        await run_in_threadpool(note, ctx, code)


def counted(ctx: Ctx) -> tuple[str | None, str]:
    """The hash of the password, or by what name the company's directory knows it."""
    throttle.count_or_refuse(ctx.db, ctx.now, {key_of(ctx): TRIES})
    me = myself(ctx)
    linked = ctx.db.get(DirectoryPerson, me.id)
    return me.password_hash, linked.login if linked and linked.gone_at is None else ""


def note(ctx: Ctx, code: str) -> None:
    """Raises: Invalid (`code`)."""
    me = myself(ctx)
    if totp.is_on(ctx, me.id) and not totp.use_code(ctx, me.id, code):
        raise Invalid({"code": _("This code is not right, or was used before.")})
    throttle.forget_tries(ctx.db, [key_of(ctx)])
    sessions.prove_again(ctx.db, ctx.origin.session_id or 0, ctx.now)
    audit(ctx, "core.confirm", me)


def key_of(ctx: Ctx) -> str:
    return f"confirm:{ctx.actor.id}"
