"""Seals of the audit log noted in a file beside the backups: what is noted there can't be cut off unseen."""

from datetime import datetime
from pathlib import Path

from boxportal.kernel.audit.chain import head_of
from boxportal.kernel.audit.verify import holds
from boxportal.sdk.database import ReadSession


def file_of(backups: Path, company: str) -> Path:
    return backups / f"{company}.seals"


def noted(path: Path) -> list[str]:
    """The seals as `NUMBER:HASH`, the oldest first."""
    try:
        lines = path.read_text("ascii", errors="replace").splitlines()
    except OSError:
        return []
    return [line.split()[1] for line in lines if len(line.split()) == 2]  # noqa: PLR2004 time and seal


def lost(db: ReadSession, path: Path) -> str:
    """The first noted seal that the log does not hold any more; empty when it holds all."""
    return next((seal for seal in noted(path) if not holds(db, seal)), "")


def note_head(db: ReadSession, path: Path, now: datetime) -> int:
    """Note the newest seal, unless it stands there; returns how many are noted.

    Raises: OSError.
    """
    head, before = head_of(db), noted(path)
    seal = f"{head.number}:{head.hash}"
    if not head.number or seal in before[-1:]:
        return len(before)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a", encoding="ascii") as file:
        path.chmod(0o600)
        file.write(f"{now:%Y-%m-%dT%H:%M:%SZ} {seal}\n")
    return len(before) + 1
