"""The server's end of one connection: heads that are too large, and what comes too slowly, are cut off."""

import asyncio
from collections.abc import Callable
from typing import Literal

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from boxportal.kernel.door import SCOPE_PEER

HEAD_BYTES = 32 * 1024
HEAD_SECONDS = 10.0
# A body that brings less than this in half a minute only holds a place.
BODY_SECONDS, BODY_BYTES = 30.0, 4096


class HeadTooLarge(Exception):
    """The parser turns it into its own error, which is answered by 400."""


class GuardedConnection(HttpToolsProtocol):
    """An HTTP connection whose peer must bring a request's head within ten seconds, and its body at some pace.

    Timers are only set for what does not come in one piece, which ordinary requests do.
    """

    _part: Literal["head", "body", "between"] = "head"
    _bytes = 0
    _timer: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its parent
        super().connection_made(transport)
        self._arm(HEAD_SECONDS, self._cut)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        before = self._part
        super().data_received(data)
        if self._part == "between" or self.transport.is_closing():
            self._disarm()
        elif self._part == "head":
            self._bytes += len(data) if before == "head" else 0
            if self._bytes > HEAD_BYTES:
                self.send_400_response("The head of the request is too large.")
            elif self._timer is None:
                self._arm(HEAD_SECONDS, self._cut)
        elif before != "body":
            self._arm(BODY_SECONDS, self._look)

    @override
    def on_message_begin(self) -> None:
        self._part, self._bytes = "head", 0
        super().on_message_begin()
        self.scope[SCOPE_PEER] = self.client  # type: ignore[literal-required]  # extra keys are allowed (ASGI)

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        self._bytes += len(name) + len(value)
        if self._bytes > HEAD_BYTES:
            raise HeadTooLarge
        super().on_header(name, value)

    @override
    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._part, self._bytes = "body", 0

    @override
    def on_body(self, body: bytes) -> None:
        self._bytes += len(body)
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._part = "between"

    @override
    def handle_websocket_upgrade(self) -> None:
        self._part = "between"
        super().handle_websocket_upgrade()

    def _arm(self, seconds: float, act: Callable[[], None]) -> None:
        self._disarm()
        self._timer = self.loop.call_later(seconds, act)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _cut(self) -> None:
        self.transport.abort()

    def _look(self) -> None:
        """Cut the connection off when too little came, unless it is the application that does not read."""
        if self._bytes < BODY_BYTES and not self.flow.read_paused:
            self._cut()
            return
        self._bytes = 0
        self._arm(BODY_SECONDS, self._look)
