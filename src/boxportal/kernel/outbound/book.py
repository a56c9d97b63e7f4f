"""What this process talked to: each connection is noted, and written down within a second."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import DomainError, NotAllowed

MOST_WAITING = 2000
MOST_SAID = 300


@dataclass(slots=True)
class Call:
    """One connection, or one that was refused before it began. `sent` and `received` are bytes of what was said."""

    purpose: str
    host: str
    port: int
    at: datetime
    address: str = ""
    result: Literal["done", "refused", "failed"] = "done"
    said: str = ""
    sent: int = 0
    received: int = 0
    seconds: float = 0.0


class Book:
    """The calls of one company that are not written down yet. Any thread may add some."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=MOST_WAITING)

    @contextmanager
    def call(self, purpose: str, host: str, port: int) -> Iterator[Call]:
        """Note a call with how it ended, also when it raises."""
        call, begun = Call(purpose, host, port, utcnow()), time.monotonic()
        try:
            yield call
        except BaseException as error:
            call.result = "refused" if isinstance(error, NotAllowed) else "failed"
            call.said = str(error)[:MOST_SAID] if isinstance(error, DomainError) else type(error).__name__
            raise
        finally:
            call.seconds = time.monotonic() - begun
            self._calls.append(call)

    def take(self) -> list[Call]:
        """Take all calls out."""
        taken = []
        while self._calls:
            taken.append(self._calls.popleft())
        return taken

    def put_back(self, calls: Iterable[Call]) -> None:
        self._calls.extendleft(reversed(list(calls)))

    def __len__(self) -> int:
        return len(self._calls)
