"""Carries a whole order out, step by step, so that each step leaves the company either as it was or as it shall be."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.switch.change import Acting, drop_untouched, revision_now, turn_off_now, turn_on
from boxportal.kernel.switch.live import wait_applied
from boxportal.kernel.switch.orders import Order, targets_of
from boxportal.kernel.switch.purge import wipe
from boxportal.kernel.switch.states import standings
from boxportal.kernel.switch.walk import Tell, silent

Backup = Callable[[Acting], Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was changed; which processes had not applied it in time; where a purge's backup lies."""

    changed: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    lagging: tuple[str, ...] = ()
    backup: Path | None = None


def perform(acting: Acting, order: Order, backup: Backup, tell: Tell = silent) -> Outcome:
    """Carry the order out, and tell of each step. Stopped anywhere, the same order again brings it to its end.

    Raises: NotFound, InTheWay, RuleBroken, RolledBack, Busy.
    """
    if order.verb == "purge":
        return _purge(acting, order, backup, tell)
    if order.verb == "disable":
        return _disable(acting, order, tell)
    changed = turn_on(acting, order, tell)
    tell("live")
    return Outcome(changed=tuple(changed), lagging=_wait(acting))


def _disable(acting: Acting, order: Order, tell: Tell) -> Outcome:
    """Off first; tables that nobody used go only when no process can answer from them any more."""
    tell("off")
    changed = turn_off_now(acting, order)
    tell("live")
    lagging = _wait(acting)
    emptied = () if lagging else tuple(drop_untouched(acting))
    return Outcome(changed=tuple(changed), emptied=emptied, lagging=lagging)


def _purge(acting: Acting, order: Order, backup: Backup, tell: Tell) -> Outcome:
    catalog = load_catalog()
    with read_session(acting.company.engines) as db:
        targets = targets_of(order, catalog, standings(db, catalog))
    if not targets:
        return Outcome()
    tell("off")
    turn_off_now(acting, replace(order, verb="disable"))
    lagging = _wait(acting)
    if lagging:
        return Outcome(lagging=lagging)
    tell("backup")
    kept = backup(acting)
    tell("remove")
    changed = tuple(wipe(acting, order))
    tell("live")
    return Outcome(changed=changed, backup=kept, lagging=_wait(acting))


def _wait(acting: Acting) -> tuple[str, ...]:
    return tuple(wait_applied(acting.company, revision_now(acting.company)))
