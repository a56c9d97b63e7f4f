"""Counts starts of the server that fail, and serves in recovery mode after several."""

import asyncio
import logging
import secrets
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from sqlalchemy.exc import OperationalError
from typing_extensions import override

from boxportal.cli.holding import Held, start_anew
from boxportal.kernel.companies import Box
from boxportal.kernel.letting_in.listening import Listeners
from boxportal.kernel.recovery.inside import open_what_can_be
from boxportal.kernel.recovery.starts import is_failing, note_begun, note_failed, read_starts, take_back
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import DomainError
from boxportal.sdk.logs import get_logger

log = get_logger()
SAFE = "--safe"
CODE = "recovery-code"
READ_SECONDS = 0.5
MOST = 20
AWAY = ("Connection refused", "No such file or directory", "starting up", "timeout expired", "failed to resolve host")


class DidNotStart(DomainError):
    """The server ended before it served; the log says why."""

    code = "did_not_start"


class Heard(logging.Handler):
    """Keeps what was logged as an error, so that it can be shown to who looks for what failed."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if len(self.said) < MOST:
            self.said.append(record.getMessage())


def is_wished(data: Path, *, safe: bool) -> bool:
    """Whether this start is one in recovery mode: asked for, or after several that failed."""
    return safe or is_failing(read_starts(data), utcnow())


def opened_or_counted(data: Path, *, safe: bool) -> Box:
    """Open the box; settings that can't be read count as a start that failed, and do not stop recovery mode.

    Raises: RuleBroken.
    """
    try:
        return Box.open(data)
    except DomainError as error:
        if is_wished(data, safe=safe):
            return open_what_can_be(data)
        if data.is_dir():
            note_begun(data)
            note_failed(data, str(error))
        raise


@contextmanager
def counted(data: Path) -> Iterator[None]:
    """Count the start within as failed if it ends in an error before `note_serving`; one that was stopped does not.

    Raises: DidNotStart when the server gave up by itself.
    """
    note_begun(data)
    heard = Heard()
    server = logging.getLogger("uvicorn.error")
    server.addHandler(heard)
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        take_back(data)
        raise
    except OperationalError as error:
        if is_away(error):
            take_back(data)  # nothing of the box is ill: the service manager tries again until the database is there
        else:
            note_failed(data, "".join(traceback.format_exception(error)))
        raise
    except BaseException as error:
        told = str(error) if isinstance(error, DomainError) else "".join(traceback.format_exception(error))
        note_failed(data, told)
        raise
    finally:
        server.removeHandler(heard)
    if read_starts(data).begun and heard.said:
        note_failed(data, "\n".join(heard.said))
        raise DidNotStart("The server could not start; its log says why.")
    if read_starts(data).begun:  # it was stopped while it started
        take_back(data)


def is_away(error: OperationalError) -> bool:
    """Whether a Postgres server could not be reached, or was only starting."""
    is_postgres = type(error.orig).__module__.startswith("psycopg")  # which is not imported where nobody needs it
    return is_postgres and any(sign in str(error.orig) for sign in AWAY)


def recover(box: Box, held: Held, config: uvicorn.Config, code: str) -> None:
    """Serve in recovery mode until stopped, or until an administrator leaves it: then the server starts as usual."""
    from boxportal.cli.serve import Server  # noqa: PLC0415 it begins with this file
    from boxportal.kernel.recovery.app import Recovery  # noqa: PLC0415 other commands need no web framework

    left = False

    async def leave() -> None:
        nonlocal left
        left = True
        asyncio.get_running_loop().call_later(READ_SECONDS, setattr, server, "should_exit", True)

    config.app = Recovery(box, code, leave).app()
    server = Server(config, Listeners(no_door, lambda: server.server_state, held.public))
    server.run(sockets=[held.listening.dup()])
    if left:
        start_anew(held, without=SAFE)
    held.close()


def no_door(_company: str, _state: object) -> asyncio.Protocol:
    """Public ports are not opened in recovery mode."""
    raise NotImplementedError


def new_code() -> str:
    """The code that lets in whoever can read the server's log, written there."""
    code = secrets.token_hex(8)
    sys.stderr.write(f"RECOVERY MODE: only administrators get in, at /recovery. The recovery code is {code}\n")
    sys.stderr.flush()
    return code
