"""Refuses what is too large before anything reads it: addresses, bodies, fields."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

URL_BYTES = 8192
BODY_BYTES = 1024 * 1024
UPLOAD_BYTES = 64 * 1024 * 1024


class TooLarge(HTTPException):
    """The body went on past its limit. The framework lets this kind of error through while it reads a form."""

    def __init__(self) -> None:
        super().__init__(413)


class Limits:
    """Counts bytes while they arrive; a body that lies about its length is cut off at the limit."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if len(scope["raw_path"]) + len(scope["query_string"]) > URL_BYTES:
            await PlainTextResponse("The address is too long.", status_code=414)(scope, receive, send)
            return
        limit = limit_of(scope)
        length = Request(scope).headers.get("content-length", "")
        if length.isdigit() and int(length) > limit:
            await PlainTextResponse("This is too large.", status_code=413)(scope, receive, send)
            return
        await self._counted(scope, receive, send, limit)

    async def _counted(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        seen = 0
        started = False

        async def receive_counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise TooLarge
            return message

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive_counted, send_noted)
        except TooLarge:
            if not started:
                await PlainTextResponse("This is too large.", status_code=413)(scope, receive, send)


def limit_of(scope: Scope) -> int:
    """Multipart forms may carry files; everything else is small."""
    kind = Request(scope).headers.get("content-type", "")
    return UPLOAD_BYTES if kind.startswith("multipart/form-data") else BODY_BYTES
