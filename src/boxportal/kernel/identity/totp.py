"""One-time codes from an app on the phone (TOTP, RFC 6238): six digits, each good for half a minute, and once."""

import hmac

from sqlalchemy import update

from boxportal.kernel.identity.models import Person
from boxportal.kernel.identity.step_models import Totp
from boxportal.kernel.running import company_of
from boxportal.kernel.secrets import Place
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Invalid, NotFound, RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.logs import get_logger

STEP, DIGITS = 30, 6
EARLIER_OR_LATER = 1
"""How many steps a phone's clock may go wrong (RFC 6238, 5.2)."""
log = get_logger()


def begin_setup(ctx: Ctx, person_id: int) -> None:
    """Make a seed; it counts only once a code of it was typed.

    Raises: RuleBroken when codes are on already, or the box has no master key.
    """
    if is_on(ctx, person_id):
        raise RuleBroken(_("Codes from your phone are on already."))
    from pyotp import random_base32  # noqa: PLC0415 where seeds are made

    forget_seed(ctx, person_id)
    sealed = company_of(ctx).vault.seal(random_base32(), place_of(person_id))
    ctx.db.add(Totp(person_id=person_id, sealed=sealed, created_at=ctx.now, confirmed_at=None, last_step=0))
    ctx.db.flush()


def seed_to_show(ctx: ReadCtx, person: Person) -> tuple[str, str]:
    """The seed that is being set up, and the address that a QR code gives to the app.

    Raises: NotFound when none is.
    """
    row = ctx.db.get(Totp, person.id)
    if row is None or row.confirmed_at is not None:
        raise NotFound
    from pyotp import TOTP  # noqa: PLC0415 where codes are

    seed = company_of(ctx).vault.open(row.sealed, place_of(person.id))
    return seed, TOTP(seed).provisioning_uri(name=person.email, issuer_name=ctx.company.title)


def finish_setup(ctx: Ctx, person_id: int, typed: str) -> None:
    """From now on codes are asked for: the phone shows the right one.

    Raises: NotFound when nothing is being set up; Invalid (`code`).
    """
    row = ctx.db.get(Totp, person_id)
    if row is None or row.confirmed_at is not None:
        raise NotFound
    if not accept_code(ctx, row, typed):
        raise Invalid({"code": _("This is not the code that the app shows now. Is the phone's clock right?")})
    row.confirmed_at = ctx.now
    ctx.db.flush()


def use_code(ctx: Ctx, person_id: int, typed: str) -> bool:
    """Use a code up; no for a wrong one, for one that was used, and where codes are not on."""
    row = ctx.db.get(Totp, person_id)
    return row is not None and row.confirmed_at is not None and accept_code(ctx, row, typed)


def accept_code(ctx: Ctx, row: Totp, typed: str) -> bool:
    code = "".join(typed.split())
    if len(code) != DIGITS or not (code.isascii() and code.isdecimal()):
        return False
    try:
        seed = company_of(ctx).vault.open(row.sealed, place_of(row.person_id))
    except RuleBroken as error:  # another master key: recovery codes and the administrator still help
        log.warning("a seed of one-time codes can't be opened", person=row.person_id, why=str(error))
        return False
    step = step_of(ctx, seed, code)
    if step is None:
        return False
    # Of two who send the same code at the same moment one comes first.
    later = update(Totp).where(Totp.person_id == row.person_id, Totp.last_step < step).values(last_step=step)
    return ctx.db.change(later) == 1


def step_of(ctx: ReadCtx, seed: str, code: str) -> int | None:
    """The time step that the code is of, within one step of now."""
    from pyotp import TOTP  # noqa: PLC0415 where codes are

    totp, now = TOTP(seed), int(ctx.now.timestamp()) // STEP
    steps = range(now - EARLIER_OR_LATER, now + EARLIER_OR_LATER + 1)
    return next((step for step in steps if hmac.compare_digest(totp.generate_otp(step), code)), None)


def is_on(ctx: ReadCtx, person_id: int) -> bool:
    row = ctx.db.get(Totp, person_id)
    return row is not None and row.confirmed_at is not None


def forget_seed(ctx: Ctx, person_id: int) -> None:
    row = ctx.db.get(Totp, person_id)
    if row is not None:
        ctx.db.delete(row)
        ctx.db.flush()


def place_of(person_id: int) -> Place:
    return Place("core_totp", "sealed", str(person_id))
