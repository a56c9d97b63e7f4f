"""Writes that wait together are done one after the other in one transaction, and reach the disk in one go.

A commit waits for the disk, and writes each page that it changed: most of what a small write costs. So whoever's turn
comes at the gate takes along who waits behind. Each has a SAVEPOINT of its own, so that an error undoes its work alone;
none is answered before the commit, and should that fail, it failed for all. A write that nobody waits behind has the
transaction for itself. (Postgres lets several write at a time, and gathers their commits by itself.)
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Connection
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.database.engines import Engines, writing
from boxportal.kernel.database.gate import Gate
from boxportal.sdk.errors import Busy

T = TypeVar("T")
MOST = 16  # so that the first of them does not wait long for the last


class Write(Generic[T]):
    """One write: what it does with its session, begin and commit included, and what came of it."""

    def __init__(self, act: Callable[[Session], T]) -> None:
        self._act = act
        self._context: Context = copy_context()
        self._result: T | None = None
        self.error: BaseException | None = None
        self.taken = False
        self.over = asyncio.Event()

    def run(self, session: Session) -> None:
        try:
            self._result = self._context.run(self._act, session)
        except BaseException as error:  # noqa: BLE001 raised again by `outcome`, where it is waited for
            self.error = error
        finally:
            session.close()

    def outcome(self) -> T:
        """What the write returned; what it raised is raised."""
        error, self.error = self.error, None  # a raised one keeps this frame, and with it all that it can reach
        if error is not None:
            try:
                raise error
            finally:
                del error
        return cast("T", self._result)


class Writers:
    """The writes of one company's requests, on their way through its gate."""

    def __init__(self, engines: Engines, gate: Gate) -> None:
        self._engines = engines
        self._gate = gate
        self._most = MOST if engines.is_sqlite else 1
        self._waiting: deque[Write[Any]] = deque()

    async def do(self, act: Callable[[Session], T]) -> T:
        """Run `act` in a thread with a session that it begins and commits itself; returns once it is on the disk.

        Raises: Busy after five seconds of waiting, or when the transaction was lost; and what the act raises.
        """
        mine = Write(act)
        self._waiting.append(mine)
        try:
            async with self._gate.passing():
                if not mine.taken:
                    await self._do_with(mine)
        except Busy:
            if not mine.taken:
                raise
            await mine.over.wait()  # somebody took it along just now: what comes of it counts
        finally:
            if not mine.taken:
                self._waiting.remove(mine)
        return mine.outcome()

    async def _do_with(self, mine: Write[T]) -> None:
        """Do the write whose turn it is, and with it what waits behind, the oldest first."""
        self._waiting.remove(mine)
        taken = [mine, *(self._waiting.popleft() for _ in range(min(self._most - 1, len(self._waiting))))]
        for one in taken:
            one.taken = True
        try:
            await run_in_threadpool(self._do, taken)
        finally:
            for one in taken:
                one.over.set()

    def _do(self, writes: Sequence[Write[Any]]) -> None:
        if len(writes) == 1:
            writes[0].run(writing(self._engines))
            return
        try:
            with self._engines.writer.begin() as connection:
                for one in writes:
                    one.run(Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint"))
                    require_whole(connection)
        except Exception as error:  # noqa: BLE001 nothing of it is kept: each of them is told so
            for one in writes:
                one.error = error


def require_whole(connection: Connection) -> None:
    """On some errors (a full disk, say) SQLite gives up the whole transaction, and not only what met the error.

    Raises: Busy when it did.
    """
    driver = connection.connection.driver_connection
    if driver is None or not driver.in_transaction:
        raise Busy
