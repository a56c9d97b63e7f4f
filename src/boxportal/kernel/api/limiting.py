"""The API's rate limit, before anything of a request is looked at: by key or session, and by address for strangers.

The headers are those of draft-ietf-httpapi-ratelimit-headers-10.
"""

import math
import time

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from boxportal.kernel.edge import AppEdge
from boxportal.kernel.request import API, caller_of
from boxportal.kernel.web.failures import problem_json
from boxportal.kernel.web.rates import Share
from boxportal.sdk.errors import TooManyTries
from boxportal.sdk.ipaddr import network_of


class ApiRates:
    """Counts the requests to the API and refuses those above the rate.

    A credential has a count of its own once it has let somebody in; until then its address answers for it, so that
    guessed keys do not bring a new count each.
    """

    def __init__(self, app: ASGIApp, edge: AppEdge) -> None:
        self.app = app
        self.edge = edge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(API) or not self.edge.rates.quota:
            await self.app(scope, receive, send)
            return
        share = self.edge.rates.take(self._caller(Request(scope)), time.monotonic())
        headers = headers_of(share)

        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *headers]
            await send(message)

        if share.wait:
            refusal = TooManyTries(math.ceil(share.wait))
            answer = problem_json(refusal)
            answer.headers["Retry-After"] = str(refusal.retry_after)
            await answer(scope, receive, send_told)
            return
        await self.app(scope, receive, send_told)

    def _caller(self, request: Request) -> object:
        known = caller_of(request)
        if known in self.edge.rates:
            return known
        return known[0], network_of(request.client.host if request.client else "")


def headers_of(share: Share) -> list[tuple[bytes, bytes]]:
    """What is left, and the rule: `q` requests in `w` seconds."""
    return [
        (b"ratelimit-policy", f'"minute";q={share.quota};w=60'.encode()),
        (b"ratelimit", f'"minute";r={share.left};t={share.reset}'.encode()),
    ]
