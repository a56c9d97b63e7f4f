"""Every route of the running application: the kernel's and those of the modules that are on."""

import re
from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.routing import APIRoute

from boxportal.kernel.api import routes as api_routes
from boxportal.kernel.pages.routers import ROUTERS
from boxportal.sdk.routing import WorkRoute
from boxportal.sdk.web import Opens
from tests.support.portal import Portal

READING = frozenset({"GET", "HEAD", "OPTIONS"})


def routes_of(portal: Portal) -> Iterator[tuple[str, APIRoute]]:
    """All of them, with their whole addresses."""
    modules = portal.company.snapshot.modules.values()
    routers = [*ROUTERS, api_routes.router]
    routers += [router for m in modules for router in (m.pages, m.public, m.api) if router is not None]
    for router in routers:
        yield from flattened(router, "")


def flattened(router: APIRouter, prefix: str) -> Iterator[tuple[str, APIRoute]]:
    """A router's own routes, and those of the routers that it includes."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield prefix + route.path, route
        else:
            included = route.include_context  # type: ignore[attr-defined]  # FastAPI's own, for lazy inclusion
            yield from flattened(included.included_router, prefix + included.prefix)


def writing_routes(portal: Portal) -> list[tuple[str, str]]:
    """Method and an address for each route that changes something."""
    routes = list(routes_of(portal))
    return [(method, filled(path)) for path, route in routes for method in sorted((route.methods or set()) - READING)]


def reading_paths(portal: Portal) -> list[str]:
    return [filled(path) for path, route in routes_of(portal) if "GET" in (route.methods or set())]


def filled(path: str) -> str:
    """The address with an id in each place; records are asked for by a kind that is there."""
    return re.sub(r"\{[^}]*\}", "1", path.replace("{kind}", "core.person"))


def opens_anywhere(route: APIRoute) -> bool:
    """Whether the route takes posts from pages of other sites."""
    if isinstance(route, WorkRoute) and route.opening:
        return route.opening.opens.door.anywhere
    calls = [dependency.call for dependency in route.dependant.dependencies]
    return any(isinstance(call, Opens) and call.door.anywhere for call in calls)
