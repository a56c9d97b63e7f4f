"""`boxportal serve`: the server in the foreground."""

import fcntl
import os
import socket
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from boxportal.cli.output import Globals, answering
from boxportal.kernel.companies import Box
from boxportal.kernel.logs import set_up_logs
from boxportal.sdk.errors import Invalid, NotFound, RuleBroken

LOCK = "lock"


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
        lock = take_lock(options.data)
        set_up_logs()
        host, _, configured = box.config.box.listen.rpartition(":")
        chosen = port or int(configured)
        if not 0 < chosen < 65536:  # noqa: PLR2004 TCP ports
            raise Invalid({"--port": "must be from 1 to 65535"})
        require_free(host.strip("[]"), chosen)
        output.say(f"Serving on http://{host}:{chosen}")
        run(box, host.strip("[]"), chosen)
        os.close(lock)


def run(box: Box, host: str, port: int) -> None:
    from boxportal.app import build_app  # noqa: PLC0415 other commands need no web framework

    proxies = ",".join(box.config.box.trusted_proxies) or None
    uvicorn.run(
        build_app(box), host=host, port=port, log_config=None, access_log=False, server_header=False,
        proxy_headers=proxies is not None, forwarded_allow_ips=proxies, timeout_graceful_shutdown=5,
        timeout_keep_alive=30, limit_concurrency=400, h11_max_incomplete_event_size=16384, ws_max_size=65536,
    )  # fmt: skip


def require_free(host: str, port: int) -> None:
    """See that the address can be listened on, so that a taken port is one sentence.

    Raises: RuleBroken.
    """
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
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
