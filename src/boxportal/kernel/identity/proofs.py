"""A fresh proof of who acts, as dangerous acts ask for: counted first, the slow check outside any transaction."""

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.identity import sessions, throttle
from boxportal.kernel.identity.accounts import myself
from boxportal.kernel.identity.passwords import verify_password
from boxportal.kernel.identity.people import audit
from boxportal.sdk.context import Ctx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.web import Door, edge_of

TRIES = 10


async def prove(request: Request, door: Door, password: str) -> None:
    """Check that whoever uses a session knows the password, and note when.

    Raises: Invalid (`password`), TooManyTries, Busy.
    """
    edge = edge_of(request)
    async with edge.writing(request, door) as ctx:
        known = await run_in_threadpool(counted, ctx)
    if not await run_in_threadpool(verify_password, password, known):
        raise Invalid({"password": _("This is not your present password.")})
    async with edge.writing(request, door) as ctx:
        await run_in_threadpool(note, ctx)


def counted(ctx: Ctx) -> str | None:
    throttle.count_or_refuse(ctx.db, ctx.now, {key_of(ctx): TRIES})
    return myself(ctx).password_hash


def note(ctx: Ctx) -> None:
    throttle.forget_tries(ctx.db, [key_of(ctx)])
    sessions.prove_again(ctx.db, ctx.origin.session_id or 0, ctx.now)
    audit(ctx, "core.confirm", myself(ctx))


def key_of(ctx: Ctx) -> str:
    return f"confirm:{ctx.actor.id}"
