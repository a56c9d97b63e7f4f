"""Builds the OpenAPI 3.1 document of what is on: in a worker process, for it would cost the server 24 MB for good."""

import json
from collections.abc import Iterable
from functools import lru_cache

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from boxportal.kernel.api import routes
from boxportal.kernel.runtime import load_module
from boxportal.kernel.worker import run_in_worker

TARGET = "boxportal.kernel.api.document:build"
SECONDS, MEMORY_MB = 20, 600
ABOUT = """Programs sign in with a token (Your account → Keys to the API): `Authorization: Bearer bp_…`.

Lists answer `{"items": […], "next": …}`: pass `next` as `cursor` for the following page. Money is
`{"amount": 1240000, "currency": "TZS"}` in minor units; times are ISO 8601 in UTC. A creation may carry an
`Idempotency-Key`: the same key with the same body answers alike and makes nothing twice. A change may carry `If-Match`
with the record's ETag: 412 says that somebody else saved it meanwhile. Errors are problem+json (RFC 9457)."""


@lru_cache(maxsize=16)
def openapi_of(modules: tuple[str, ...], title: str) -> bytes:
    """The document for a set of modules, as JSON."""
    order = json.dumps({"modules": modules, "title": title}).encode()
    return run_in_worker(TARGET, order, seconds=SECONDS, memory_mb=MEMORY_MB)


def build(order: bytes) -> bytes:
    """Build the document; runs in the worker."""
    wanted = json.loads(order)
    routers = [routes.router, *(load_module(module_id).api for module_id in wanted["modules"])]
    document = get_openapi(
        title=f"{wanted['title']} – API",
        version="1",
        description=ABOUT,
        routes=list(routes_of(router for router in routers if router is not None)),
    )
    document.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"token": []}]
    return json.dumps(document, ensure_ascii=False).encode()


def routes_of(routers: Iterable[APIRouter]) -> Iterable[BaseRoute]:
    for router in routers:
        yield from router.routes
