"""Signing in: throttled first, the slow password check outside any transaction, a fresh session at the end."""

from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import Request
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.identity import known_devices, sessions, throttle
from boxportal.kernel.identity.entering import Entry, enter
from boxportal.kernel.identity.linked import linked_person
from boxportal.kernel.identity.models import Person
from boxportal.kernel.identity.passwords import hash_password, needs_rehash, verify_password
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import Invalid, NotReached, RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.logs import get_logger
from boxportal.sdk.mailaddr import address_key
from boxportal.sdk.web import SECOND, Door, edge_of

log = get_logger()
WHAT = "sign-in"
PUBLIC = Door(public=True)


@dataclass(frozen=True, slots=True)
class Known:
    """The account that a name led to; without one the password check takes as long all the same."""

    person_id: int | None
    password_hash: str | None
    is_linked: bool = False


class Keeper(Protocol):
    """Who else keeps passwords: the company's directory."""

    def access(self, ctx: ReadCtx) -> object | None:
        """With what it is asked; None while people do not sign in with it."""

    def prove(self, by: Any, name: str, password: str) -> object | None:  # noqa: ANN401 what its access gave
        """Let it check a password, outside any transaction. Raises: NotReached."""

    def arrive(self, ctx: Ctx, proof: Any) -> Person | None:  # noqa: ANN401 what its prove gave
        """The person whose password was proven; None when they may not come in."""


async def sign_in(request: Request, email: str, password: str, keeper: Keeper) -> Entry:
    """Check name and password and begin a session: a half one where a second step is owed.

    Raises: Invalid (the same for an unknown name and a wrong password), TooManyTries, Busy.
    """
    edge = edge_of(request)
    name = address_key(email) or email.strip().casefold()
    async with edge.writing(request, PUBLIC) as ctx:
        known = await run_in_threadpool(count_and_find, ctx, name)
        is_theirs = known.is_linked or known.person_id is None
        by = await run_in_threadpool(access_or_none, keeper, ctx) if is_theirs else None
    if by is not None:
        proof = await run_in_threadpool(proven, keeper, by, name, password)
        async with edge.writing(request, PUBLIC) as ctx:
            return await run_in_threadpool(begin_by, ctx, keeper, proof, name)
    fits = await run_in_threadpool(verify_password, password, known.password_hash)
    if not fits or known.person_id is None:
        raise Invalid({"": _("This e-mail address and password do not fit together.")})
    better = await run_in_threadpool(rehashed, password, known)
    async with edge.writing(request, PUBLIC) as ctx:
        return await run_in_threadpool(begin, ctx, known.person_id, name, better)


def access_or_none(keeper: Keeper, ctx: ReadCtx) -> object | None:
    """A directory whose secret can't be opened any more must not keep those out who sign in without it."""
    try:
        return keeper.access(ctx)
    except RuleBroken as error:
        log.warning("directory can't be asked", error=str(error))
        return None


def proven(keeper: Keeper, by: object, name: str, password: str) -> object:
    """Raises: Invalid when the directory refuses, or does not answer."""
    try:
        proof = keeper.prove(by, name, password)
    except NotReached as error:
        log.warning("directory not reached", error=str(error))
        raise Invalid({"": _("The company's directory does not answer now. Try again in a while.")}) from error
    if proof is None:
        verify_password(password, None)  # takes the time that a password of the portal's own takes
        raise Invalid({"": _("This e-mail address and password do not fit together.")})
    return proof


def begin_by(ctx: Ctx, keeper: Keeper, proof: object, name: str) -> Entry:
    person = keeper.arrive(ctx, proof)
    return begin(ctx, person.id if person else 0, name, None)


def count_and_find(ctx: Ctx, name: str) -> Known:
    throttle.count_or_refuse(ctx.db, ctx.now, known_devices.limits_of(ctx, WHAT, name))
    found = ctx.db.execute(
        select(Person.id, Person.password_hash).where(Person.email == name, Person.state == "active")
    ).first()
    linked = linked_person(ctx, name)
    if linked is not None and (found is None or linked.id == found[0]):  # an address here is nobody's login there
        return Known(linked.id, None, is_linked=True)
    return Known(found[0], found[1]) if found else Known(None, None)


def rehashed(password: str, known: Known) -> str | None:
    if known.password_hash is not None and needs_rehash(known.password_hash):
        return hash_password(password)
    return None


def begin(ctx: Ctx, person_id: int, name: str, better_hash: str | None) -> Entry:
    """Start a session within the given transaction, and note it in the audit log."""
    throttle.forget_tries(ctx.db, known_devices.own_keys(ctx, WHAT, name))
    person = ctx.db.get(Person, person_id)
    if person is None or person.state != "active":
        raise Invalid({"": _("This e-mail address and password do not fit together.")})
    if better_hash:
        person.password_hash = better_hash
    ctx.actor = sessions.actor_of(person, {})
    entry = enter(ctx, person)
    action = "core.sign-in.first-step" if entry.stage == SECOND else "core.sign-in"
    ctx.audit(AuditEntry(action=action, ref=RecordRef("core.person", person.id), title=person.name))
    return entry
