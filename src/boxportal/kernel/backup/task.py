"""What the server and its backup child say to each other, and how it is started: a server has no archive library."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from boxportal.kernel.backup.journal import By
from boxportal.sdk.errors import Busy, DomainError, Invalid, NotFound, NotReached, RuleBroken, StorageFull

What = Literal["run", "key", "add_target", "test_target"]
KINDS: tuple[type[DomainError], ...] = (NotFound, Busy, NotReached, StorageFull, RuleBroken)
CHILD = "boxportal.kernel.backup.child"


class Task(BaseModel):
    """What the server asks for: a whole run, a new recovery key, or something with a target."""

    data: Path
    what: What
    by: By = "page"
    actor: int | None = None
    actor_name: str = ""
    language: Annotated[str, Field(max_length=8)] = "en"
    name: str = ""
    where: str = ""
    key_id: str = ""
    region: str = ""
    secret: str = ""


class Report(BaseModel):
    """What the child answers."""

    key: str = ""
    files: int = 0
    error: str = ""
    text: str = ""
    fields: dict[str, str] = {}


def error_of(report: Report) -> DomainError | None:
    """The error that a report tells of."""
    if not report.error:
        return None
    if report.error == Invalid.code:
        return Invalid(report.fields)
    kind = next((k for k in KINDS if k.code == report.error), RuleBroken)
    return kind(report.text)


async def asked(task: Task) -> Report:
    """Let a child process do a short task. It is stopped when the server stops.

    Raises: the domain error that the child reports.
    """
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", CHILD, stdin=pipe, stdout=pipe)
    try:
        answer, _nothing = await child.communicate(task.model_dump_json().encode())
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode or not answer:
        raise RuleBroken(f"The backup process ended with {child.returncode}; the log says why.")
    report = Report.model_validate_json(answer)
    if error := error_of(report):
        raise error
    return report


def start_run(task: Task, *, then: Callable[[], None] = lambda: None) -> int:
    """Begin a run in a process of its own, and do not wait for it; `then` is called when it has ended.

    The process steps back behind the server, and ends by itself should the server begin anew meanwhile.
    """
    child = subprocess.Popen(  # noqa: S603 our own program
        [sys.executable, "-m", CHILD], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    if child.stdin is not None:
        child.stdin.write(task.model_dump_json().encode())
        child.stdin.close()

    def wait() -> None:
        child.wait()
        then()

    threading.Thread(target=wait, daemon=True, name="backup").start()
    return child.pid
