"""Who has a second step: codes from the phone, or passkeys."""

from sqlalchemy import select

from boxportal.kernel.identity.linked import is_linked
from boxportal.kernel.identity.models import Person
from boxportal.kernel.identity.passkeys import count_passkeys
from boxportal.kernel.identity.step_models import Passkey, Totp
from boxportal.sdk.context import ReadCtx


def people_with_steps(ctx: ReadCtx) -> frozenset[int]:
    """The ids of everyone who is asked for a second step."""
    with_codes = ctx.db.scalars(select(Totp.person_id).where(Totp.confirmed_at.is_not(None)))
    return frozenset(with_codes) | frozenset(ctx.db.scalars(select(Passkey.person_id).distinct()))


def has_codes(ctx: ReadCtx, person_id: int) -> bool:
    mine = select(Totp.person_id).where(Totp.person_id == person_id, Totp.confirmed_at.is_not(None))
    return ctx.db.scalar(mine) is not None


def has_password(ctx: ReadCtx, person_id: int) -> bool:
    """Whether the portal or the company's directory keeps a password; who comes by a sign-in service may have none."""
    mine = select(Person.password_hash).where(Person.id == person_id)
    return ctx.db.scalar(mine) is not None or is_linked(ctx, person_id)


def count_steps(ctx: ReadCtx, person_id: int) -> int:
    return int(has_codes(ctx, person_id)) + count_passkeys(ctx, person_id)


def has_steps(ctx: ReadCtx, person_id: int) -> bool:
    return count_steps(ctx, person_id) > 0
