"""`boxportal serve`: the server in the foreground."""

import asyncio
import socket
from contextlib import nullcontext
from functools import cache
from typing import Annotated, Any

import typer
import uvicorn
from typing_extensions import override
from uvicorn.server import ServerState

from boxportal.cli.holding import Held, inherited, listen, start_anew, take_lock
from boxportal.cli.output import Globals, Output, answering
from boxportal.cli.recovering import counted, is_wished, new_code, opened_or_counted, recover
from boxportal.cli.upgrading import TRYING, for_the_examiner, upgrade_now
from boxportal.kernel.backup.forward import bring_up_to_date
from boxportal.kernel.certificates.serving import Encryption
from boxportal.kernel.companies import Box
from boxportal.kernel.letting_in.listening import MOST_CONNECTIONS, PLAIN, Listeners, guarded
from boxportal.kernel.logs import set_up_logs
from boxportal.kernel.memory import settle
from boxportal.kernel.own_server import say_serving
from boxportal.kernel.recovery.starts import note_serving
from boxportal.kernel.supervised import give_signs
from boxportal.sdk.errors import Invalid, NotFound, RuleBroken

READ_SECONDS = 0.5


def serve(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="The port, instead of the configured one.")] = None,
    *,
    safe: Annotated[bool, typer.Option("--safe", help="In recovery mode: no modules, administrators alone.")] = False,
) -> None:
    """Serve all companies of the data folder until stopped."""
    options: Globals = context.obj
    with answering("serve", options) as output:
        box = opened_or_counted(options.data, safe=safe)
        is_safe = is_wished(options.data, safe=safe)
        if not box.companies and not is_safe:
            raise NotFound(f"There is no company in {options.data}. Make one: boxportal install --trial --data DIR")
        host, _, configured = box.config.box.listen.rpartition(":")
        chosen = port or int(configured)
        if not 0 < chosen < 65536:  # noqa: PLR2004 TCP ports
            raise Invalid({"--port": "must be from 1 to 65535"})
        box.settle(chosen)
        bare, encryption = host.strip("[]"), Encryption(box) if box.config.tls.is_own else None
        going_on = upgrade_now()
        if going_on is not None and going_on.phase != TRYING:
            rest(box, listen(bare, chosen), encryption)
            return
        held = inherited() or Held(take_lock(options.data, shared=may_share(box)), listen(bare, chosen))
        hold_plain(box, held, bare, output)
        set_up_logs()
        say_serving(options.data, bare, chosen, tls=box.config.tls.is_own)
        if is_safe and going_on is None:
            ready(encryption)
            recover(box, held, config_of(box, None, 400, encryption), new_code())
            return
        with nullcontext() if going_on is not None else counted(options.data):
            ready(encryption)
            bring_up(box, output)
            output.say(f"Serving on {'https' if encryption else 'http'}://{host}:{chosen}")
            is_renewed = run(box, held, encryption, tried=going_on is not None)
        if is_renewed:
            start_anew(held)
        held.close()


def bring_up(box: Box, output: Output) -> None:
    """Bring tables of an older program up to date, and say so."""
    for company in box.companies.values():
        if bring_up_to_date(company):
            output.say(f"The tables of {company.name} were brought up to date, after a backup.")


def ready(encryption: Encryption | None) -> None:
    """Have the certificate that is served, where the server encrypts.

    Raises: RuleBroken.
    """
    if encryption is not None:
        encryption.prepare()


def hold_plain(box: Box, held: Held, host: str, output: Output) -> None:
    """Have the port without encryption open as it is configured; the portal is served all the same when it can't be."""
    port, is_open = box.config.tls.plain_port if box.config.tls.is_own else 0, held.public.get(PLAIN)
    if is_open is not None and is_open.getsockname()[1] != port:
        held.public.pop(PLAIN).close()
    if port and PLAIN not in held.public:
        try:
            held.public[PLAIN] = listen(host, port)
        except RuleBroken as error:
            output.warn("PLAIN_PORT", str(error).partition(" Choose")[0], "boxportal config set tls.plain_port 0")


