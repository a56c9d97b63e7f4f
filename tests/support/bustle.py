"""People, a program and visitors who keep a real server busy, and note whatever is not as it should be."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

PATIENCE = 30
FINE = frozenset({200})


@dataclass(frozen=True)
class Ask:
    """A request, what may be answered to it, and a new body each time."""

    path: str
    method: str = "GET"
    fine: frozenset[int] = FINE
    body: Callable[[], str] | None = None


class Caller(threading.Thread):
    """Somebody who asks one thing after the other, at a steady pace, until told to stop."""

    def __init__(self, port: int, headers: Mapping[str, str], asks: Sequence[Ask], every: float) -> None:
        super().__init__(daemon=True)
        self.port, self.headers, self.asks, self.every = port, dict(headers), asks, every
        self.leaving = threading.Event()
        self.wrong: list[str] = []
        self.done: dict[str, int] = {}
        self.longest = 0.0

    def run(self) -> None:
        turn = 0
        due = time.monotonic()
        while not self.leaving.wait(max(0.0, due - time.monotonic())):
            due = max(due + self.every, time.monotonic())
            begun = time.monotonic()
            self.ask(self.asks[turn % len(self.asks)])
            self.longest = max(self.longest, time.monotonic() - begun)
            turn += 1

    def ask(self, ask: Ask) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(ask.method, ask.path, ask.body() if ask.body else None, self.headers)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.wrong.append(f"{ask.method} {ask.path}: {error!r}")
            return
        finally:
            connection.close()
        key = f"{ask.method} {answer.status}"
        self.done[key] = self.done.get(key, 0) + 1
        if answer.status not in ask.fine:
            where = answer.headers.get("location", "")
            self.wrong.append(f"{ask.method} {ask.path}: {answer.status} {where} {said[:300]!r}")


@dataclass
class Bustle:
    """All who ask."""

    callers: list[Caller] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """Every answer that was none of those which may be given, and every connection that failed."""
        return [line for caller in self.callers for line in caller.wrong]

    @property
    def asked(self) -> int:
        return sum(sum(caller.done.values()) for caller in self.callers) + len(self.wrong)

    @property
    def longest(self) -> float:
        """The longest that anybody waited, in seconds."""
        return max((caller.longest for caller in self.callers), default=0.0)

    def times(self, method: str, status: int) -> int:
        return sum(caller.done.get(f"{method} {status}", 0) for caller in self.callers)


@contextmanager
def bustling(callers: Sequence[Caller]) -> Iterator[Bustle]:
    """Let all of them ask until the block ends, and finish what they began."""
    for caller in callers:
        caller.start()
    try:
        yield Bustle(list(callers))
    finally:
        for caller in callers:
            caller.leaving.set()
        for caller in callers:
            caller.join(PATIENCE + 5)
