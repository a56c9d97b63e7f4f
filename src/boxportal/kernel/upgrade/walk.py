"""Walks the steps of an upgrade or of the way back; on a failure walks back; and takes up what was broken off."""

import contextlib
import time

from boxportal.kernel.bundle.manifest import BadBundle
from boxportal.kernel.upgrade.backwards import ROLLBACK
from boxportal.kernel.upgrade.change import Change, Steps
from boxportal.kernel.upgrade.forwards import UPGRADE
from boxportal.kernel.upgrade.journal import RESUME
from boxportal.sdk.errors import DomainError, RolledBack, RuleBroken, Stuck

STEPS: dict[str, Steps] = {"upgrade": UPGRADE, "rollback": ROLLBACK}
BROKEN_OFF = "it was broken off"


def go(change: Change, first: int = 0) -> None:
    """Walk the steps from one on.

    Raises: RuleBroken when nothing was changed; RolledBack when all was put back; Stuck when not even that went well.
    """
    steps = STEPS[change.journal.act]
    for index, step in enumerate(steps[first:], first):
        begun = time.monotonic()
        try:
            change.note(step=step.name, phase=step.phase)
            change.say(step.name, step.title)
            step.do(change)
        except BaseException as error:
            if change.journal.phase == "done":  # people work with the new release already: only the tidying is left
                raise RuleBroken(
                    f"BoxPortal {change.journal.wanted} serves, but tidying up failed: {reason_of(error)}. Do: {RESUME}"
                ) from error
            go_back(change, index, reason_of(error))
            if isinstance(error, KeyboardInterrupt):
                raise
            raise failure(change, step.title, error) from error
        change.took[step.name] = round(time.monotonic() - begun, 2)


def check_only(change: Change, steps: Steps) -> None:
    """Do steps that change nothing, without a journal.

    Raises: RuleBroken, BadBundle.
    """
    for step in steps:
        change.say(step.name, step.title)
        step.do(change)


def failure(change: Change, title: str, error: BaseException) -> DomainError:
    """What is told of a step that failed, once all is as it was."""
    said = f"{title}: {reason_of(error)}"
    if not change.journal.failure:
        return as_domain(error, said)
    serves = f"BoxPortal {change.journal.former} serves again, with the data as it was."
    return RolledBack(f"{said}\n{serves} What the new one logged: journalctl -u boxportal")


def as_domain(error: BaseException, said: str) -> DomainError:
    """The same sentence, with the command that mends it where the error knows one."""
    refused = RuleBroken(f"{said}\nNothing was changed.")
    if isinstance(error, BadBundle) and error.fix:
        setattr(refused, "fix", error.fix)  # noqa: B010 not every error has one
    return refused


def reason_of(error: BaseException) -> str:
    return str(error) or type(error).__name__


def go_back(change: Change, index: int, reason: str) -> None:
    """Undo the step with this number, and all before it. May be repeated at any point.

    Raises: Stuck.
    """
    steps = STEPS[change.journal.act]
    people_waited = steps[index].phase != "preparing"
    phase = "returning" if people_waited else "preparing"
    note_if_possible(change, step=steps[index].name, phase=phase, failure=reason if people_waited else "")
    if people_waited:
        change.say("return", f"{steps[index].title} failed: {reason}")
        change.say("return", f"Going back to {change.journal.former}")
    for step in reversed(steps[: index + 1]):
        try:
            step.undo(change)
        except BaseException as error:
            with contextlib.suppress(OSError):
                change.note(phase="stuck", failure=f"{reason}; then, going back: {reason_of(error)}")
            raise Stuck(
                f"{steps[index].title} failed ({reason}), and going back failed too ({step.name}: {reason_of(error)}). "
                "Mend what it says, then give the command below: it goes on from there.",
                RESUME,
            ) from error
    note_if_possible(change, phase="returned", step="")


def note_if_possible(change: Change, **changes: object) -> None:
    """Note it, and go on where the journal can't be written: a full disk keeps nothing from being undone."""
    try:
        change.note(**changes)
    except OSError:
        change.journal = change.journal.model_copy(update=changes)  # written with what is noted next


def resume(change: Change, *, at_start: bool = False) -> str:
    """End what was broken off: what was about to be examined is examined, all else is put back. Says what it did.

    At the start of the service nothing can be examined, so everything is put back but what was done.
    Raises: RolledBack, Stuck.
    """
    journal = change.journal
    steps = STEPS[journal.act]
    index = next((number for number, step in enumerate(steps) if step.name == journal.step), -1)
    if index < 0:
        return "Nothing was broken off."
    if journal.phase == "done":
        go(change, len(steps) - 1)
        return f"BoxPortal {journal.wanted} serves."
    if journal.phase == "trying" and not at_start:
        go(change, next(number for number, step in enumerate(steps) if step.name == "start"))
        return f"BoxPortal {journal.wanted} serves."
    go_back(change, index, journal.failure or BROKEN_OFF)
    return f"BoxPortal {journal.former} serves, with the data as it was."
