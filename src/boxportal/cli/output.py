"""How commands answer: plain lines for people, one JSON document for programs, and the exit codes of the contract."""

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NoReturn

import typer
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from boxportal.sdk.errors import (
    Busy,
    DomainError,
    Invalid,
    NotFound,
    NotPermitted,
    RolledBack,
    RuleBroken,
    Stale,
    Stuck,
)


class Exit(IntEnum):
    """Exit codes, stable and documented."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CONDITION = 3
    NOT_PERMITTED = 4
    NO_SUCH = 5
    CONFLICT = 6
    NOT_REACHABLE = 7
    WARNINGS = 8
    ROLLED_BACK = 9
    BROKEN = 10
    INTERRUPTED = 130


PROGRAM = "boxportal "
CODES = {
    RolledBack: Exit.ROLLED_BACK,
    Stuck: Exit.BROKEN,
    NotFound: Exit.NO_SUCH,
    NotPermitted: Exit.NOT_PERMITTED,
    RuleBroken: Exit.CONDITION,
    Invalid: Exit.USAGE,
    Busy: Exit.CONFLICT,
    Stale: Exit.CONFLICT,
}


@dataclass(slots=True)
class Output:
    """Collects a command's answer; with `--json` prints one document at the end."""

    command: str
    as_json: bool = False
    quiet: bool = False
    progress: bool = False
    given: tuple[str, ...] = ()
    data: dict[str, object] = field(default_factory=dict)
    warnings: list[dict[str, str]] = field(default_factory=list)

    def say(self, text: str) -> None:
        """A line for people; programs do not get it."""
        if not self.as_json and not self.quiet:
            typer.echo(text)

    def step(self, name: str, text: str) -> None:
        """A step that begins: with `--progress json` a line of JSON on standard error, else a line at a terminal."""
        if self.progress:
            typer.echo(json.dumps({"command": self.command, "step": name, "text": text}, ensure_ascii=False), err=True)
        elif not self.as_json and not self.quiet and sys.stderr.isatty():
            typer.echo(f"· {text}", err=True)

    def warn(self, code: str, text: str, fix: str = "") -> None:
        """Something that did not stop the command but should be known."""
        fix = self.repeated(fix)
        self.warnings.append({"code": code, "text": text, "fix": fix})
        if not self.as_json:
            typer.echo(f"! {text}" + (f"\n  Do: {fix}" if fix else ""), err=True)

    def done(self, code: Exit = Exit.DONE) -> NoReturn:
        """End the command well."""
        self._document(ok=True, error=None)
        raise SystemExit(code)

    def fail(self, error: DomainError) -> NoReturn:
        """End the command with what went wrong and, where the error knows it, the command that mends it."""
        fix = self.repeated(str(getattr(error, "fix", "")))
        text = str(error) or f"{error.code.replace('_', ' ').capitalize()}."
        self._document(ok=False, error={"code": error.code.upper(), "text": text, "fix": fix})
        if not self.as_json:
            typer.echo(text, err=True)
            if fix:
                typer.echo(f"  Do: {fix}", err=True)
        raise SystemExit(next((code for kind, code in CODES.items() if isinstance(error, kind)), Exit.FAILED))

    def repeated(self, fix: str) -> str:
        """A command to type, with the data folder and the company that this one was given."""
        if not self.given or not fix.startswith(PROGRAM):
            return fix
        return f"{PROGRAM}{shlex.join(self.given)} {fix.removeprefix(PROGRAM)}"

    def _document(self, *, ok: bool, error: dict[str, str] | None) -> None:
        if self.as_json:
            document = {"ok": ok, "command": self.command, "version": program_version(), "data": self.data,
                        "warnings": self.warnings, "error": error}  # fmt: skip
            typer.echo(json.dumps(document, ensure_ascii=False, default=str))


def program_version() -> str:
    """The installed version; in a bare checkout that was never installed, `0`."""
    try:
        return version("boxportal")
    except PackageNotFoundError:
        return "0"


@dataclass(slots=True)
class Globals:
    """The options that every command takes, before or after its noun; flag beats environment.

    `given` are the words of the command line that say which data folder and company is meant.
    """

    data: Path = Path("/var/lib/boxportal")
    company: str | None = None
    as_json: bool = False
    yes: bool = False
    no_input: bool = False
    dry_run: bool = False
    quiet: bool = False
    progress: bool = False
    given: tuple[str, ...] = ()


@contextmanager
def answering(command: str, options: Globals) -> Iterator[Output]:
    """Run a command's body: a domain error becomes its sentence and exit code."""
    output = Output(
        command, as_json=options.as_json, quiet=options.quiet, progress=options.progress, given=options.given
    )
    try:
        yield output
    except DomainError as error:
        output.fail(error)
    except (OperationalError, PoolTimeout) as error:
        output.fail(Busy(f"The database can't be reached or written now: {getattr(error, 'orig', error)}"))
    output.done()
