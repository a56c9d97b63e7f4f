"""The second step of a sign-in: a code from the phone, or one of the recovery codes, and the session is whole."""

from fastapi import Request
from sqlalchemy import delete
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.identity import known_devices, recovery_codes, throttle, totp
from boxportal.kernel.identity.accounts import myself
from boxportal.kernel.identity.entering import Entry, enter
from boxportal.kernel.identity.models import SignInSession
from boxportal.kernel.identity.sessions import actor_of
from boxportal.sdk.context import AuditEntry, Ctx, Notice
from boxportal.sdk.errors import Invalid
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.web import SECOND, Door, edge_of

HALF = Door(stages=(SECOND,))
KIND = "core.two-steps"
WHAT = "second-step"


async def finish_sign_in(request: Request, code: str, *, trust: bool) -> Entry:
    """Check the code of somebody whose password was right, and begin their whole session.

    Raises: SignInNeeded when nobody waits for it, Invalid (`code`), TooManyTries.
    """
    edge = edge_of(request)
    async with edge.writing(request, HALF) as ctx:
        await run_in_threadpool(count_try, ctx)
    async with edge.writing(request, HALF) as ctx:
        return await run_in_threadpool(finish, ctx, code, trust)


def count_try(ctx: Ctx) -> None:
    limits = known_devices.limits_of(ctx, WHAT, myself(ctx).email)
    throttle.count_or_refuse(ctx.db, ctx.now, limits)


def finish(ctx: Ctx, code: str, trust: bool) -> Entry:  # noqa: FBT001 called by position in a thread
    """Use the code up and put a whole session in the place of the half one.

    Raises: Invalid (`code`).
    """
    person = myself(ctx)
    by = used(ctx, person.id, code)
    throttle.forget_tries(ctx.db, known_devices.own_keys(ctx, WHAT, person.email))
    ctx.db.change(delete(SignInSession).where(SignInSession.id == ctx.origin.session_id))
    ctx.actor = actor_of(person, {})
    ref = RecordRef("core.person", person.id)
    ctx.audit(AuditEntry(action="core.sign-in", ref=ref, title=person.name, after={"second_step": by}))
    return enter(ctx, person, secured=True, trust=trust)


def used(ctx: Ctx, person_id: int, code: str) -> str:
    """By what the code proved it. Whoever uses a recovery code is told how many are left.

    Raises: Invalid (`code`), the same for every wrong one.
    """
    if totp.use_code(ctx, person_id, code):
        return "code"
    if not recovery_codes.use_code(ctx, person_id, code):
        raise Invalid({"code": _("This code is not right, or was used before.")})
    left = recovery_codes.codes_left(ctx, person_id)
    text = _n("A recovery code was used to sign in; %(left)s are left. If it was not you, tell your administrator.")
    key = f"recovery-code:{person_id}:{ctx.now.isoformat()}"
    ctx.notify(
        Notice(to=person_id, kind=KIND, text=text, values={"left": str(left)}, url="/account/two-steps", key=key)
    )
    return "recovery code"
