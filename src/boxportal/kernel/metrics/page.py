"""`/metrics`, where it is on: to who has the token, or without one, to this machine alone."""

import hmac

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from boxportal.kernel.companies import Box
from boxportal.kernel.door import SCOPE_OUTSIDE
from boxportal.kernel.metrics.gather import metrics
from boxportal.kernel.metrics.text import CONTENT_TYPE, written
from boxportal.kernel.web.figures import Figures
from boxportal.sdk.errors import NotFound

HERE = frozenset({"127.0.0.1", "::1"})
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def metrics_route(box: Box, figures: Figures) -> Route:
    """The route of a box that has metrics on. Who may not read them finds nothing there."""

    async def answer(request: Request) -> Response:
        if not may_read(request, box.config.metrics.token):
            raise NotFound
        text = await run_in_threadpool(lambda: written(metrics(box, figures)))
        return PlainTextResponse(text, media_type=CONTENT_TYPE)

    return Route("/metrics", answer)


def may_read(request: Request, token: str) -> bool:
    """Whether a request bears the token; without one set, whether this machine itself asks, and for nobody else."""
    if request.scope.get(SCOPE_OUTSIDE):
        return False
    if token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    is_forwarded = any(name in request.headers for name in FORWARDED)
    return not is_forwarded and request.client is not None and request.client.host in HERE
