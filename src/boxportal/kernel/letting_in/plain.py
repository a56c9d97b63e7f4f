"""The port without encryption: it leads to https, and shows how to trust the portal. Nobody signs in there."""

from collections.abc import MutableMapping
from typing import Any

from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from boxportal.kernel.companies import Box
from boxportal.kernel.door import host_and_port, is_ip, names_one_host
from boxportal.kernel.letting_in.entry import file_names

TRUST = "/trust"
READS = ("GET", "HEAD")
WHO = frozenset({b"cookie", b"authorization"})


class AtPlain:
    """The application as the port without encryption shows it."""

    def __init__(self, app: ASGIApp, box: Box) -> None:
        self.app = app
        self.box = box

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in READS and is_shown(scope["path"]):
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name not in WHO]
            await self.app(scope, receive, send)
        elif scope["type"] == "http" and scope["method"] in READS:
            await RedirectResponse(self.goal(scope), status_code=307)(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse("Use https.", status_code=403)(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4403, "reason": ""})

    def goal(self, scope: MutableMapping[str, Any]) -> str:
        """The same page over https: at the host that was asked for if it is one of the box's, else at its first."""
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        host = host_and_port(hosts[0], 0)[0] if names_one_host(hosts) else ""
        if host not in self.box.own_names and not is_ip(host):
            host = host_and_port(self.box.config.box.names[0], 0)[0]
        at = f"[{host}]" if ":" in host else host
        port = "" if self.box.port == 443 else f":{self.box.port}"  # noqa: PLR2004 RFC 9110, 4.2.2
        query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
        return f"https://{at}{port}{scope['raw_path'].decode('latin-1')}{query}"


def is_shown(path: str) -> bool:
    """Whether a page may be read without encryption: how to trust the portal, and what that page is made of."""
    word, _slash, rest = path.removeprefix("/").partition("/")
    return path == TRUST or word == TRUST[1:] or (word == "assets" and rest in file_names())
