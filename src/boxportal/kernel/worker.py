"""Heavy work (printing, imports, thumbnails) in a short-lived process, whose memory is back when it ends.

A new interpreter is started for each piece of work: it takes about 30 ms, so a pool or a fork server, which would keep
the libraries in memory, is not worth having.
"""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from boxportal.kernel import worker_process
from boxportal.sdk.errors import Busy
from boxportal.sdk.i18n import lazy
from boxportal.sdk.logs import get_logger
from boxportal.sdk.worker import WorkerFailed, WorkRefused

PLACES = 2
"""How many workers run at once; a few more wait, at most as long as their own time limit."""
WAITING = 2
"""How many may wait for a place. Each holds a thread of the server: were all to wait, nobody could open a page."""

_LOGGED = 8192
_INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ")
_NO_MEMORY = (b"memory allocation of", b"failed to map segment", b"Cannot allocate memory", b"MemoryError", b"MemError")
"""What libraries say that end at the limit in their own way."""

_places = threading.BoundedSemaphore(PLACES)
_waiting = threading.BoundedSemaphore(WAITING)
log = get_logger()


def run_in_worker(target: str, payload: bytes, *, seconds: float, memory_mb: int) -> bytes:
    """Run `package.module:function` on the payload in a process of its own, within a time and a memory limit.

    Made to be called from a thread: it waits. The process gets no secrets by its environment.
    Raises: WorkRefused as the function does; WorkerFailed; Busy when no place is free within `seconds`, or at once when
    enough others wait already.
    """
    _take_place(seconds)
    try:
        return _run(target, payload, seconds, memory_mb)
    finally:
        _places.release()


def _take_place(seconds: float) -> None:
    """Raises: Busy."""
    if _places.acquire(blocking=False):
        return
    if not _waiting.acquire(blocking=False):
        raise Busy
    try:
        if not _places.acquire(timeout=seconds):
            raise Busy
    finally:
        _waiting.release()


def _run(target: str, payload: bytes, seconds: float, memory_mb: int) -> bytes:
    started = time.monotonic()
    with _in_memory("payload") as given, _in_memory("result") as result, _in_memory("log") as said:
        given.write(payload)
        given.seek(0)
        command = [sys.executable, "-P", "-m", worker_process.__name__, target, str(seconds), str(memory_mb)]
        code = _end_of(_start(command, given, result, said), seconds)
        if code == worker_process.DONE:
            return _content(result)
        if code == worker_process.REFUSED:
            refusal = json.loads(_content(result))
            raise WorkRefused(lazy(refusal["text"], **refusal["values"]))
        failure = _failure(code, _content(said))
        log.warning(
            "worker failed",
            target=target,
            reason=failure.reason,
            code=code,
            seconds=round(time.monotonic() - started, 3),
            said=_content(said)[-_LOGGED:].decode(errors="replace"),
        )
        raise failure


def _start(command: list[str], given: BinaryIO, result: BinaryIO, said: BinaryIO) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - our own interpreter, and a target that code names
            command, stdin=given, stdout=result, stderr=said, env=_environment(), start_new_session=True
        )
    except OSError:
        log.exception("worker not started", command=command)
        raise WorkerFailed("crash") from None


def _end_of(child: subprocess.Popen[bytes], seconds: float) -> int | None:
    """Wait for the process, end it and all it started, and give its exit code; None when its time was up."""
    try:
        descriptor = os.pidfd_open(child.pid)
        try:
            end = select.poll()
            end.register(descriptor, select.POLLIN)
            in_time = bool(end.poll(seconds * 1000))
        finally:
            os.close(descriptor)
    finally:
        # Not reaped yet, so the number can't belong to anybody else.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        code = child.wait()
    return code if in_time else None


def _failure(code: int | None, said: bytes) -> WorkerFailed:
    if code is None or code in {-signal.SIGALRM, -signal.SIGXCPU}:
        return WorkerFailed("time")
    # Nobody but the system, short of memory, ends a worker by SIGKILL before its time is up.
    if code in {worker_process.OUT_OF_MEMORY, -signal.SIGKILL} or any(sign in said for sign in _NO_MEMORY):
        return WorkerFailed("memory")
    return WorkerFailed("crash")


def _environment() -> dict[str, str]:
    """What a worker is given: where things lie, and one thread and one arena, so that its memory limit holds."""
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    if path := os.environ.get("PYTHONPATH"):
        kept["PYTHONPATH"] = os.pathsep.join(str(Path(part).absolute()) for part in path.split(os.pathsep) if part)
    return kept | {"MALLOC_ARENA_MAX": "1", "RAYON_NUM_THREADS": "1", "PYTHONUTF8": "1"}


@contextmanager
def _in_memory(name: str) -> Iterator[BinaryIO]:
    """A file that lies on no disk, so that neither a full one nor what it keeps is a matter here."""
    with os.fdopen(os.memfd_create(f"boxportal-{name}"), "w+b") as file:
        yield file


def _content(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()
