"""Routes that do their work in one thread: from the session's opening to the commit, with nothing awaited between.

FastAPI opens a dependency, runs a sync route and closes the dependency in a hop each between the event loop and a
thread. Every hop waits for the interpreter's lock, so that under load three of them cost more than the work. A route of
a `Router` whose function takes a context (`reads(…)`, `writes(…)`) hands its work to the edge instead, which runs it
within one hop. Async functions keep the dependency: they await between their steps.
"""

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, wraps
from threading import RLock
from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from fastapi.params import Depends as DependsParam
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from boxportal.sdk.web import Opens, edge_of

_MAKING = RLock()
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a route's function takes a context by: the parameter's name and the dependency."""

    name: str
    opens: Opens


class WorkRoute(APIRoute):
    """A route whose sync function runs with its session in one thread.

    FastAPI makes much of a function: its parameters, a validator for each, models of its forms. That is made when the
    route is first asked for, or looked at: a portal has hundreds of routes, and few of them are used in an hour.
    """

    opening: Opening | None

    @override
    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.path = path
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.methods = {method.upper() for method in options.get("methods") or ["GET"]}
        self._unmade: tuple[Callable[..., Any], dict[str, Any]] | None = (endpoint, options)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 whatever FastAPI keeps in a route
        with _MAKING:
            unmade, self.__dict__["_unmade"] = self.__dict__.get("_unmade"), None
            if unmade is not None:
                self._make(*unmade)
        return self.__getattribute__(name)

    def _make(self, endpoint: Callable[..., Any], options: dict[str, Any]) -> None:
        signature = inspect.signature(endpoint, eval_str=True)
        self.opening = None if inspect.iscoroutinefunction(endpoint) else opening_of(signature)
        build_models(signature)
        work = in_one_hop(endpoint, signature, self.opening) if self.opening else endpoint
        super().__init__(self.path, work, **options)

    def under(self, prefix: str, tags: Sequence[str | Enum]) -> "WorkRoute":
        """The same route at a longer address, before it was first asked for."""
        if not prefix and not tags:
            return self
        if self._unmade is None:
            raise RuntimeError(self.path)
        endpoint, options = self._unmade
        return WorkRoute(prefix + self.path, endpoint, **{**options, "tags": [*tags, *(options.get("tags") or ())]})

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

    def gather(self, *parts: "Router") -> None:
        """Take over the routes of parts, under this router's prefix and tags.

        FastAPI's `include_router` would make every route a second time when the first request comes, and keep both.
        """
        for part in parts:
            for route in part.routes:
                if not isinstance(route, WorkRoute):
                    raise TypeError(route)
                self.routes.append(route.under(self.prefix, self.tags))


class Later(APIRouter):
    """A router whose file is imported when the first request comes for it, or somebody looks at its routes.

    `find` imports and returns it. Until then the file, its forms and the services that it alone uses cost nothing.
    """

    @override
    def __init__(self, find: Callable[[], APIRouter]) -> None:
        self._find = cache(find)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 whatever FastAPI keeps in a router
        return getattr(self._find(), name)

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        router = await run_in_threadpool(self._find)
        await router(scope, receive, send)


def build_models(signature: inspect.Signature) -> None:
    """Give the models that a function takes their validators now.

    FastAPI makes a field of each, and mutes a warning of pydantic's while it does; put off, the warning would be heard.
    """
    waiting = [one.annotation for one in signature.parameters.values()]
    while waiting:
        asked = waiting.pop()
        if isinstance(asked, type) and issubclass(asked, BaseModel):
            asked.model_config["defer_build"] = False
            asked.model_rebuild()
        waiting += get_args(asked)


def opening_of(signature: inspect.Signature) -> Opening | None:
    """How a function takes its context; None when it takes none."""
    for parameter in signature.parameters.values():
        for mark in get_args(parameter.annotation)[1:]:
            # A kind of `Opens` of its own does more than open a session: it stays a dependency.
            if isinstance(mark, DependsParam) and type(mark.dependency) is Opens:
                return Opening(parameter.name, mark.dependency)
    return None


def in_one_hop(
    endpoint: Callable[..., Response], signature: inspect.Signature, opening: Opening
) -> Callable[..., Awaitable[Response]]:
    """The function as FastAPI shall call it: with the same parameters, but the request in the context's place."""
    context, opens = opening.name, opening.opens
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
