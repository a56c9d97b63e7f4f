"""The server's composition root: the only file that knows every part."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Route

from boxportal.kernel import live
from boxportal.kernel import models as _models  # noqa: F401 completes the metadata before the first query
from boxportal.kernel.api import routes as api_routes
from boxportal.kernel.api.limiting import ApiRates
from boxportal.kernel.certificates.serving import Encryption
from boxportal.kernel.companies import Box
from boxportal.kernel.edge import AppEdge
from boxportal.kernel.gate import Dispatch, ModulesFirst, nobodys
from boxportal.kernel.letting_in.listening import Listeners
from boxportal.kernel.loops import Loops
from boxportal.kernel.once import Repeated
from boxportal.kernel.pages.routers import ROUTERS
from boxportal.kernel.readiness import readiness
from boxportal.kernel.renewal import Renewal, Restart
from boxportal.kernel.web import failures
from boxportal.kernel.web.figures import Figures
from boxportal.kernel.web.headers import SecureHeaders
from boxportal.kernel.web.limits import Limits
from boxportal.kernel.web.rates import Rates
from boxportal.kernel.web.render import asset, render
from boxportal.kernel.web.statics import Assets
from boxportal.kernel.web.traffic import Counted, Traffic
from boxportal.sdk.errors import DomainError


def build_app(
    box: Box,
    restart: Restart | None = None,
    *,
    once_started: Callable[[], None] = lambda: None,
    listeners: Listeners | None = None,
    encryption: Encryption | None = None,
) -> FastAPI:
    """Put the server together for the companies of a box.

    `restart` is how its process starts anew, if it can; `once_started` is called when the modules are loaded;
    `listeners` open the companies' own public ports; `encryption` is there when this server itself speaks TLS.
    """
    edge, traffic = AppEdge(render, Rates(box.config.box.api_per_minute)), Traffic()
    loops = Loops(
        box, edge, render, Renewal(box, traffic, restart) if restart else None, listeners, encryption=encryption
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = box.config.box.threads
        await loops.start()
        once_started()
        yield
        await loops.stop()
        box.close()

    app = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    add_health(app, box)
    for router in (*ROUTERS, api_routes.router, live.router):
        # As they are: included, each would be made a second time at the first request.
        app.router.routes.extend(router.routes)
    figures = add_metrics(app, box)
    app.mount("/assets", Assets())
    app.router.routes.append(Route("/favicon.ico", Assets(asset("favicon.svg").rpartition("/")[2])))
    app.router.routes.insert(0, ModulesFirst())
    app.router.default = nobodys
    add_failures(app)
    app.add_middleware(ApiRates, edge=edge)
    app.add_middleware(SecureHeaders, hsts=lambda: encryption.hsts if encryption else "")
    app.add_middleware(Limits)
    app.add_middleware(Dispatch, box=box, edge=edge)
    app.add_middleware(Counted, traffic=traffic, figures=figures)
    return app


def add_metrics(app: FastAPI, box: Box) -> Figures | None:
    """Add `/metrics` where it is on; returns what counts the requests then."""
    if not box.config.metrics.on:
        return None
    from boxportal.kernel.metrics.page import metrics_route  # noqa: PLC0415 only where it is on

    figures = Figures()
    app.router.routes.append(metrics_route(box, figures))
    return figures


def add_health(app: FastAPI, box: Box) -> None:
    """`/healthz` says that the process answers, `/readyz` that databases, tables and modules are as they must be."""

    @app.get("/healthz")
    def healthz() -> Response:
        return JSONResponse({"ok": True})

    @app.get("/readyz")
    async def readyz() -> Response:
        parts = await run_in_threadpool(readiness, list(box.companies.values()))
        is_ready = all(parts.values())
        return JSONResponse({"ok": is_ready, "parts": parts}, status_code=200 if is_ready else 503)


def add_failures(app: FastAPI) -> None:
    """Map every kind of error once."""
    app.add_exception_handler(DomainError, failures.on_domain_error)
    app.add_exception_handler(Repeated, failures.on_repeated)
    app.add_exception_handler(RequestValidationError, failures.on_validation_error)
    app.add_exception_handler(HTTPException, failures.on_http_error)
    for database_error in (DBAPIError, StaleDataError, PoolTimeout, OSError, OverflowError, UnicodeError):
        app.add_exception_handler(database_error, failures.on_database_error)
    app.add_exception_handler(Exception, failures.on_crash)
