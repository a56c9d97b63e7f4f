"""What a serving process holds from its first start to its last end: the data folder, and the open ports."""

import fcntl
import os
import socket
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NoReturn

from boxportal.sdk.errors import RuleBroken

LOCK = "lock"
INHERITED = "BOXPORTAL_INHERITED"
BACKLOG = 1024
FIRST_HANDED = 3
"""SD_LISTEN_FDS_START."""


@dataclass(frozen=True, slots=True)
class Held:
    """The lock, the portal's own port, and the public ports by where they listen."""

    lock: int
    listening: socket.socket
    public: dict[str, socket.socket] = field(default_factory=dict)

    def close(self) -> None:
        for kept in (self.listening, *self.public.values()):
            kept.close()
        os.close(self.lock)


def inherited() -> Held | None:
    """What the process held before it started anew."""
    words = os.environ.pop(INHERITED, "").split()
    if not words:
        return None
    lock, listening, *public = (int(word.rpartition("=")[2]) for word in words)
    for descriptor in (lock, listening, *public):
        os.set_inheritable(descriptor, False)
    names = (word.rpartition("=")[0] for word in words[2:])
    sockets = {name: socket.socket(fileno=number) for name, number in zip(names, public, strict=True)}
    return Held(lock, socket.socket(fileno=listening), sockets)


def start_anew(held: Held, *, without: str = "") -> NoReturn:
    """Begin the program again in this very process: same number, same lock, same open ports with all who wait there.

    `without` is a word of the command line that the new start shall not have.
    """
    public = {name: kept.fileno() for name, kept in held.public.items()}
    for descriptor in (held.lock, held.listening.fileno(), *public.values()):
        os.set_inheritable(descriptor, True)
    words = [str(held.lock), str(held.listening.fileno()), *(f"{name}={number}" for name, number in public.items())]
    os.environ[INHERITED] = " ".join(words)
    words = [word for word in sys.orig_argv[1:] if word != without]
    os.execv(sys.executable, [sys.executable, *words])  # noqa: S606 the very command that runs now


@cache
def handed_over() -> dict[int, socket.socket]:
    """The ports that the service manager holds open and hands to this process, by number (sd_listen_fds(3))."""
    mine = os.environ.pop("LISTEN_PID", "") == str(os.getpid())
    count = os.environ.pop("LISTEN_FDS", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    if not mine or not (count.isascii() and count.isdigit()):
        return {}
    found = {}
    for descriptor in range(FIRST_HANDED, FIRST_HANDED + int(count)):
        os.set_inheritable(descriptor, False)
        opened = socket.socket(fileno=descriptor)
        found[opened.getsockname()[1]] = opened
    return found


def listen(host: str, port: int) -> socket.socket:
    """Open the port, so that a taken one is one sentence; one that the service manager holds open is taken from it.

    Raises: RuleBroken.
    """
    if port in handed_over():
        return handed_over()[port]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        msg = f"Port {port} of {host} cannot be used: {os.strerror(error.errno or 0)}. Choose another: --port P"
        raise RuleBroken(msg) from error


def take_lock(data: Path, *, shared: bool = False) -> int:
    """Hold the data folder for the life of the process; the system frees it even at kill -9.

    Several servers of one box share it; whoever wants it alone, as a restore does, waits for none of them.
    Raises: RuleBroken when another server has it.
    """
    descriptor = os.open(data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(descriptor, 100).decode(errors="replace").strip() or "another process"
        os.close(descriptor)
        msg = f"Another server serves {data} already (process {holder})."
        raise RuleBroken(msg) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor
