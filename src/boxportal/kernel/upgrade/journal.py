"""What an upgrade is about to do, written durably before it does it: who finds it later knows how to go on or back.

`serve` reads it at every start, so this file imports little.
"""

import fcntl
import hashlib
import hmac
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from boxportal.kernel.durable import write_whole
from boxportal.sdk.errors import Busy, RuleBroken

Phase = Literal["preparing", "resting", "trying", "returning", "done", "returned", "stuck"]
RESUME = "boxportal upgrade resume"
TOKEN_HEADER, RELEASE_HEADER = "x-boxportal-examiner", "x-boxportal-release"


class Journal(BaseModel):
    """The state of the last upgrade or way back.

    Phases: `preparing` (people work on), `resting` (a page says to wait), `trying` (the other release serves nobody but
    its examiner), `returning`, and the ends: `done`, `returned` (as before), `stuck` (not even that).
    """

    model_config = ConfigDict(extra="ignore", populate_by_name=True)
    act: Literal["upgrade", "rollback"] = "upgrade"
    former: str
    wanted: str
    phase: Phase = "preparing"
    step: str = ""
    made_release: bool = False
    examiner: str = ""
    failure: str = ""
    started_at: str = ""
    rows: dict[str, dict[str, int]] = {}
    pages: list[str] = []

    @property
    def is_over(self) -> bool:
        return self.phase in ("done", "returned")

    def admits(self, token: str) -> bool:
        """Whether this is the secret of whoever examines the release that is being tried."""
        return hmac.compare_digest(hashlib.sha256(token.encode()).hexdigest(), self.examiner)


def read_journal(path: Path) -> Journal | None:
    """The journal; None where nothing was ever upgraded.

    Raises: RuleBroken.
    """
    try:
        return Journal.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise RuleBroken(f"{path} can't be read: {error}") from error


def write_journal(path: Path, journal: Journal) -> None:
    """Write it, so that it outlives a power cut. The server must be able to read it; there is no secret in it."""
    write_whole(path, journal.model_dump_json(indent=1) + "\n", mode=0o644)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock of upgrades.

    Raises: Busy when another one goes on.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise Busy("Another upgrade goes on at this moment. See: boxportal upgrade status") from error
    try:
        yield
    finally:
        os.close(descriptor)


def is_going_on(path: Path) -> bool:
    """Whether somebody holds the lock of upgrades."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def at_start(journal: Path, lock: Path) -> Journal | None:
    """What a server that starts must know: the upgrade that goes on and needs it to rest or to be tried; mostly None.

    Raises: RuleBroken when an upgrade was broken off and must be ended first.
    """
    found = read_journal(journal)
    if found is None or found.is_over or found.phase == "preparing":
        return None
    if found.phase == "stuck" or not is_going_on(lock):
        raise RuleBroken(f"The {found.act} from {found.former} to {found.wanted} was broken off. End it: {RESUME}")
    return found
