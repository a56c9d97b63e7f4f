"""Gives the memory of switched-off modules back: the process starts anew when it is asked to, or once it is idle.

Python keeps the memory of code that was imported, so a module that is off still weighs until the process begins again.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Box, Company
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.tables import ServingProcess
from boxportal.kernel.web.traffic import Traffic
from boxportal.sdk.logs import get_logger

log = get_logger()
REEXEC = "reexec"
IDLE_AFTER = 30.0
DRAIN_SECONDS = 0.3
Restart = Callable[[], Awaitable[None]]


class Renewal:
    """Watches for the wish and for unused code; `restart` ends this process's work and begins it anew."""

    def __init__(self, box: Box, traffic: Traffic, restart: Restart) -> None:
        self._box = box
        self._traffic = traffic
        self._restart = restart
        self._was_on: set[str] = set()
        self._unused_since: float | None = None
        self._begun = False

    async def look(self, process_id: str) -> None:
        """Start anew if somebody asked for it, or if code has lain unused for a while and nothing long runs."""
        if self._begun:
            return
        if await self._is_wished(process_id) or self._is_due():
            self._begun = True
            log.info("starting anew", unused=sorted(unused_modules(self._box)))
            self._traffic.closing = True
            await asyncio.sleep(DRAIN_SECONDS)  # connections that are kept open hear that they should close
            await self._restart()

    async def _is_wished(self, process_id: str) -> bool:
        for company in self._box.companies.values():
            if await run_in_threadpool(wish_of, company, process_id) == REEXEC:
                return True
        return False

    def _is_due(self) -> bool:
        self._was_on |= {m for company in self._box.companies.values() for m in company.snapshot.modules}
        if not unused_modules(self._box) & self._was_on:  # only what went off in this process: a new start helps once
            self._unused_since = None
            return False
        if self._unused_since is None:
            self._unused_since = time.monotonic()
        return time.monotonic() - self._unused_since >= IDLE_AFTER and not self._traffic.has_long_ones()


def unused_modules(box: Box) -> set[str]:
    """The modules whose code is loaded in this process though no company has them on."""
    on = {module_id for company in box.companies.values() for module_id in company.snapshot.modules}
    entries = load_catalog().entries
    return {m for m, entry in entries.items() if f"{entry.package}.module" in sys.modules and m not in on}


def wish_of(company: Company, process_id: str) -> str:
    with read_session(company.engines) as db:
        return db.scalar(select(ServingProcess.wish).where(ServingProcess.id == process_id)) or ""
