"""What backups are called: `NAME-YYYYMMDD-HHMMSS[-n].bpb`, by which those of `acme` and `acme-2` are told apart."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

FORM = re.compile(r"(?P<name>[a-z0-9][a-z0-9-]{0,30})-(?P<at>[0-9]{8}-[0-9]{6})(?:-(?P<n>[0-9]{1,3}))?\.bpb")
STAMP = "%Y%m%d-%H%M%S"
UNPROVEN = ".unproven"
"""What is added to the name of a backup whose proof failed: it is no backup any more."""


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """What a file's name says: whose backup it is, of when (UTC), and which of that second."""

    name: str
    at: datetime
    number: int
    file: str


def named(file: str) -> Named | None:
    """Read a file's name; None when it is not exactly of the form."""
    found = FORM.fullmatch(file)
    if found is None:
        return None
    try:
        at = datetime.strptime(found["at"], STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    return Named(found["name"], at, int(found["n"] or 0), file)


def each_named(files: Iterable[str]) -> Iterator[Named]:
    """Those files whose names are of the form."""
    return (one for file in files if (one := named(file)) is not None)


def files_in(folder: Path) -> list[Named]:
    """The backups in a folder by their names, the newest first; none where there is no folder."""
    if not folder.is_dir():
        return []
    return sorted(
        each_named(path.name for path in folder.iterdir()), key=lambda one: (one.at, one.number), reverse=True
    )


def newest_in(folder: Path, name: str) -> Path | None:
    """The newest backup of a company, or of the box."""
    return next((folder / one.file for one in files_in(folder) if one.name == name), None)


def stem_of(name: str, at: datetime) -> str:
    return f"{name}-{at.astimezone(UTC):{STAMP}}"


def free_name(folder: Path, stem: str) -> Path:
    """A name that no other backup has."""
    names = (folder / f"{stem}{f'-{n}' if n else ''}.bpb" for n in range(1000))
    return next(path for path in names if not path.exists())
