"""Carries news between the servers of one company: what one publishes, the others tell their open screens.

By Postgres' LISTEN and NOTIFY (its manual, "Asynchronous Notification"), on two connections of its own, outside the
pool. A notification is no promise: whoever was cut off lets all screens look at their inbox again, where nothing is
missing.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import URL

from boxportal.kernel.realtime.broker import Broker

if TYPE_CHECKING:
    import psycopg

CHANNEL = "boxportal"
TURN_SECONDS = 0.5
CONNECT_SECONDS = 5
MOST_WAITING = 1000
LONGEST = 7900  # bytes; Postgres takes 8,000


class Relay:
    """Between a company's broker in this process and its other servers."""

    def __init__(self, url: URL, broker: Broker, process: str) -> None:
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._broker = broker
        self._process = process
        self._waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._hearing: psycopg.AsyncConnection[Any] | None = None
        self._saying: psycopg.AsyncConnection[Any] | None = None
        broker.pass_on = self._keep

    def _keep(self, topic: str, message: Mapping[str, object]) -> None:
        """On the event loop: put news behind what waits to be sent; what is too long or too much is left out."""
        text = json.dumps({"by": self._process, "topic": topic, "message": dict(message)})
        if len(text) <= LONGEST and not self._waiting.full():
            self._waiting.put_nowait(text)

    async def hear(self) -> None:
        """One turn: take what came, for half a second."""
        hearing = self._hearing
        if hearing is None or hearing.closed:
            hearing = self._hearing = await self._connect()
            await hearing.execute(f"LISTEN {CHANNEL}")
            self._broker.publish_here("company", {"topic": "inbox"})
        async for notification in hearing.notifies(timeout=TURN_SECONDS):
            self._take(notification.payload)

    def _take(self, payload: str) -> None:
        news = json.loads(payload)
        if news["by"] != self._process:
            self._broker.publish_here(news["topic"], news["message"])

    async def say(self) -> None:
        """One turn: send what waits, or wait for it half a second."""
        try:
            async with asyncio.timeout(TURN_SECONDS):
                text = await self._waiting.get()
        except TimeoutError:
            return
        if self._saying is None or self._saying.closed:
            self._saying = await self._connect()
        await self._saying.execute("SELECT pg_notify(%s, %s)", (CHANNEL, text))

    async def _connect(self) -> "psycopg.AsyncConnection[Any]":
        import psycopg  # noqa: PLC0415 only where Postgres is

        return await psycopg.AsyncConnection.connect(
            self._conninfo, autocommit=True, connect_timeout=CONNECT_SECONDS, application_name="boxportal relay"
        )

    async def close(self) -> None:
        for connection in (self._hearing, self._saying):
            if connection is not None:
                await connection.close()
