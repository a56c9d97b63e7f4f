"""How far an installation has come, so that an interrupted one goes on, and what it made, so that it can be undone."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Journal:
    """`answers` as they were confirmed, steps `done`, paths and names `made` (none that were there before)."""

    path: Path
    answers: dict[str, object] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    complete: bool = False

    def write(self) -> None:
        """Write it whole or not at all, for root alone."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        aside = self.path.with_suffix(".tmp")
        aside.unlink(missing_ok=True)
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        said = {name: value for name, value in asdict(self).items() if name != "path"}
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(said, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(descriptor)
        aside.replace(self.path)

    def finish(self, step: str) -> None:
        self.done.append(step)
        self.write()

    def note_made(self, thing: str) -> None:
        """Remember what is about to be made: noted before, so that nothing is ever made and forgotten."""
        if thing not in self.made:
            self.made.append(thing)
            self.write()


def read_journal(path: Path) -> Journal | None:
    """The journal of the installation on this machine; None where there is none."""
    try:
        said = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return Journal(path, said["answers"], said["done"], said["made"], said["complete"])
