"""Routes that do their work in one thread: from the session's opening to the commit, with nothing awaited between.

FastAPI opens a dependency, runs a sync route and closes the dependency in a hop each between the event loop and a
thread. Every hop waits for the interpreter's lock, so that under load three of them cost more than the work. A route of
a `Router` whose function takes a context (`reads(…)`, `writes(…)`) hands its work to the edge instead, which runs it
within one hop. Async functions keep the dependency: they await between their steps.
"""

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.params import Depends as DependsParam
from fastapi.responses import Response
from fastapi.routing import APIRoute
from typing_extensions import override

from boxportal.sdk.web import Opens, edge_of

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a route's function takes a context by: the parameter's name and the dependency."""

    name: str
    opens: Opens


class WorkRoute(APIRoute):
    """A route whose sync function runs with its session in one thread."""

    opening: Opening | None = None

    @override
    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.opening = opening_of(endpoint)
        super().__init__(path, in_one_hop(endpoint, self.opening) if self.opening else endpoint, **options)

    @override
    def get_route_handler(self) -> Handler:
        handler, opening = super().get_route_handler(), self.opening
        if opening is None:
            return handler

        async def guarded(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError:
                # What is wrong with a request is told to those who may send it.
                await edge_of(request).admit(request, opening.opens.door, writes=opening.opens.writes)
                raise

        return guarded


class Router(APIRouter):
    """The router of a module's pages or API."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 what FastAPI's router takes
        super().__init__(route_class=WorkRoute, **options)


def opening_of(endpoint: Callable[..., Any]) -> Opening | None:
    """How a sync function takes its context; None for an async one, or one that takes none."""
    if inspect.iscoroutinefunction(endpoint):
        return None
    for parameter in inspect.signature(endpoint, eval_str=True).parameters.values():
        for mark in get_args(parameter.annotation)[1:]:
            # A kind of `Opens` of its own does more than open a session: it stays a dependency.
            if isinstance(mark, DependsParam) and type(mark.dependency) is Opens:
                return Opening(parameter.name, mark.dependency)
    return None


def in_one_hop(endpoint: Callable[..., Response], opening: Opening) -> Callable[..., Awaitable[Response]]:
    """The function as FastAPI shall call it: with the same parameters, but the request in the context's place."""
    context, opens = opening.name, opening.opens
    signature = inspect.signature(endpoint, eval_str=True)
    asked = next((one.name for one in signature.parameters.values() if one.annotation is Request), "")

    @wraps(endpoint)
    async def work(**values: Any) -> Response:  # noqa: ANN401 whatever the function takes
        request: Request = values[asked] if asked else values.pop(context)
        edge = edge_of(request)
        if opens.writes:
            return await edge.write(request, opens.door, lambda ctx: endpoint(**{context: ctx}, **values))
        return await edge.read(request, opens.door, lambda ctx: endpoint(**{context: ctx}, **values))

    parameters = [
        one.replace(annotation=Request) if one.name == context else one
        for one in signature.parameters.values()
        if one.name != context or not asked  # FastAPI hands out one request
    ]
    work.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]  # functions take any
    work.opening = opening  # type: ignore[attr-defined]
    return work
