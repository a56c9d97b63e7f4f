"""The journal of backup runs: when, of what, how large, proven or not, and which copies went where.

A plain file of the data folder, so that it can be read when no database can, and by a server without archive libraries.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from boxportal.kernel.backup.age import is_too_old
from boxportal.kernel.companies import FILE as COMPANY_FILE
from boxportal.kernel.durable import write_whole

FOLDER = "backup"
FILE = "runs.json"
MOST_RUNS = 400
By = Literal["command", "timer", "server", "page"]


class Kept(BaseModel):
    """One file of a run: a company's backup, or the box archive (`box`)."""

    model_config = ConfigDict(extra="ignore")
    name: str
    file: str = ""
    size: int = 0
    proven: list[str] = []
    error: str = ""


class Copies(BaseModel):
    """What a run did at one target."""

    model_config = ConfigDict(extra="ignore")
    target: str
    copied: list[str] = []
    removed: list[str] = []
    error: str = ""


class Run(BaseModel):
    """One run. `ended` is missing while it goes on, and for ever when it was killed."""

    model_config = ConfigDict(extra="ignore")
    by: By = "command"
    began: AwareDatetime
    ended: AwareDatetime | None = None
    kept: list[Kept] = []
    removed: list[str] = []
    copies: list[Copies] = []
    error: str = ""

    @property
    def is_good(self) -> bool:
        """Whether everything was made and proven on this box; a target that failed is another matter."""
        return self.ended is not None and not self.error and bool(self.kept) and not any(k.error for k in self.kept)

    @property
    def is_complete(self) -> bool:
        """Whether also each target has its copies."""
        return self.is_good and not any(copies.error for copies in self.copies)


class Journal(BaseModel):
    """The whole file, the newest run last."""

    model_config = ConfigDict(extra="ignore")
    runs: list[Run] = []

    @property
    def last_good(self) -> Run | None:
        return next((run for run in reversed(self.runs) if run.is_good), None)

    @property
    def proven(self) -> set[str]:
        """The names of the files that were proven."""
        return {kept.file for run in self.runs for kept in run.kept if kept.proven and not kept.error}

    def last_proven(self, name: str) -> str:
        """The newest proven file of a company or of the box; empty when there is none."""
        found = (kept for run in reversed(self.runs) for kept in run.kept if kept.name == name and kept.proven)
        return next((kept.file for kept in found if not kept.error), "")

    def last_copies(self, target: str) -> tuple[datetime | None, str]:
        """When a target last was brought up to date, and what went wrong at the last try (empty when nothing did)."""
        tries = [(run, copies) for run in reversed(self.runs) for copies in run.copies if copies.target == target]
        good = next((run.ended or run.began for run, copies in tries if not copies.error), None)
        return good, tries[0][1].error if tries else ""


def state_folder(data: Path) -> Path:
    """Where the server and the commands keep what they know of backups: in the data, which both may write."""
    return data / FOLDER


def ensure_state_folder(data: Path) -> Path:
    folder = state_folder(data)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def read_journal(data: Path) -> Journal:
    """What was run so far; an empty journal where there is none that can be read."""
    try:
        return Journal.model_validate_json((state_folder(data) / FILE).read_bytes())
    except (OSError, ValidationError):
        return Journal()


def keep_run(data: Path, run: Run) -> None:
    """Write a run down, in place of the one that began at the same moment. The caller holds the run's lock."""
    journal = read_journal(data)
    others = [one for one in journal.runs if one.began != run.began]
    journal.runs = [*others, run][-MOST_RUNS:]
    write_whole(ensure_state_folder(data) / FILE, journal.model_dump_json(indent=1) + "\n")


def set_up_at(data: Path) -> datetime | None:
    """When the first of the companies that are here was made, as far as the file system knows."""
    times = [path.stat().st_mtime for path in (data / "companies").glob(f"*/{COMPANY_FILE}")]
    return datetime.fromtimestamp(min(times), UTC) if times else None


def is_behind(data: Path, journal: Journal, now: datetime) -> bool:
    """Whether the last good run is too old, for a box that has companies at all."""
    since = set_up_at(data)
    last = journal.last_good
    return since is not None and is_too_old(last.ended if last else None, now, since=since)
