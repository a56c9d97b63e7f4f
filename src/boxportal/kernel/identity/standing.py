"""Who has a second step: codes from the phone, or passkeys."""

from sqlalchemy import select

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


def count_steps(ctx: ReadCtx, person_id: int) -> int:
    return int(has_codes(ctx, person_id)) + count_passkeys(ctx, person_id)


def has_steps(ctx: ReadCtx, person_id: int) -> bool:
    return count_steps(ctx, person_id) > 0
