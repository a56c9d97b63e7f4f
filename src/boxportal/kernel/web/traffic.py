"""Which requests are under way, by which number each is told of in the log, and how clients come back on a restart."""

import secrets
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from boxportal.kernel.web.figures import Figures
from boxportal.sdk.logs import structlog

LONG_SECONDS = 2.0
SCOPE_NUMBER = "boxportal.number"
"""In a request's scope: the number that its log lines carry, that its answer names and that a person can say."""
HEADER = b"x-request-id"


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

    def end(self, number: int) -> float:
        """Forget a request, and say how long it took."""
        return time.monotonic() - self._begun.pop(number, time.monotonic())


class Counted:
    """The outermost layer of the server: every request passes the count, and gets its number."""

    def __init__(self, app: ASGIApp, traffic: Traffic, figures: Figures | None = None) -> None:
        self.app = app
        self.traffic = traffic
        self.figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name = scope[SCOPE_NUMBER] = secrets.token_hex(6)
        structlog.contextvars.bind_contextvars(request=name)  # the server gives each request a context of its own
        status = 500  # what becomes of one that crashes

        async def send_numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                more = [(b"connection", b"close")] if self.traffic.closing else []
                message["headers"] = [*message.get("headers", []), (HEADER, name.encode()), *more]
            await send(message)

        number = self.traffic.begin()
        try:
            await self.app(scope, receive, send_numbered)
        finally:
            seconds = self.traffic.end(number)
            if self.figures is not None:
                self.figures.note(scope["path"], status, seconds)
