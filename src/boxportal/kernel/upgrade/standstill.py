"""What people meet during an upgrade: a page that says to wait, and a server that is tried before they are let in."""

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from boxportal.kernel.upgrade.journal import RELEASE_HEADER, TOKEN_HEADER, Journal
from boxportal.kernel.web.headers import SecureHeaders
from boxportal.kernel.web.render import RIGHT_TO_LEFT, environment
from boxportal.kernel.web.statics import Assets
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import best_language, current_locale, use_locale
from boxportal.sdk.i18n import gettext as _

RETRY_SECONDS = 15


class Standstill:
    """Answers everything with 503: an upgrade goes on. Nothing is read or written."""

    def __init__(self) -> None:
        self._app = SecureHeaders(self._answer)
        self._assets = Assets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1012, "reason": ""})
        else:
            await lifespan(receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/assets/"):
            await self._assets(scope, receive, send)
            return
        await wait_page(scope)(scope, receive, send)


def wait_page(scope: Scope) -> Response:
    """That the portal is being upgraded, in the reader's language, or as problem+json (RFC 9457)."""
    headers = Headers(scope=scope)
    more = {"Retry-After": str(RETRY_SECONDS)}
    with use_locale(best_language(headers.get("accept-language", "")[:200], "en")):
        text = _("The portal is being upgraded. Nothing is lost; it will be back in a few minutes.")
        if scope["path"].startswith("/api/"):
            problem = {"type": "about:blank", "title": text, "status": 503}
            return JSONResponse(problem, 503, {**more, "Content-Type": "application/problem+json"})
        page = environment().get_template("standstill.html").render(
            text=text, seconds=RETRY_SECONDS, lang=current_locale(),
            dir="rtl" if current_locale() in RIGHT_TO_LEFT else "ltr",
        )  # fmt: skip
        return HTMLResponse(page, 503, more)


async def lifespan(receive: Receive, send: Send) -> None:
    """Nothing has to be started or ended."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


class Tried:
    """Lets only the examiner in until the journal says that the upgrade is done; from then on everybody."""

    def __init__(self, app: ASGIApp, version: str, read: Callable[[], Journal | None]) -> None:
        self._app, self._version, self._read = app, version, read
        self._standstill = Standstill()
        self._is_open = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_open or scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            journal = self._read()
        except RuleBroken:
            journal = None
        self._is_open = journal is not None and journal.phase == "done"
        token = Headers(scope=scope).get(TOKEN_HEADER, "")
        if not self._is_open and not (journal is not None and journal.admits(token)):
            await self._standstill(scope, receive, send)
            return
        await self._app(scope, receive, self._saying_which(send))

    def _saying_which(self, send: Send) -> Send:
        async def send_with_release(message: Message) -> None:
            if message["type"] == "http.response.start" and not self._is_open:
                MutableHeaders(scope=message).setdefault(RELEASE_HEADER, self._version)
            await send(message)

        return send_with_release
