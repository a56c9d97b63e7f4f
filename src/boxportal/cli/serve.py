"""`boxportal serve`: the server in the foreground."""

import asyncio
import fcntl
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import uvicorn

from boxportal.cli.output import Globals, answering
from boxportal.kernel.backup.forward import bring_up_to_date
from boxportal.kernel.companies import Box
from boxportal.kernel.logs import set_up_logs
from boxportal.kernel.memory import settle
from boxportal.sdk.errors import Invalid, NotFound, RuleBroken

LOCK = "lock"
INHERITED = "BOXPORTAL_INHERITED"
BACKLOG = 1024
READ_SECONDS = 0.5


def serve(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="The port, instead of the configured one.")] = None,
) -> None:
    """Serve all companies of the data folder until stopped."""
    options: Globals = context.obj
    with answering("serve", options) as output:
        box = Box.open(options.data)
        if not box.companies:
            raise NotFound(f"There is no company in {options.data}. Make one: boxportal install --trial --data DIR")
        host, _, configured = box.config.box.listen.rpartition(":")
        chosen = port or int(configured)
        if not 0 < chosen < 65536:  # noqa: PLR2004 TCP ports
            raise Invalid({"--port": "must be from 1 to 65535"})
        held = inherited() or Held(take_lock(options.data), listen(host.strip("[]"), chosen))
        set_up_logs()
        for company in box.companies.values():
            if bring_up_to_date(company):
                output.say(f"The tables of {company.name} were brought up to date, after a backup.")
        output.say(f"Serving on http://{host}:{chosen}")
        if run(box, held):
            start_anew(held)
        held.close()


@dataclass(frozen=True, slots=True)
class Held:
    """What a serving process holds from its first start to its last end: the data folder, and the open port."""

    lock: int
    listening: socket.socket

    def close(self) -> None:
        self.listening.close()
        os.close(self.lock)


def inherited() -> Held | None:
    """What the process held before it started anew."""
    numbers = os.environ.pop(INHERITED, "")
    if not numbers:
        return None
    lock, listening = (int(number) for number in numbers.split(","))
    for descriptor in (lock, listening):
        os.set_inheritable(descriptor, False)
    return Held(lock, socket.socket(fileno=listening))


def start_anew(held: Held) -> NoReturn:
    """Begin the program again in this very process: same number, same lock, same open port with all who wait at it."""
    for descriptor in (held.lock, held.listening.fileno()):
        os.set_inheritable(descriptor, True)
    os.environ[INHERITED] = f"{held.lock},{held.listening.fileno()}"
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 the very command that runs now


def run(box: Box, held: Held) -> bool:
    """Serve until stopped; True when the process shall start anew."""
    from boxportal.app import build_app  # noqa: PLC0415 other commands need no web framework
    from boxportal.kernel.web.connection import GuardedConnection  # noqa: PLC0415 as above

    renewed = False

    async def restart() -> None:
        """End the serving: accept no more, let the accepted ones be read, then close; others wait at the port."""
        nonlocal renewed
        renewed = True
        for accepting in server.servers:
            accepting.close()
        await asyncio.sleep(READ_SECONDS)
        server.should_exit = True

    proxies = ",".join(box.config.box.trusted_proxies) or None
    config = uvicorn.Config(
        build_app(box, restart, once_started=settle), log_config=None, access_log=False, server_header=False,
        proxy_headers=proxies is not None, forwarded_allow_ips=proxies, timeout_graceful_shutdown=5,
        timeout_keep_alive=30, limit_concurrency=400, http=GuardedConnection, ws_max_size=65536,
    )  # fmt: skip
    server = uvicorn.Server(config)
    server.run(sockets=[held.listening.dup()])  # its own copy, which it closes; ours keeps the port open
    return renewed


def listen(host: str, port: int) -> socket.socket:
    """Open the port, so that a taken one is one sentence.

    Raises: RuleBroken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        msg = f"Port {port} of {host} cannot be used: {os.strerror(error.errno or 0)}. Choose another: --port P"
        raise RuleBroken(msg) from error


def take_lock(data: Path) -> int:
    """Hold the data folder for the life of the process; the system frees it even at kill -9.

    Raises: RuleBroken when another server has it.
    """
    descriptor = os.open(data / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.read(descriptor, 100).decode(errors="replace").strip() or "another process"
        os.close(descriptor)
        msg = f"Another server serves {data} already (process {holder})."
        raise RuleBroken(msg) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor
