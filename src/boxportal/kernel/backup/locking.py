"""Only one run of backups at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from boxportal.kernel.backup.journal import ensure_state_folder, state_folder
from boxportal.sdk.errors import Busy

LOCK = "lock"


@contextmanager
def run_lock(data: Path) -> Iterator[None]:
    """Hold the lock of the runs; the system frees it when the process ends, however it ends.

    Raises: Busy when another run goes on.
    """
    descriptor = os.open(ensure_state_folder(data) / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy("A backup is being made already. Wait for it: boxportal backup list") from error
        yield
    finally:
        os.close(descriptor)


def is_running(data: Path) -> bool:
    """Whether a run goes on now."""
    try:
        descriptor = os.open(state_folder(data) / LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
