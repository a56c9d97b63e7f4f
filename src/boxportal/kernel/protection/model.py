"""What a guard is: one setting that protects, what it does and costs, and how it is measured."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from boxportal.kernel.protection.facts import Facts
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.i18n import Lazy, plazy
from boxportal.sdk.i18n import lazy as _l


class Question(StrEnum):
    """The three questions that the page answers."""

    STRANGERS = "strangers"
    BACK = "back"
    NOTICE = "notice"


QUESTIONS = {
    Question.STRANGERS: _l("Can strangers get in?"),
    Question.BACK: _l("Can you get your data back?"),
    Question.NOTICE: _l("Would you notice?"),
}


class Level(StrEnum):
    """How a guard stands. A note is worth knowing and no weakness; what could not be measured is said to be so."""

    GOOD = "good"
    NOTE = "note"
    WEAK = "weak"
    OPEN = "open"
    UNKNOWN = "unknown"


LEVELS = {
    Level.GOOD: _l("Good"),
    Level.NOTE: plazy("guard", "Note"),
    Level.WEAK: _l("Weak"),
    Level.OPEN: _l("Open"),
    Level.UNKNOWN: _l("Not measured"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw: the evidence in a sentence, the one command that mends it, or the page where it is mended."""

    level: Level
    said: Lazy
    command: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """What `on` and `off` do. Without `off` the guard can only be put right, not taken away."""

    on: Callable[[Ctx], None]
    off: Callable[[Ctx], None] | None = None
    is_on: Callable[[ReadCtx], bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One guarding setting.

    `critical`: when it is open, the report's letter is D at best. `always`: it can't be turned off, so no switch is
    shown. `box`: it is about the machine, and shown to administrators of the box's first company alone.
    """

    id: str
    name: Lazy
    question: Question
    does: Lazy
    without: Lazy
    costs: Lazy
    on_if: Lazy
    off_if: Lazy
    undo: Lazy
    check: Callable[[Facts], Finding]
    advice: Callable[[Facts], Lazy]
    critical: bool = False
    always: bool = False
    box: bool = False
    switch: Switch | None = None

    @property
    def texts(self) -> dict[str, Lazy]:
        """What stands on the card, whatever the box is like."""
        return {
            "name": self.name, "does": self.does, "without": self.without, "costs": self.costs,
            "on_if": self.on_if, "off_if": self.off_if, "undo": self.undo,
        }  # fmt: skip


def good(said: Lazy) -> Finding:
    return Finding(Level.GOOD, said)


def note(said: Lazy, *, command: str = "", page: str = "") -> Finding:
    return Finding(Level.NOTE, said, command, page)


def weak(said: Lazy, *, command: str = "", page: str = "") -> Finding:
    return Finding(Level.WEAK, said, command, page)


def red(said: Lazy, *, command: str = "", page: str = "") -> Finding:
    """A guard that is open."""
    return Finding(Level.OPEN, said, command, page)


def unknown(said: Lazy) -> Finding:
    return Finding(Level.UNKNOWN, said)