def may_share(box: Box) -> bool:
    """Whether other servers may serve the same box.

    Raises: RuleBroken when a company's database can't be shared.
    """
    on_sqlite = sorted(company.name for company in box.companies.values() if company.engines.is_sqlite)
    if box.config.box.nodes and on_sqlite:
        msg = f"Several servers need Postgres, and these companies lie on SQLite: {', '.join(on_sqlite)}."
        raise RuleBroken(f"{msg} Set nodes = false in [box], or move them.")
    return box.config.box.nodes


def rest(box: Box, listening: socket.socket, encryption: Encryption | None) -> None:
    """While an upgrade goes on, tell everybody to wait, until stopped. The data is not touched."""
    from boxportal.kernel.upgrade.standstill import Standstill  # noqa: PLC0415 other commands need no web framework

    set_up_logs()
    ready(encryption)
    Server(config_of(box, Standstill(), 400, encryption)).run(sockets=[listening])


def run(box: Box, held: Held, encryption: Encryption | None, *, tried: bool = False) -> bool:
    """Serve until stopped; True when the process shall start anew.

    While `tried`, only an upgrade's examiner gets in.
    """
    from boxportal.app import build_app  # noqa: PLC0415 other commands need no web framework
    from boxportal.kernel.letting_in.entry import AtDoor  # noqa: PLC0415 as above
    from boxportal.kernel.letting_in.plain import AtPlain  # noqa: PLC0415 as above

    renewed = False

    def started() -> None:
        settle()
        note_serving(box.data)

    async def restart() -> None:
        """End the serving: accept no more, let the accepted ones be read, then close; others wait at the port."""
        nonlocal renewed
        renewed = True
        for accepting in server.servers:
            accepting.close()
        listeners.pause()
        await asyncio.sleep(READ_SECONDS)
        server.should_exit = True

    @cache
    def door_config(company: str) -> uvicorn.Config:
        shown = AtPlain(app, box) if company == PLAIN else AtDoor(app, company)
        config = config_of(box, shown, MOST_CONNECTIONS)
        config.load()
        return config

    def connect(company: str, state: ServerState) -> asyncio.Protocol:
        return guarded(door_config(company), state)

    listeners = Listeners(connect, lambda: server.server_state, held.public)
    app: Any = build_app(box, restart, once_started=started, listeners=listeners, encryption=encryption)
    app = for_the_examiner(app) if tried else app
    server = Server(config_of(box, app, 400, encryption), listeners)
    server.run(sockets=[held.listening.dup()])  # its own copy, which it closes; ours keeps the port open
    return renewed


class Server(uvicorn.Server):
    """Tells the service manager that it serves, and ends the public ports' connections together with its own."""

    def __init__(self, config: uvicorn.Config, listeners: Listeners | None = None) -> None:
        super().__init__(config)
        self._listeners = listeners
        self._signs: asyncio.Task[None] | None = None

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._listeners is not None:
            await self._listeners.open_plain()
        self._signs = asyncio.create_task(give_signs())

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._signs is not None:
            self._signs.cancel()
        from boxportal.kernel.supervised import has_manager  # noqa: PLC0415 asked for once, at the end

        if has_manager():  # who comes from now on waits at the socket; who has just come is still answered
            for accepting in self.servers:
                accepting.close()
            await asyncio.sleep(READ_SECONDS)
        if self._listeners is not None:
            await self._listeners.finish()
        await super().shutdown(sockets)


def config_of(box: Box, app: Any, most_connections: int, encryption: Encryption | None = None) -> uvicorn.Config:  # noqa: ANN401 uvicorn's type of an app
    """How connections are treated: encryption, timeouts, limits, and from which proxies headers are believed."""
    from boxportal.kernel.web.connection import GuardedConnection  # noqa: PLC0415 as above

    proxies = ",".join(box.config.box.trusted_proxies) or None
    return uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, proxy_headers=proxies is not None,
        forwarded_allow_ips=proxies, timeout_graceful_shutdown=5, timeout_keep_alive=30,
        limit_concurrency=most_connections, http=GuardedConnection, ws_max_size=65536,
        ssl_context_factory=(lambda _config, _default: encryption.context) if encryption else None,
    )  # fmt: skip
