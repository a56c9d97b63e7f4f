"""Work for a worker process to do, to refuse, and to fail at."""

import ctypes
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from boxportal.sdk.i18n import lazy
from boxportal.sdk.worker import WorkRefused


def reversed_bytes(payload: bytes) -> bytes:
    return payload[::-1]


def noisy(payload: bytes) -> bytes:
    print("a library's chatter")
    os.write(1, b"and from below Python")
    sys.stderr.write("and here")
    return b"quiet"


def refuse(payload: bytes) -> bytes:
    raise WorkRefused(lazy("Only %(some)s of %(all)s can be taken.", some=3, all=5))


def broken(payload: bytes) -> bytes:
    return bytes(1 // len(payload))


def _start_a_child(pids: Path) -> None:
    child = subprocess.Popen(["sleep", "300"])
    pids.write_text(f"{os.getpid()} {child.pid}")


def sleep_with_a_child(payload: bytes) -> bytes:
    _start_a_child(Path(payload.decode()))
    time.sleep(300)
    return b""


def spin_with_a_child(payload: bytes) -> bytes:
    _start_a_child(Path(payload.decode()))
    end = time.monotonic() + 300
    while time.monotonic() < end:
        pass
    return b""


def leave_a_child(payload: bytes) -> bytes:
    _start_a_child(Path(payload.decode()))
    return b"done"


def eat_memory(payload: bytes) -> bytes:
    eaten = [bytearray(1024 * 1024) for _ in range(300)]
    return b"eaten" if eaten else b""


def abort(payload: bytes) -> bytes:
    os.abort()


def fault(payload: bytes) -> bytes:
    return ctypes.string_at(0)


def leave_at_once(payload: bytes) -> bytes:
    os._exit(17)


def too_much(payload: bytes) -> bytes:
    return bytes(300 * 1024 * 1024)


def environment(payload: bytes) -> bytes:
    told = [f"{name}={value}" for name, value in os.environ.items()]
    return "\n".join([*told, f"core={resource.getrlimit(resource.RLIMIT_CORE)[0]}"]).encode()


def wait(payload: bytes) -> bytes:
    """Say that it waits, then wait for the gate to be opened."""
    gate = Path(payload.decode())
    (gate.parent / f"waiting-{os.getpid()}").touch()
    end = time.monotonic() + 30
    while not gate.exists() and time.monotonic() < end:
        time.sleep(0.02)
    return b"through"
