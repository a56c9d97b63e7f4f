"""An upgrade, or a way back, while it is done: the machine, the journal, and how its steps are told."""

import hashlib
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from boxportal.kernel.bundle.release import Release
from boxportal.kernel.companies import FILE
from boxportal.kernel.upgrade.journal import Journal, write_journal
from boxportal.kernel.upgrade.machine import Machine
from boxportal.sdk.errors import RuleBroken

PAUSE = 0.2
Say = Callable[[str, str], None]


@dataclass(slots=True)
class Change:
    """What the steps work on. `took` is how many seconds each step took."""

    machine: Machine
    journal: Journal
    say: Say
    bundle: Path | None = None
    trusted: Collection[bytes] = ()
    patience: float = 60
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    took: dict[str, float] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)

    def note(self, **changes: object) -> None:
        """Write into the journal what comes next, before it comes."""
        new = self.journal.model_copy(update=changes)
        write_journal(self.machine.program.journal, new)
        self.journal = new  # only what is written counts

    @property
    def former(self) -> Release:
        return self.machine.program.release(self.journal.former)

    @property
    def wanted(self) -> Release:
        return self.machine.program.release(self.journal.wanted)

    @property
    def hash(self) -> str:
        """What the journal holds of the examiner's secret."""
        return hashlib.sha256(self.token.encode()).hexdigest()

    def ask(self, release: Release, verb: str, **given: object) -> dict[str, Any]:
        return self.machine.ask(release, verb, **given)

    @property
    def names(self) -> list[str]:
        """The companies' names, whatever state their tables are in."""
        return sorted(file.parent.name for file in (self.machine.data / "companies").glob(f"[!.]*/{FILE}"))

    @property
    def companies(self) -> dict[str, dict[str, Any]]:
        """The companies as they were found at first, with their modules, revisions and sizes."""
        if not self.found:
            self.found = self.ask(self.machine.program.current(), "look")
        companies: dict[str, dict[str, Any]] = self.found["companies"]
        return companies

    def wait_until_serving(self, *, release: str = "") -> None:
        """Wait until the server answers; of the release that is being examined, when one is named.

        Raises: RuleBroken when it does not within the time.
        """
        end = time.monotonic() + self.patience
        while True:
            answer = self.machine.fetch("/healthz", self.token)
            if answer.status == HTTPStatus.OK and answer.release == release:
                return
            if time.monotonic() > end:
                raise RuleBroken(f"The server did not come up within {self.patience:.0f} seconds.")
            time.sleep(PAUSE)


def nothing(_change: Change) -> None:
    """Undo a step that has changed nothing."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what is told of it, the phase in which it is done, what it does, and what undoes it.

    `undo` may find the step done, half done or not begun, and may be repeated.
    """

    name: str
    title: str
    phase: str
    do: Callable[[Change], None]
    undo: Callable[[Change], None] = nothing


Steps = Sequence[Step]
