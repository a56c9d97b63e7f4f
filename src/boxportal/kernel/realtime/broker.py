"""Tells open screens that something happened: topics, and the queues of those who listen, in this process.

Where several servers serve a company, a relay passes on what is published here.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

QUEUE = 100
GONE = "gone"
"""The topic by which open screens hear that their company is served no more."""


class Broker:
    """Publishes from any thread to the listeners on the event loop. A slow listener loses old messages only."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self.pass_on: Callable[[str, Mapping[str, object]], None] | None = None
        self._queues: dict[str, set[asyncio.Queue[Mapping[str, object]]]] = defaultdict(set)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def publish(self, topic: str, message: Mapping[str, object]) -> None:
        """Send to everyone who listens to the topic, at other servers too."""
        self.publish_here(topic, message)
        if self._loop is not None and self.pass_on is not None:
            self._loop.call_soon_threadsafe(self.pass_on, topic, message)

    def publish_here(self, topic: str, message: Mapping[str, object]) -> None:
        """Send to everyone who listens at this server; nobody listening costs nothing."""
        if self._loop is not None and self._queues.get(topic):
            self._loop.call_soon_threadsafe(self._spread, topic, message)

    def publish_all(self, message: Mapping[str, object]) -> None:
        """Send to every open screen of the company."""
        self.publish("company", message)

    def _spread(self, topic: str, message: Mapping[str, object]) -> None:
        for queue in tuple(self._queues.get(topic, ())):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(message)

    @contextmanager
    def listening(self, topics: set[str]) -> Iterator[asyncio.Queue[Mapping[str, object]]]:
        """A queue that receives what is published to the topics, until the block ends."""
        queue: asyncio.Queue[Mapping[str, object]] = asyncio.Queue(QUEUE)
        for topic in topics:
            self._queues[topic].add(queue)
        try:
            yield queue
        finally:
            for topic in topics:
                self._queues[topic].discard(queue)
                if not self._queues[topic]:
                    del self._queues[topic]
