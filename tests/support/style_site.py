"""The style page on a loopback port, under the real headers and without a company, for browser tests."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from boxportal.kernel.pages.sign_in import Ways
from boxportal.kernel.web.headers import SecureHeaders
from boxportal.kernel.web.render import MenuEntry, environment
from boxportal.kernel.web.showing import showing
from boxportal.kernel.web.statics import Assets
from boxportal.kernel.web.style_sample import MOVE_URL, style_sample
from boxportal.sdk.access import Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import CompanyInfo, Origin
from boxportal.sdk.i18n import current_locale

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
COMPANY = CompanyInfo("acme", "Acme Pumps Ltd", "en", "Africa/Dar_es_Salaam", "TZS", "TZ")
PERSON = Actor("person", 1, "Asha Mushi", "asha@acme.example", timezone="Africa/Dar_es_Salaam", is_admin=True)


@dataclass(frozen=True)
class PageCtx:
    """As much of a context as the page's frame asks for."""

    company: CompanyInfo = COMPANY
    actor: Actor = PERSON
    origin: Origin = field(default_factory=Origin)


def entry(title: str, icon: str, key: str, *tabs: str) -> MenuEntry:
    children = tuple(MenuEntry(tab, f"/{tab.lower()}", icon, "", tab == "Deals", ()) for tab in tabs)
    return MenuEntry(title, f"/{title.lower()}", icon, key, bool(tabs), children)


MENU = (
    entry("Home", "home", "h"),
    entry("Inbox", "inbox", "i"),
    entry("CRM", "target", "d", "Deals", "Leads", "Contacts", "Companies", "Quotes", "Invoices"),
    entry("Tasks", "checklist", "t"),
    entry("Calendar", "calendar", "k"),
    entry("Drive", "folder", "f"),
)


ACCOUNT = (entry("Account", "user-circle", ""), entry("Administration", "settings", ""))


@dataclass
class StyleSite:
    """The site and what a test says to it and hears from it."""

    url: str = ""
    direction: str = "ltr"
    refusal: str = ""
    moves: list[dict[str, str]] = field(default_factory=list)
    connections: list[str] = field(default_factory=list)
    sockets: list[WebSocket] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop | None = None

    def send(self, message: dict[str, object]) -> None:
        """Send to every open screen."""
        assert self.loop
        for screen in tuple(self.sockets):
            asyncio.run_coroutine_threadsafe(screen.send_json(message), self.loop).result(5)

    def close(self, code: int) -> None:
        """Close every open screen's connection."""
        assert self.loop
        for screen in tuple(self.sockets):
            asyncio.run_coroutine_threadsafe(screen.close(code), self.loop).result(5)

    def app(self) -> ASGIApp:
        routes = [
            Route("/", self.page),
            Route("/{entry}", self.page),
            Route(MOVE_URL, self.move, methods=["POST"]),
            WebSocketRoute("/live", self.live),
            Mount("/assets", Assets()),
        ]
        return SecureHeaders(Starlette(routes=routes))

    async def page(self, request: Request) -> Response:
        template = environment().get_template(request.query_params.get("template", "style.html"))
        shell = {
            "ctx": PageCtx(),
            "menu": MENU,
            "account": ACCOUNT,
            "shell_section": next((entry for entry in (*MENU, *ACCOUNT) if entry.active), None),
            "search": "/search",
            "unread": 2,
            "seq": "",
            "unread_here": False,
            "csrf": "token-1",
        }
        values = {"number": 404, "title": "There is no such page, or you may not see it.", "next": "/"}
        ways = Ways(by_login=True, service="Acme", passkey=True)
        fields = {"errors": {}, "email": "", "name": "", "token": "", "ways": ways}
        words = {"lang": current_locale(), "dir": self.direction}
        with showing("token-1", PERSON.timezone):
            return HTMLResponse(template.render(shell | values | fields | words | style_sample(utcnow())))

    async def move(self, request: Request) -> Response:
        form = await request.form()
        self.moves.append({"csrf": request.headers["x-csrf-token"], **{name: str(text) for name, text in form.items()}})
        if self.refusal:
            problem = {"title": self.refusal, "status": 409}
            return JSONResponse(problem, status_code=409, media_type="application/problem+json")
        return JSONResponse({"version": int(str(form["version"])) + 1})

    async def live(self, screen: WebSocket) -> None:
        self.loop = asyncio.get_running_loop()
        await screen.accept()
        self.connections.append(screen.url.query)
        self.sockets.append(screen)
        try:
            while True:
                await screen.receive_text()
        except WebSocketDisconnect:
            pass
        finally:
            self.sockets.remove(screen)


@contextmanager
def served_style_page() -> Iterator[StyleSite]:
    """Serve until the block ends."""
    site = StyleSite()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        site.url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        config = uvicorn.Config(site.app(), log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield site
        server.should_exit = True
        thread.join(10)
