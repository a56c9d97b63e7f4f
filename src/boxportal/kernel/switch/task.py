"""What the server and its switching child say to each other, and how the server starts it."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from boxportal.kernel.switch.orders import Order, Verb
from boxportal.kernel.switch.preview import Parts
from boxportal.kernel.switch.walk import Tell, silent
from boxportal.sdk.errors import Busy, DomainError, Invalid, NotFound, RolledBack, RuleBroken, StorageFull

KINDS: tuple[type[DomainError], ...] = (RolledBack, NotFound, Invalid, Busy, StorageFull, RuleBroken)
CHILD = "boxportal.kernel.switch.child"
STEP = b"step "
"""How a line of the child begins that tells of a step."""


class Task(BaseModel):
    """What the server asks for: an order, the parts of some modules, or dropping tables that nobody used."""

    folder: Path
    what: Literal["perform", "parts", "drop_untouched"]
    verb: Verb = "enable"
    modules: tuple[str, ...] = ()
    with_others: bool = False
    allowed: tuple[str, ...] = ()
    actor: int | None = None
    actor_name: str = ""
    address: str = ""
    language: Annotated[str, Field(max_length=8)] = "en"

    def order(self) -> Order:
        return Order(verb=self.verb, modules=self.modules, with_others=self.with_others, allowed=self.allowed)


class Report(BaseModel):
    """What the child answers."""

    changed: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    lagging: tuple[str, ...] = ()
    backup: str = ""
    parts: dict[str, Parts] = {}
    error: str = ""
    text: str = ""
    others: tuple[str, ...] = ()


def error_of(report: Report) -> DomainError | None:
    """The error that a report tells of."""
    if not report.error:
        return None
    kind = next((k for k in KINDS if k.code == report.error), RuleBroken)
    return Invalid({"": report.text}) if kind is Invalid else kind(report.text)


async def in_child(task: Task, tell: Tell = silent) -> Report:
    """Let a child process do the task, and tell of its steps.

    It is stopped when the server stops; what it had not committed is undone.

    Raises: the domain error that the child reports.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", CHILD, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        answer = await asked(child, task, tell)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode or not answer:
        raise RuleBroken(
            f"The switching process ended with {child.returncode}; the log says why. Nothing is half done."
        )
    report = Report.model_validate_json(answer)
    error = error_of(report)
    if error is not None:
        raise error
    return report


async def asked(child: asyncio.subprocess.Process, task: Task, tell: Tell) -> bytes:
    """Hand the task over; each line that comes back is a step, the last one the report."""
    if child.stdin is None or child.stdout is None:
        raise TypeError(child)
    child.stdin.write(task.model_dump_json().encode())
    child.stdin.close()
    answer = b""
    async for line in child.stdout:
        if line.startswith(STEP):
            tell(line.removeprefix(STEP).decode().strip())
        else:
            answer += line
    await child.wait()
    return answer
