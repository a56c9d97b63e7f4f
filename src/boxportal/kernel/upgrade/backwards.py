"""The steps of the way back to the former release, with the data as it was before the upgrade."""

from boxportal.kernel.upgrade import service
from boxportal.kernel.upgrade.change import Change, Step, Steps
from boxportal.sdk.errors import RuleBroken


def before(change: Change) -> str:
    """The state from before the upgrade that is taken back."""
    return f"before-{change.journal.former}"


def after(change: Change) -> str:
    """The state that is given up."""
    return f"after-{change.journal.former}"


def look(change: Change) -> None:
    """The former state of every company is there."""
    kept = change.ask(change.former, "kept", label=before(change))
    if kept["lacking"]:
        raise RuleBroken(
            f"There is no state from before the upgrade of: {', '.join(kept['lacking'])}. It was made since, or moved "
            "to another database. Remove it (boxportal company remove) or stay with this release."
        )
    change.ask(change.former, "forget", label=after(change))


def back(change: Change) -> None:
    for name in change.names:
        change.ask(change.former, "keep", company=name, label=after(change))
    for name in change.names:
        change.ask(change.former, "put_back", company=name, label=before(change))


def back_undo(change: Change) -> None:
    for name in change.names:
        change.ask(change.former, "put_back", company=name, label=after(change))
    change.ask(change.former, "forget", label=after(change))


def keep(change: Change) -> None:
    """Keep the state that was given up, until the next upgrade."""
    change.ask(change.wanted, "forget_others", label=after(change))
    change.note(step="")


ROLLBACK: Steps = (
    Step("look", "Looking for the state from before the upgrade", "preparing", look),
    Step("stop", "Letting people wait", "resting", service.rest, service.serve_again),
    Step("back", "Putting the data back as it was before the upgrade", "resting", back, back_undo),
    Step("switch", "Switching to the former release", "resting", service.switch, service.switch_back),
    Step("start", "Starting the former release", "trying", service.start, service.stop),
    Step("health", "Examining it before people are let in", "trying", service.examine),
    Step("keep", "Tidying up", "done", keep),
)
