"""Which requests are under way, and telling clients to come back on a new connection before the server starts anew."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONG_SECONDS = 2.0


class Traffic:
    """Counts the requests of this process. While `closing`, each answer asks the client to open a new connection."""

    def __init__(self) -> None:
        self.closing = False
        self._begun: dict[int, float] = {}
        self._next = 0

    def has_long_ones(self) -> bool:
        """Whether a request runs for seconds already: an upload, a download, a switch of modules."""
        return any(begun < time.monotonic() - LONG_SECONDS for begun in self._begun.values())

    def begin(self) -> int:
        self._next += 1
        self._begun[self._next] = time.monotonic()
        return self._next

    def end(self, number: int) -> None:
        self._begun.pop(number, None)


class Counted:
    """The outermost layer of the server: every request passes the count."""

    def __init__(self, app: ASGIApp, traffic: Traffic) -> None:
        self.app = app
        self.traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_closing(message: Message) -> None:
            if self.traffic.closing and message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (b"connection", b"close")]
            await send(message)

        number = self.traffic.begin()
        try:
            await self.app(scope, receive, send_closing)
        finally:
            self.traffic.end(number)
