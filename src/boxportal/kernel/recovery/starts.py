"""Counts the starts of the server that did not get as far as serving, through crashes and power cuts."""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ValidationError

from boxportal.kernel.durable import write_whole
from boxportal.sdk.clock import utcnow

FILE = "starts.json"
WITHIN = timedelta(minutes=5)
MOST = 3
KEPT, LONGEST = 10, 4000
UNKNOWN = "The process ended without a word: it was killed, or the machine went down."


class Start(BaseModel):
    """One start; `said` is what it failed with, as far as it could tell."""

    at: AwareDatetime
    said: str = ""


class Starts(BaseModel):
    """`begun` are starts since the last that served, `failed` the earlier ones that did not, newest last."""

    begun: list[Start] = []
    failed: list[Start] = []


def read_starts(data: Path) -> Starts:
    """What is known of former starts; nothing where the file is missing or spoilt."""
    with suppress(OSError, ValidationError):
        return Starts.model_validate_json((data / FILE).read_bytes())
    return Starts()


def note_begun(data: Path) -> Starts:
    """Note that a start begins, and return what was known before it."""
    known = read_starts(data)
    _write(data, Starts(begun=[*known.begun, Start(at=utcnow())][-KEPT:], failed=known.failed))
    return known


def note_failed(data: Path, said: str) -> None:
    """Note what the start that was begun last failed with."""
    known = read_starts(data)
    if known.begun:
        known.begun[-1].said = said[-LONGEST:]
        _write(data, known)


def note_serving(data: Path) -> None:
    """The start got as far as serving: what was begun before it and did not has failed, and counts no more."""
    known = read_starts(data)
    if known.begun:
        lost = [Start(at=one.at, said=one.said or UNKNOWN) for one in known.begun[:-1]]
        _write(data, Starts(failed=[*known.failed, *lost][-KEPT:]))


def take_back(data: Path) -> None:
    """The start that was begun last was stopped by somebody: it did not fail."""
    known = read_starts(data)
    if known.begun:
        _write(data, Starts(begun=known.begun[:-1], failed=known.failed))


def forget_starts(data: Path) -> None:
    """Let the next start be counted from nothing, and keep what failed."""
    known = read_starts(data)
    lost = [Start(at=one.at, said=one.said or UNKNOWN) for one in known.begun]
    _write(data, Starts(failed=[*known.failed, *lost][-KEPT:]))


def is_failing(known: Starts, now: datetime) -> bool:
    """Whether so many starts failed within so short a time that another would too."""
    return len([one for one in known.begun if now - WITHIN <= one.at <= now]) >= MOST


def failures(known: Starts) -> list[Start]:
    """The starts that failed, newest first."""
    lost = [Start(at=one.at, said=one.said or UNKNOWN) for one in known.begun]
    return sorted([*known.failed, *lost], key=lambda one: one.at, reverse=True)


def _write(data: Path, starts: Starts) -> None:
    """A full disk keeps nobody from starting."""
    with suppress(OSError):
        write_whole(data / FILE, starts.model_dump_json())
