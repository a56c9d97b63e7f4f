"""The load generator: a fixed number of keep-alive connections that each send the next request when one is answered.

It speaks just enough HTTP/1.1 for servers that name the length of what they send, so that it takes little of the two
cores that the servers need. Both sides of a comparison are loaded in turns, so that a neighbour's noise hits both.
"""

import asyncio
import statistics
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

import uvloop

from benchmarks.servers import Server

END = b"\r\n\r\n"
LENGTH = b"content-length: "
PATIENCE = 60.0
MakeRequest = Callable[[int], bytes]
T = TypeVar("T")


@dataclass(slots=True)
class Run:
    """What one bounded load gave."""

    seconds: float = 0.0
    cpu: float = 0.0
    times: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    last: bytes = b""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The time within which this share of the requests was answered, in milliseconds."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else 0.0

    @property
    def cost(self) -> float:
        """Processor time of the server for one answer, in milliseconds."""
        return self.cpu / len(self.times) * 1000 if self.times else 0.0

    @property
    def failed(self) -> int:
        return sum(count for status, count in self.statuses.items() if status >= 400 or status == 0)


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, run: Run, make: MakeRequest, until: float, most: int) -> None:
        self.run, self.make, self.until, self.most = run, make, until, most
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.received = bytearray()
        self.transport: asyncio.Transport | None = None
        self.begun = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self.received += data
        head = self.received.find(END)
        if head < 0:
            return
        whole = head + len(END) + length_of(bytes(self.received[:head]))
        if len(self.received) < whole:
            return
        now = time.perf_counter()
        status = int(self.received[9:12])
        self.run.times.append(now - self.begun)
        self.run.statuses[status] = self.run.statuses.get(status, 0) + 1
        if status >= 400 or not self.run.last:
            self.run.last = bytes(self.received[:whole])
        del self.received[:whole]
        if now >= self.until or len(self.run.times) >= self.most:
            self._close()
        else:
            self._send()

    def connection_lost(self, _exc: Exception | None) -> None:
        if not self.done.done():
            self.run.statuses[0] = self.run.statuses.get(0, 0) + 1
            self.done.set_result(None)

    def _send(self) -> None:
        assert self.transport is not None  # noqa: S101 narrows the type
        self.begun = time.perf_counter()
        self.transport.write(self.make(len(self.run.times)))

    def _close(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        if self.transport is not None:
            self.transport.close()


def length_of(head: bytes) -> int:
    """How long an answer's body is, by its head.

    Raises: ValueError for an answer without a length that is not known to be empty.
    """
    lower = head.lower()
    at = lower.find(LENGTH)
    if at >= 0:
        return int(lower[at + len(LENGTH) :].split(b"\r\n", 1)[0])
    if head[9:12] in (b"204", b"304"):
        return 0
    raise ValueError(head)


def always(sent: bytes) -> MakeRequest:
    """The same request each time."""
    return lambda _sent: sent


def request(method: str, path: str, headers: Sequence[tuple[str, str]] = (), body: bytes = b"") -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + END + body


async def drive(port: int, make: MakeRequest, *, clients: int, seconds: float, most: int = 1_000_000) -> Run:
    """Load one server for a bounded time and number of requests."""
    run = Run()
    begun = time.perf_counter()
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Connection(run, make, begun + seconds, most), "127.0.0.1", port)
        for _ in range(clients)
    ]
    async with asyncio.timeout(seconds + PATIENCE):
        await asyncio.gather(*(protocol.done for _, protocol in made))
    run.seconds = time.perf_counter() - begun
    return run


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: a server and what is asked of it."""

    server: Server
    make: MakeRequest

    async def run(self, *, clients: int, seconds: float, most: int) -> Run:
        """Load this side once, and see what processor time it took: neighbours touch that less than the clock."""
        before = self.server.cpu_seconds
        run = await drive(self.server.port, self.make, clients=clients, seconds=seconds, most=most)
        run.cpu = self.server.cpu_seconds - before
        return run


@dataclass(frozen=True, slots=True)
class Paired:
    """The runs of sides that were loaded in turns: `runs[side][round]`."""

    runs: Sequence[Sequence[Run]]

    def ratio(self, side: int = 0, against: int = 1) -> float:
        """The median, over the rounds, of one side's rate in another's."""
        pairs = zip(self.runs[side], self.runs[against], strict=True)
        return statistics.median(one.rate / other.rate for one, other in pairs if other.rate)

    def thrift(self, side: int = 0, against: int = 1) -> float:
        """The same ratio by processor time: how many answers one side gives for the work of one of the other's."""
        return self.cost(against) / self.cost(side)

    def cost(self, side: int) -> float:
        return statistics.median(run.cost for run in self.runs[side])

    def rate(self, side: int) -> float:
        return statistics.median(run.rate for run in self.runs[side])

    def p95(self, side: int) -> float:
        return statistics.median(run.percentile(0.95) for run in self.runs[side])

    def p95_ratio(self, side: int = 0, against: int = 1) -> float:
        pairs = zip(self.runs[side], self.runs[against], strict=True)
        return statistics.median(one.percentile(0.95) / other.percentile(0.95) for one, other in pairs if other.times)

    def require_good(self) -> "Paired":
        """Raises: RuntimeError when an answer was an error: a server that fails fast must not look quick."""
        for runs in self.runs:
            for run in runs:
                if run.failed or not run.times:
                    raise RuntimeError(f"answers {run.statuses}: {run.last[:2000].decode('latin-1')}")
        return self


def in_turns(sides: Sequence[Side], *, rounds: int, clients: int, seconds: float, most: int = 1_000_000) -> Paired:
    """Load the sides in turns, after one short round that warms them up and is not counted."""

    async def all_rounds() -> Paired:
        runs: list[list[Run]] = [[] for _ in sides]
        for side in sides:
            await side.run(clients=clients, seconds=min(seconds, 0.5), most=most)
        for _ in range(rounds):
            for mine, side in zip(runs, sides, strict=True):
                mine.append(await side.run(clients=clients, seconds=seconds, most=most))
        return Paired(runs)

    return finished(all_rounds).require_good()


def fetch(port: int, sent: bytes) -> bytes:
    """The body of one good answer.

    Raises: RuntimeError for any but a 200: a redirect to the sign-in must not be measured as a page.
    """
    run = finished(lambda: drive(port, lambda _: sent, clients=1, seconds=0, most=1))
    if run.statuses != {200: 1}:
        raise RuntimeError(f"{sent[:200]!r} was answered {run.statuses}: {run.last[:500]!r}")
    return run.last.partition(END)[2]


def finished(make: Callable[[], Coroutine[object, object, T]]) -> T:
    """Run to the end on a loop of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(make())
