"""The checks in a process beside the server, so that what they import and read is gone when they end."""

import os
from pathlib import Path

from pydantic import BaseModel

from boxportal.kernel import models as _models  # noqa: F401 completes the metadata
from boxportal.kernel.config import VARIABLE, settings_folder
from boxportal.kernel.health.look import look, mend
from boxportal.kernel.worker import run_in_worker
from boxportal.sdk.access import Actor
from boxportal.sdk.errors import DomainError
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.worker import WorkRefused

TARGET = f"{__name__}:work"
SECONDS, MEMORY_MB = 120.0, 1024


class Task(BaseModel):
    """What is asked of the process. `mend` names what is to be put right before the look."""

    data: Path
    settings: Path
    mend: tuple[str, ...] = ()
    actor_id: int | None = None
    actor_name: str = ""


def look_beside(data: Path, actor: Actor, *, mending: tuple[str, ...] = ()) -> None:
    """Look, in a process of its own; the kept report says what was found.

    Raises: WorkRefused, WorkerFailed, Busy.
    """
    task = Task(
        data=data, settings=settings_folder(data), mend=mending, actor_id=actor.id, actor_name=actor.name
    )  # fmt: skip
    run_in_worker(TARGET, task.model_dump_json().encode(), seconds=SECONDS, memory_mb=MEMORY_MB)


def work(payload: bytes) -> bytes:
    """The process's end. Raises: WorkRefused when what should be mended could not be."""
    task = Task.model_validate_json(payload)
    os.environ[VARIABLE] = str(task.settings)
    if task.mend:
        try:
            mend(task.data, Actor(kind="person", id=task.actor_id, name=task.actor_name), only=task.mend)
        except (DomainError, OSError) as error:
            raise WorkRefused(_l("It could not be mended: %(why)s", why=str(error))) from error
    look(task.data)
    return b""
