"""The server in recovery mode: no module, no loops, one page for administrators; everybody else is told to wait."""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from hashlib import sha256
from http import HTTPStatus

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from boxportal.kernel.companies import Box
from boxportal.kernel.recovery.inside import administrator, backups, modules_on, switch_off
from boxportal.kernel.recovery.starts import failures, forget_starts, read_starts
from boxportal.kernel.request import cookie_name
from boxportal.kernel.web.headers import SecureHeaders
from boxportal.kernel.web.limits import Limits
from boxportal.kernel.web.render import RIGHT_TO_LEFT, environment, render
from boxportal.kernel.web.showing import showing
from boxportal.kernel.web.statics import Assets
from boxportal.sdk.access import SYSTEM, Actor
from boxportal.sdk.errors import DomainError
from boxportal.sdk.i18n import best_language, current_locale, use_locale
from boxportal.sdk.logs import get_logger

log = get_logger()
COOKIE, WHERE = "bp_recovery", "/recovery"
AGAIN_SECONDS = "60"
Leave = Callable[[], Awaitable[None]]


class Recovery:
    """The pages of one process in recovery mode. `code` opens them to whoever can read the server's log."""

    def __init__(self, box: Box, code: str, leave: Leave) -> None:
        self._box = box
        self._code = code
        self._leave = leave
        self._key = secrets.token_bytes(32)
        self._inside: dict[str, Actor] = {}

    def app(self) -> Starlette:
        """The server's application."""
        return Starlette(
            routes=[
                Route("/healthz", healthz),
                Route("/readyz", readyz),
                Mount("/assets", Assets()),
                Route(WHERE, self.page, methods=["GET"]),
                Route(f"{WHERE}/enter", self.enter, methods=["POST"]),
                Route(f"{WHERE}/off", self.off, methods=["POST"]),
                Route(f"{WHERE}/leave", self.go, methods=["POST"]),
                Route("/{path:path}", wait, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]),
            ],
            middleware=[Middleware(SecureHeaders), Middleware(Limits)],
        )

    async def page(self, request: Request) -> Response:
        """What failed and what can be done, for who is inside; the field for the code for others."""
        entry = self._entry(request)
        if entry is None:
            cookie, address = request.cookies.get(cookie_name(request), ""), address_of(request)
            actor = await run_in_threadpool(administrator, self._box, cookie, address)
            if actor is None:
                return shown(request, "kernel/recovery_enter.html", HTTPStatus.SERVICE_UNAVAILABLE, wrong=False)
            entry = self._let_in(actor)
        answer = await run_in_threadpool(self._shown, request, entry)
        answer.set_cookie(COOKIE, entry, httponly=True, samesite="strict", secure=request.url.scheme == "https")
        return answer

    async def enter(self, request: Request) -> Response:
        """Let in who knows the code."""
        form = await request.form()
        if not hmac.compare_digest(str(form.get("code", "")).strip().encode(), self._code.encode()):
            log.warning("wrong recovery code", address=address_of(request))
            return shown(request, "kernel/recovery_enter.html", HTTPStatus.FORBIDDEN, wrong=True)
        answer = RedirectResponse(WHERE, HTTPStatus.SEE_OTHER)
        entry = self._let_in(SYSTEM)
        answer.set_cookie(COOKIE, entry, httponly=True, samesite="strict", secure=request.url.scheme == "https")
        return answer

    async def off(self, request: Request) -> Response:
        """Switch a module off."""
        form = await request.form()
        actor = self._allowed(request, str(form.get("token", "")))
        if actor is None:
            return RedirectResponse(WHERE, HTTPStatus.SEE_OTHER)
        try:
            company, module = str(form.get("company", "")), str(form.get("module", ""))
            done = await run_in_threadpool(switch_off, self._box, actor, company, module, render)
            log.warning("switched off in recovery mode", company=company, modules=done, by=actor.name)
        except (DomainError, SQLAlchemyError) as error:
            log.warning("not switched off in recovery mode", why=str(error))
        return RedirectResponse(WHERE, HTTPStatus.SEE_OTHER)

    async def go(self, request: Request) -> Response:
        """Leave recovery mode: the server starts as usual."""
        form = await request.form()
        if self._allowed(request, str(form.get("token", ""))) is None:
            return RedirectResponse(WHERE, HTTPStatus.SEE_OTHER)
        await run_in_threadpool(forget_starts, self._box.data)
        await self._leave()
        return shown(request, "kernel/recovery_left.html", HTTPStatus.OK)

    def _shown(self, request: Request, entry: str) -> Response:
        failed = failures(read_starts(self._box.data))
        return shown(
            request, "kernel/recovery.html", HTTPStatus.OK, failed=failed[:5], modules=modules_on(self._box),
            backups=backups(self._box), token=self._token(entry), data=self._box.data,
        )  # fmt: skip

    def _let_in(self, actor: Actor) -> str:
        entry = secrets.token_urlsafe(32)
        self._inside[entry] = actor
        return entry

    def _entry(self, request: Request) -> str | None:
        entry = request.cookies.get(COOKIE, "")
        return entry if entry in self._inside else None

    def _token(self, entry: str) -> str:
        return hmac.new(self._key, entry.encode(), sha256).hexdigest()

    def _allowed(self, request: Request, token: str) -> Actor | None:
        """Who acts, when the form came from a page of this process; the cookie alone is not enough."""
        entry = self._entry(request)
        if entry is None or not hmac.compare_digest(token.encode(), self._token(entry).encode()):
            return None
        return self._inside[entry]


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


async def healthz(_request: Request) -> Response:
    """The process answers."""
    return JSONResponse({"ok": True})


async def readyz(_request: Request) -> Response:
    """It is not what people wait for."""
    return JSONResponse({"ok": False, "parts": {"start": False}}, HTTPStatus.SERVICE_UNAVAILABLE)


async def wait(request: Request) -> Response:
    """The neutral page, the same for every address; programs hear it in their own form."""
    headers = {"Retry-After": AGAIN_SECONDS}
    if request.url.path.startswith("/api/"):
        problem = {"type": "about:blank", "code": "busy", "title": "The portal is being repaired.", "status": 503}
        return JSONResponse(problem, 503, headers, media_type="application/problem+json")
    return shown(request, "kernel/recovery_wait.html", HTTPStatus.SERVICE_UNAVAILABLE, headers)


def shown(
    request: Request, template: str, status: HTTPStatus, headers: dict[str, str] | None = None, **values: object
) -> Response:
    """A page in the language that the browser wishes."""
    wished = best_language(request.headers.get("accept-language", "")[:200])
    with use_locale(wished), showing("", "UTC"):
        language = current_locale()
        shell = {"lang": language, "dir": "rtl" if language in RIGHT_TO_LEFT else "ltr"}
        return HTMLResponse(environment().get_template(template).render(shell | values), status, headers)
