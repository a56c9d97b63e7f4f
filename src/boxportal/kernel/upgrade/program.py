"""Where the installed program lies: `ROOT/releases/VERSION`, `ROOT/current` to the one that serves, and the journal."""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from boxportal.kernel.bundle.manifest import BadBundle
from boxportal.kernel.bundle.release import Release, find_release
from boxportal.kernel.durable import sync
from boxportal.sdk.errors import RuleBroken

VARIABLE = "BOXPORTAL_PROGRAM"
NUMBERS = re.compile(r"([0-9.]+)(?:\.?(dev|a|b|rc|post)([0-9]+))?")
RANKS = {"dev": 0, "a": 1, "b": 2, "rc": 3, "": 4, "post": 5}  # PEP 440


@dataclass(frozen=True, slots=True)
class Program:
    """The root folder of an installed program. Only root writes to it, so that what it says can be acted on as root."""

    root: Path

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def journal(self) -> Path:
        return self.root / "upgrade.json"

    @property
    def lock(self) -> Path:
        return self.root / "upgrade.lock"

    def release(self, version: str) -> Release:
        """Raises: RuleBroken when it is not there."""
        found = find_release(self.releases / version)
        if found is None or found.version != version:
            raise RuleBroken(f"The release {version} is not in {self.releases} any more.")
        return found

    def current(self) -> Release:
        """Raises: RuleBroken when no release is in use."""
        found = find_release((self.root / "current").resolve())
        if found is None:
            raise RuleBroken(f"{self.root / 'current'} leads to no release.")
        return found

    def use(self, release: Release) -> None:
        """Let `current` lead to a release, by one rename that outlives a power cut."""
        aside = self.root / ".current.new"
        aside.unlink(missing_ok=True)
        aside.symlink_to(release.folder.relative_to(self.root))
        aside.replace(self.root / "current")
        sync(self.root)


def running_program() -> Program | None:
    """The installed program that this process runs out of; None in a checkout."""
    if named := os.environ.get(VARIABLE):
        return Program(Path(named))
    release = Path(sys.prefix).resolve().parent
    return Program(release.parents[1]) if release.parent.name == "releases" and find_release(release) else None


def in_order(version: str) -> tuple[object, ...]:
    """A version as something that sorts (PEP 440, as far as ours go). Raises: BadBundle."""
    match = NUMBERS.fullmatch(version)
    if match is None:
        raise BadBundle(f"{version} is no version.")
    numbers = [int(part) for part in match[1].strip(".").split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return (tuple(numbers), RANKS[match[2] or ""], int(match[3] or 0))
