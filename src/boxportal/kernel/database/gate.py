"""The writers' gate: one write at a time on SQLite, awaited on the event loop before any thread is taken.

A lock taken inside a thread-pool dependency would starve its own holder: all threads wait for the lock, and none is
left to finish the work of the one that holds it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from boxportal.sdk.errors import Busy

WAIT_SECONDS = 5.0


class WriterGate:
    """Lets writers pass one by one (SQLite) or not at all held up (Postgres)."""

    def __init__(self, *, one_by_one: bool) -> None:
        self._lock = asyncio.Lock() if one_by_one else None

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Hold the gate for one write transaction.

        Raises: Busy after five seconds of waiting.
        """
        if self._lock is None:
            yield
            return
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._lock.acquire()
        except TimeoutError as error:
            raise Busy from error
        try:
            yield
        finally:
            self._lock.release()
