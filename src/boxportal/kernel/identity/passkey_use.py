"""What people do with passkeys: add one, sign in with one, prove again who they are. The check runs in a worker."""

from fastapi import Request
from sqlalchemy import delete
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.identity import known_devices, passkeys, recovery_codes, sessions, steps, throttle
from boxportal.kernel.identity.accounts import myself
from boxportal.kernel.identity.admins import tell_admins
from boxportal.kernel.identity.entering import Entry, enter
from boxportal.kernel.identity.models import Person, SignInSession
from boxportal.kernel.identity.second_step import KIND
from boxportal.kernel.identity.signing import PUBLIC
from boxportal.sdk.context import AuditEntry, Ctx, Notice
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.web import OR_ENROLLING, Door, edge_of

MINE = Door(stages=OR_ENROLLING)
FRESH = Door(stages=OR_ENROLLING, fresh=True)
Found = dict[str, object]


async def add_passkey(request: Request, credential: str, name: str) -> tuple[list[str], Entry | None]:
    """Check a key that the browser made and keep it.

    Returns new recovery codes where there were none, and the whole session of somebody who had to set a step up.
    Raises: Invalid, RuleBroken, ProofNeeded, Busy, WorkerFailed.
    """
    edge = edge_of(request)
    async with edge.reading(request, FRESH) as ctx:
        asked = await run_in_threadpool(lambda: passkeys.read_new(ctx, myself(ctx), credential))
    found = await run_in_threadpool(passkeys.checked, asked)
    async with edge.writing(request, FRESH) as ctx:
        return await run_in_threadpool(added, ctx, asked, found, name)


def added(ctx: Ctx, asked: passkeys.Asked, found: Found, name: str) -> tuple[list[str], Entry | None]:
    me = myself(ctx)
    passkeys.add(ctx, asked, found, name)
    codes = [] if recovery_codes.codes_left(ctx, me.id) else recovery_codes.make_codes(ctx, me.id)
    return codes, steps.secured(ctx, me, "core.two-steps.passkey-add")


def remove_passkey(ctx: Ctx, passkey_id: int) -> None:
    """Raises: NotFound; RuleBroken where the rules ask for a second step and this is the only one."""
    me = myself(ctx)
    steps.require_other(ctx, me)
    passkeys.remove(ctx, me.id, passkey_id)
    steps.forget_if_last(ctx, me)
    steps.changed(ctx, me, "core.two-steps.passkey-remove")


async def sign_in_with_passkey(request: Request, credential: str) -> Entry:
    """Begin the whole session of whoever has the device and unlocked it.

    Raises: Invalid (the same for an unknown key and a wrong signature), TooManyTries, Busy, WorkerFailed.
    """
    edge = edge_of(request)
    async with edge.writing(request, PUBLIC) as ctx:
        await run_in_threadpool(count_try, ctx)
    async with edge.reading(request, PUBLIC) as ctx:
        asked = await run_in_threadpool(passkeys.read_used, ctx, credential)
    found = await run_in_threadpool(passkeys.checked, asked)
    if passkeys.is_copied(found):
        async with edge.writing(request, PUBLIC) as ctx:
            await run_in_threadpool(warn, ctx, asked.person_id)
    async with edge.writing(request, PUBLIC) as ctx:
        return await run_in_threadpool(begin, ctx, asked, found)


def count_try(ctx: Ctx) -> None:
    throttle.count_or_refuse(ctx.db, ctx.now, known_devices.limits_here(ctx, "passkey"))


def begin(ctx: Ctx, asked: passkeys.Asked, found: Found) -> Entry:
    """Raises: Invalid."""
    passkeys.use(ctx, asked, found)
    person = ctx.db.get(Person, asked.person_id)
    if person is None or person.state != "active":
        raise passkeys.refused()
    throttle.forget_tries(ctx.db, list(known_devices.limits_here(ctx, "passkey")))
    if ctx.origin.session_id:
        ctx.db.change(delete(SignInSession).where(SignInSession.id == ctx.origin.session_id))
    ctx.actor = sessions.actor_of(person, {})
    ref = RecordRef("core.person", person.id)
    ctx.audit(AuditEntry(action="core.sign-in", ref=ref, title=person.name, after={"second_step": "passkey"}))
    return enter(ctx, person, secured=True)


def warn(ctx: Ctx, person_id: int) -> None:
    """A device's counter went back: somebody else may have its key."""
    person = ctx.db.get(Person, person_id)
    if person is None:
        return
    ref = RecordRef("core.person", person.id)
    ctx.audit(AuditEntry(action="core.two-steps.passkey-copied", ref=ref, title=person.name))
    text = _n("A passkey of yours was refused: it seems to have been copied. Remove it and add a new one.")
    key = f"passkey-copied:{person.id}:{ctx.now.isoformat()}"
    ctx.notify(Notice(to=person.id, kind=KIND, text=text, url=steps.PAGE, key=key, urgent=True))
    about = _n("A passkey of %(name)s was refused: it seems to have been copied.")
    tell_admins(ctx, KIND, about, {"name": person.name}, url=f"/admin/people/{person.id}")


async def prove_with_passkey(request: Request, credential: str) -> None:
    """Prove again who uses a session, by a key of their own.

    Raises: Invalid, TooManyTries, Busy, WorkerFailed.
    """
    edge = edge_of(request)
    async with edge.writing(request, MINE) as ctx:
        await run_in_threadpool(count_try, ctx)
    async with edge.reading(request, MINE) as ctx:
        asked = await run_in_threadpool(passkeys.read_used, ctx, credential)
    found = await run_in_threadpool(passkeys.checked, asked)
    async with edge.writing(request, MINE) as ctx:
        await run_in_threadpool(proven, ctx, asked, found)


def proven(ctx: Ctx, asked: passkeys.Asked, found: Found) -> None:
    if asked.person_id != ctx.actor.id:
        raise RuleBroken(_("This passkey is somebody else's."))
    passkeys.use(ctx, asked, found)
    sessions.prove_again(ctx.db, ctx.origin.session_id or 0, ctx.now)
    ctx.audit(AuditEntry(action="core.confirm", ref=RecordRef("core.person", ctx.actor.id), title=ctx.actor.name))
