"""Gates before a database: so many transactions at a time, awaited on the event loop before any thread is taken.

A lock, or a pool's free connection, that is waited for inside a thread would starve its own holder: all threads wait
for it, and none is left to finish the work of the one that holds it. So whatever is held from one hop into the thread
pool to the next passes a gate first: one writer at a time on SQLite, and no more transactions than connections.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from boxportal.sdk.errors import Busy

WAIT_SECONDS = 5.0


class Gate:
    """Lets so many through at a time, in the order in which they came."""

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Hold one place for the length of a transaction.

        Raises: Busy after five seconds of waiting.
        """
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()
        try:
            yield
        finally:
            self._free.release()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._free.acquire()
        except TimeoutError as error:
            raise Busy from error
