"""Opens the companies' own public ports while the server runs, as their settings say."""

import asyncio
import os
import socket
from collections.abc import Callable

from typing_extensions import override
from uvicorn.server import ServerState

from boxportal.kernel.companies import Company
from boxportal.kernel.door import parse_listen
from boxportal.kernel.web.connection import GuardedConnection
from boxportal.sdk.logs import get_logger

log = get_logger()
BACKLOG = 256
MOST_CONNECTIONS = 150
"""At all public ports together: who floods them takes no place from the people at the portal's own port."""
FINISH_SECONDS = 5.0
PLAIN = "+plain"
"""Under this name the port without encryption is kept: no company has it."""
Connect = Callable[[str, ServerState], asyncio.Protocol]


class OutsideState(ServerState):
    """The connections at public ports: counted apart, with the dates that the server writes into its answers."""

    def __init__(self, main: Callable[[], ServerState]) -> None:
        self._main = main
        super().__init__()

    @property  # type: ignore[explicit-override]  # it is there, below; a plain attribute in the parent
    @override
    def default_headers(self) -> list[tuple[bytes, bytes]]:
        return self._main().default_headers

    @default_headers.setter
    @override
    def default_headers(self, _headers: list[tuple[bytes, bytes]]) -> None:
        """The server alone says them."""


class Listeners:
    """The open public ports of a process: company → where it listens, and the socket.

    `connect` makes the server's end of a connection to a company's door, or to the port without encryption. The
    sockets outlive a new start of the program, which finds them in `sockets` under where they listen.
    """

    def __init__(self, connect: Connect, main: Callable[[], ServerState], inherited: dict[str, socket.socket]) -> None:
        self._connect = connect
        self._state = OutsideState(main)
        self._servers: dict[str, tuple[str, asyncio.Server]] = {}
        self._failed: dict[str, str] = {}
        self.sockets = inherited

    async def follow(self, company: Company) -> None:
        """Have the port open that the company's door asks for, and no other. What does not work is tried again."""
        wished = company.snapshot.door.listen
        open_now = self._servers.get(company.name, ("", None))[0]
        if open_now != wished:
            self.close_door(company.name)
            if wished:
                await self._open(company, wished)
        if not wished:
            company.door_state = ""

    async def _open(self, company: Company, wished: str) -> None:
        try:
            kept = self.sockets.get(wished) or open_socket(wished)
        except OSError as error:
            company.door_state = os.strerror(error.errno or 0)
            if self._failed.get(company.name) != wished:
                log.warning("public port can't be opened", company=company.name, listen=wished, why=company.door_state)
            self._failed[company.name] = wished
            return
        self.sockets[wished] = kept
        loop, name = asyncio.get_running_loop(), company.name
        server = await loop.create_server(lambda: self._connect(name, self._state), sock=kept.dup(), backlog=BACKLOG)
        self._servers[name] = wished, server
        self._failed.pop(name, None)
        company.door_state = wished
        log.info("public port open", company=name, listen=wished)

    async def open_plain(self) -> None:
        """Answer at the port without encryption, if the process has one."""
        if PLAIN in self.sockets:
            loop, kept = asyncio.get_running_loop(), self.sockets[PLAIN]
            server = await loop.create_server(
                lambda: self._connect(PLAIN, self._state), sock=kept.dup(), backlog=BACKLOG
            )
            self._servers[PLAIN] = PLAIN, server

    def close_door(self, name: str) -> None:
        """Have no port open for a company."""
        listen, server = self._servers.pop(name, ("", None))
        if server is not None:
            server.close()
            self.sockets.pop(listen).close()

    def pause(self) -> None:
        """Accept no more; the sockets stay open, and whoever comes waits."""
        for _listen, server in self._servers.values():
            server.close()

    async def finish(self) -> None:
        """Accept no more, and let what is under way come to its end for a few seconds."""
        self.pause()
        for connection in list(self._state.connections):
            connection.shutdown()
        late = (await asyncio.wait(self._state.tasks, timeout=FINISH_SECONDS))[1] if self._state.tasks else set()
        for task in late:
            task.cancel()

    def close(self) -> None:
        """Give the ports back."""
        for kept in self.sockets.values():
            kept.close()
        self.sockets.clear()


def open_socket(listen: str) -> socket.socket:
    """Raises: OSError, also when what is asked for is no address with a port."""
    where = parse_listen(listen)
    if where is None:
        raise OSError(22, "Invalid argument")
    family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
    return socket.create_server(where, family=family, backlog=BACKLOG)


def guarded(config: object, state: ServerState) -> asyncio.Protocol:
    """The server's end of one connection at a public port."""
    return GuardedConnection(config=config, server_state=state, app_state={})  # type: ignore[arg-type]  # uvicorn's own
