"""Fixtures for commands: a data folder of the test's own, and a way to run the command line as a person would."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from boxportal.cli.main import main
from tests.support.extra_modules import installed_extras
from tests.support.portal import Portal


@dataclass(frozen=True)
class Ran:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document


Run = Callable[..., Ran]


class NoInput(io.StringIO):
    """A standard input that nobody may read."""

    def readline(self, _size: int | None = -1, /) -> str:
        raise AssertionError("the command read from standard input")

    read = readline


def run_in(data: Path, *arguments: str, stdin: str = "") -> Ran:
    """Run one command in this process, with a standard input that is no terminal."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.argv, sys.stdin
    sys.argv, sys.stdin = (
        ["boxportal", "--data", str(data), *arguments],
        io.StringIO(stdin) if stdin else NoInput(),
    )
    code: object = 0
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.argv, sys.stdin = before
    return Ran(int(code or 0) if isinstance(code, int | None) else 1, out.getvalue(), err.getvalue())


@pytest.fixture
def run(portal: Portal) -> Run:
    """Runs commands on the test's company while its server is up."""
    return lambda *arguments, stdin="": run_in(portal.data, *arguments, stdin=stdin)


@pytest.fixture(autouse=True, scope="module")
def extras() -> Iterator[None]:
    """Two small modules of someone else's, `notes` and `labels`, which needs `notes`."""
    with installed_extras():
        yield
