"""Browsers that are known again by a long-lived cookie.

Tries at sign-in from one are counted apart: who guesses a password elsewhere can't make its owner wait. And it can be
trusted for a while, so that it is not asked for the second step.
"""

import secrets
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from boxportal.kernel.identity.models import DirectoryPerson, Person
from boxportal.kernel.identity.sessions import digest
from boxportal.kernel.identity.step_models import KnownDevice
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.ipaddr import network_of

LIFE = timedelta(days=180)
TRUST = timedelta(days=30)
MOST = 50
PER_ACCOUNT, PER_ADDRESS = 10, 30


def device_of(ctx: ReadCtx, name: str) -> int | None:
    """The id of this browser as a known device of whoever has this address, or this name in the directory."""
    found = select(KnownDevice.id).join(Person, Person.id == KnownDevice.person_id)
    found = found.outerjoin(DirectoryPerson, DirectoryPerson.person_id == Person.id)
    return ctx.db.scalar(found.where(or_(Person.email == name, DirectoryPerson.login == name), *this_one(ctx)).limit(1))


def limits_of(ctx: ReadCtx, what: str, name: str) -> dict[str, int]:
    """By what tries are counted: of a known device alone; else of the account and of the address."""
    device = device_of(ctx, name)
    if device is not None:
        return {f"{what}:device:{device}": PER_ACCOUNT}
    return {f"{what}:{name}": PER_ACCOUNT, f"{what}:{network_of(ctx.origin.address)}": PER_ADDRESS}


def limits_here(ctx: ReadCtx, what: str) -> dict[str, int]:
    """By what tries are counted that name nobody: of a known device alone, else of the address."""
    device = ctx.db.scalar(select(KnownDevice.id).where(*this_one(ctx)).limit(1))
    if device is not None:
        return {f"{what}:device:{device}": PER_ACCOUNT}
    return {f"{what}:{network_of(ctx.origin.address)}": PER_ADDRESS}


def own_keys(ctx: ReadCtx, what: str, name: str) -> list[str]:
    """The counts that a success wipes: not the address's, from which others may be guessing."""
    return [key for key, most in limits_of(ctx, what, name).items() if most == PER_ACCOUNT]


def is_trusted(ctx: ReadCtx, person_id: int) -> bool:
    trusted = select(KnownDevice.id).where(KnownDevice.person_id == person_id, KnownDevice.trusted_until > ctx.now)
    return ctx.db.scalar(trusted.where(*this_one(ctx))) is not None


def this_one(ctx: ReadCtx) -> tuple[ColumnElement[bool], ...]:
    return KnownDevice.token_hash == digest(ctx.origin.device), KnownDevice.seen_at > ctx.now - LIFE


def remember(ctx: Ctx, person_id: int, *, trust: bool) -> str:
    """Note that this browser signed the person in; returns the secret for its cookie."""
    secret, mine = ctx.origin.device, KnownDevice.person_id == person_id
    is_ours = bool(secret) and ctx.db.scalar(select(KnownDevice.id).where(*this_one(ctx)).limit(1)) is not None
    if not is_ours:
        secret = secrets.token_urlsafe(32)
    row = ctx.db.scalar(select(KnownDevice).where(KnownDevice.token_hash == digest(secret), mine))
    if row is None:
        row = KnownDevice(token_hash=digest(secret), person_id=person_id, agent=ctx.origin.agent[:200],
                          created_at=ctx.now, seen_at=ctx.now, trusted_until=None)  # fmt: skip
        ctx.db.add(row)
    row.seen_at = ctx.now
    if trust:
        row.trusted_until = ctx.now + TRUST
    ctx.db.flush()
    newest = select(KnownDevice.id).where(mine).order_by(KnownDevice.seen_at.desc(), KnownDevice.id.desc()).limit(MOST)
    ctx.db.change(delete(KnownDevice).where(mine, KnownDevice.id.not_in(newest.scalar_subquery())))
    return secret


def trusted_devices(ctx: ReadCtx, person_id: int) -> int:
    mine = select(func.count()).select_from(KnownDevice)
    return ctx.db.scalar(mine.where(KnownDevice.person_id == person_id, KnownDevice.trusted_until > ctx.now)) or 0


def trust_none(ctx: Ctx, person_id: int) -> None:
    """Ask on every device for the second step again."""
    ctx.db.change(update(KnownDevice).where(KnownDevice.person_id == person_id).values(trusted_until=None))
