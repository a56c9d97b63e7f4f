"""Ten codes on paper for the day when the phone is lost. Each works once; new ones put the old ones out of use."""

import hashlib
import hmac
import secrets

from sqlalchemy import delete, func, select, update

from boxportal.kernel.identity.resets import ALPHABET
from boxportal.kernel.identity.step_models import RecoveryCode
from boxportal.kernel.running import company_of
from boxportal.sdk.context import Ctx, ReadCtx

NUMBER, LENGTH = 10, 10  # 31^10 are 10^14.9


def make_codes(ctx: Ctx, person_id: int) -> list[str]:
    """Make new codes and return them, for they are not kept."""
    forget_codes(ctx, person_id)
    codes = ["".join(secrets.choice(ALPHABET) for _index in range(LENGTH)) for _number in range(NUMBER)]
    ctx.db.add_all([RecoveryCode(person_id=person_id, code_hash=hash_of(ctx, person_id, code)) for code in codes])
    ctx.db.flush()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def use_code(ctx: Ctx, person_id: int, typed: str) -> bool:
    """Use a code up; no for a wrong one and for one that was used."""
    code = "".join(letter for letter in typed.upper() if letter.isalnum())
    mine = update(RecoveryCode).where(
        RecoveryCode.person_id == person_id,
        RecoveryCode.code_hash == hash_of(ctx, person_id, code),
        RecoveryCode.used_at.is_(None),
    )
    return ctx.db.change(mine.values(used_at=ctx.now)) == 1


def codes_left(ctx: ReadCtx, person_id: int) -> int:
    mine = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.person_id == person_id)
    return ctx.db.scalar(mine.where(RecoveryCode.used_at.is_(None))) or 0


def forget_codes(ctx: Ctx, person_id: int) -> None:
    ctx.db.change(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))


def hash_of(ctx: ReadCtx, person_id: int, code: str) -> str:
    """A code is short, so its hash is keyed: the database alone does not tell it."""
    return hmac.new(company_of(ctx).key, f"recovery:{person_id}:{code}".encode(), hashlib.sha256).hexdigest()
