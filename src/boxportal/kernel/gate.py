"""From a request to the company and the module that answer it."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send
from typing_extensions import override

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Box
from boxportal.kernel.door import SCOPE_CLOSED, SCOPE_DOOR, names_one_host
from boxportal.kernel.letting_in.entry import arrival_of, narrow
from boxportal.kernel.request import SCOPE_COMPANY, SCOPE_SNAPSHOT, SCOPE_VISIT
from boxportal.kernel.resting import closed, resting
from boxportal.kernel.runtime import Snapshot
from boxportal.sdk.errors import ModuleOff, NotFound
from boxportal.sdk.web import EDGE, Edge

SCOPE_ROUTER = "boxportal.router"


class Dispatch:
    """Finds the company by its door or by the Host header, and holds its snapshot fast for the request's length."""

    def __init__(self, app: ASGIApp, box: Box, edge: Edge) -> None:
        self.app = app
        self.box = box
        self.edge = edge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"] == "/healthz":
            await self.app(scope, receive, send)
            return
        if SCOPE_DOOR in scope and scope[SCOPE_DOOR] not in self.box.companies:  # its company was removed
            await PlainTextResponse("Nothing is here.", status_code=404)(scope, receive, send)
            return
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if SCOPE_DOOR not in scope and not names_one_host(hosts):
            await refuse(scope, receive, send)
            return
        host = next(iter(hosts), "")
        arrival = arrival_of(self.box, scope, host)
        company = arrival.company if arrival else self.box.for_host(host)
        if company is None:
            await PlainTextResponse("No company is set up here yet.", status_code=503)(scope, receive, send)
            return
        if arrival is not None:
            narrow(scope, arrival)
        scope[SCOPE_COMPANY] = company
        scope[SCOPE_SNAPSHOT] = company.snapshot
        scope[EDGE] = self.edge
        if scope["type"] == "websocket":  # reads nothing of modules, and stays open
            await self.app(scope, receive, send)
            return
        scope[SCOPE_VISIT] = visit = company.visits.begin(company.snapshot.revision)
        try:
            await self.app(scope, receive, send)
        finally:
            visit.leave()


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request of which nobody can say for whom it is (RFC 9112, 3.2)."""
    if scope["type"] == "websocket":
        await close_socket(receive, send)
        return
    await PlainTextResponse("The Host header can't be read.", status_code=400)(scope, receive, send)


async def close_socket(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 4404, "reason": ""})


class ModulesFirst(BaseRoute):
    """Stands before the kernel's own routes: what a module answers need not be compared with each of them."""

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope["path"] == "/healthz":
            return Match.NONE, {}
        if scope.get(SCOPE_CLOSED):
            return Match.FULL, {}
        snapshot: Snapshot = scope[SCOPE_SNAPSHOT]
        router = snapshot.router_for(scope["path"])
        return (Match.FULL, {SCOPE_ROUTER: router}) if router else (Match.NONE, {})

    @override
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await closed(Request(scope, receive)) if scope.get(SCOPE_CLOSED) else scope[SCOPE_ROUTER]
        await answer(scope, receive, send)


async def nobodys(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a path that is neither the kernel's nor of a module that is on.

    Raises: NotFound; ModuleOff where a module that could be on would answer.
    """
    if scope["type"] == "websocket":
        await close_socket(receive, send)
        return
    snapshot: Snapshot = scope[SCOPE_SNAPSHOT]
    word = scope["path"].removeprefix("/").partition("/")[0]
    if word in snapshot.resting:
        answer = await resting(Request(scope, receive), word, snapshot.resting[word])
        await answer(scope, receive, send)
    else:
        known = load_catalog().entries.get(word)
        raise ModuleOff(known.manifest.title) if known else NotFound
