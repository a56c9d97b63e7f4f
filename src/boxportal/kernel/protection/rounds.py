"""A round: every guard is measured, what was seen is kept, and administrators are told of what turned red."""

from collections.abc import Mapping, Sequence
from importlib.metadata import Distribution

from sqlalchemy.exc import SQLAlchemyError

from boxportal.kernel.identity.admins import tell_admins
from boxportal.kernel.protection import kept
from boxportal.kernel.protection.facts import Facts
from boxportal.kernel.protection.kinds import GUARD_KIND
from boxportal.kernel.protection.model import Finding, Guard, Level, unknown
from boxportal.kernel.protection.table import guards_for
from boxportal.kernel.running import company_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import DomainError
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.i18n import use_locale
from boxportal.sdk.logs import get_logger

TURNED = _n("Protection turned red: %(names)s")
log = get_logger()


def measure(ctx: ReadCtx, program: Distribution | None = None) -> Mapping[str, tuple[Finding, kept.Seen]]:
    """Look at every guard; nothing is kept. Takes seconds: made for a process of its own."""
    facts, before = Facts(ctx, program), kept.read(ctx.db).seen
    found = {guard.id: (guard, look(guard, facts)) for guard in guards_for(company_of(ctx))}
    return {
        name: (finding, kept.seen_of(finding, guard.advice(facts), ctx.now, before.get(name)))
        for name, (guard, finding) in found.items()
    }


def look(guard: Guard, facts: Facts) -> Finding:
    """Measure one guard. A check that fails itself says nothing good of what it looks at."""
    try:
        return guard.check(facts)
    except (OSError, ValueError, LookupError, SQLAlchemyError, DomainError) as error:
        log.warning("check failed", guard=guard.id, error=repr(error))
        return unknown(_l("It could not be measured: %(why)s", why=f"{type(error).__name__}: {error}"[:200]))


def keep(ctx: Ctx, found: Mapping[str, kept.Seen]) -> Sequence[str]:
    """Keep what was seen, and tell the administrators of guards that turned red; returns these."""
    state = kept.read(ctx.db)
    turned = [
        name for name, seen in found.items()
        if seen.level is Level.OPEN and name not in state.aside
        and (name not in state.seen or state.seen[name].level is not Level.OPEN)
    ]  # fmt: skip
    is_first = state.looked_at is None
    state.seen, state.looked_at = dict(found), ctx.now
    kept.write(ctx.db, state)
    if turned and state.alerts and not is_first:
        tell_admins(ctx, GUARD_KIND, TURNED, {"names": names_of(ctx, turned)}, url="/admin/protection")
    return turned


def names_of(ctx: ReadCtx, guards: Sequence[str]) -> str:
    """The guards' names in the company's language."""
    with use_locale(ctx.company.language):
        return ", ".join(str(guard.name) for guard in guards_for(company_of(ctx)) if guard.id in guards)
