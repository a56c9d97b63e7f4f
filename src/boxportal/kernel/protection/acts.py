"""What somebody does to a guard: turns it on or off, puts it right, sets it aside with a reason."""

from boxportal.kernel.protection import kept
from boxportal.kernel.protection.facts import Facts
from boxportal.kernel.protection.model import Guard
from boxportal.kernel.protection.rounds import look
from boxportal.kernel.protection.table import guard_named
from boxportal.kernel.running import company_of
from boxportal.sdk.context import AuditEntry, Ctx
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.i18n import gettext as _

SHORTEST, LONGEST = 3, 300


def turn_on(ctx: Ctx, guard_id: str) -> Guard:
    """Turn a guard on, or put right what it found.

    Raises: NotFound; RuleBroken where that takes more than a press.
    """
    guard = guard_named(company_of(ctx), guard_id)
    if guard.switch is None:
        raise RuleBroken(_("This takes more than a press: its card says what to do."))
    guard.switch.on(ctx)
    ctx.audit(AuditEntry(action="core.guard.on", title=guard.name.message))
    look_again(ctx, guard)
    return guard


def turn_off(ctx: Ctx, guard_id: str) -> Guard:
    """Raises: NotFound; RuleBroken for what is always on."""
    guard = guard_named(company_of(ctx), guard_id)
    if guard.switch is None or guard.switch.off is None:
        raise RuleBroken(_("This can't be turned off here."))
    guard.switch.off(ctx)
    ctx.audit(AuditEntry(action="core.guard.off", title=guard.name.message))
    look_again(ctx, guard)
    return guard


def look_again(ctx: Ctx, guard: Guard) -> None:
    """See at once what the act changed."""
    state = kept.read(ctx.db)
    facts = Facts(ctx)
    finding, before = look(guard, facts), state.seen.get(guard.id)
    state.seen[guard.id] = kept.seen_of(finding, guard.advice(facts), ctx.now, before)
    kept.write(ctx.db, state)


def set_aside(ctx: Ctx, guard_id: str, reason: str) -> Guard:
    """Take a guard out of the answers, with the reason that the next one who asks will read.

    Raises: NotFound, Invalid.
    """
    guard, reason = guard_named(company_of(ctx), guard_id), " ".join(reason.split())
    if not SHORTEST <= len(reason) <= LONGEST:
        raise Invalid({"reason": _("Say why, in up to 300 letters.")})
    state = kept.read(ctx.db)
    state.aside[guard.id] = kept.SetAside(reason=reason, by=ctx.actor.name, at=ctx.now)
    kept.write(ctx.db, state)
    ctx.audit(AuditEntry(action="core.guard.dismiss", title=guard.name.message, after={"reason": reason}))
    return guard


def take_back(ctx: Ctx, guard_id: str) -> Guard:
    """Count a guard again that was set aside.

    Raises: NotFound, RuleBroken.
    """
    guard, state = guard_named(company_of(ctx), guard_id), kept.read(ctx.db)
    former = state.aside.pop(guard.id, None)
    if former is None:
        raise RuleBroken(_("It is not set aside."))
    kept.write(ctx.db, state)
    ctx.audit(AuditEntry(action="core.guard.return", title=guard.name.message, before={"reason": former.reason}))
    return guard
