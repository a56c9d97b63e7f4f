"""A page of the portal beside the bare page of as many rows and bytes, both served at the same time."""

from collections.abc import Iterator

from benchmarks.asked import Asked
from benchmarks.figures import Figure, at_least, known
from benchmarks.load import Side, always, fetch, request
from benchmarks.places import Place
from benchmarks.servers import Server, bare


def beside_bare(
    asked: Asked, ours: Server, place: Place, sent: bytes, *, bar: str, what: str, limit: float
) -> Iterator[Figure]:
    """The page that `sent` asks for, by rate against the limit, and by processor time."""
    size = len(fetch(ours.port, sent))
    with bare("--page-url", place.url, "--size", str(size), threads=asked.threads) as theirs:
        runs = asked.in_turns(Side(ours, always(sent)), Side(theirs, always(request("GET", "/page"))))
    note = f"{runs.rate(0):.0f} of {runs.rate(1):.0f} pages/s, p95 {runs.p95(0):.0f} ms, {size:,} bytes"
    yield at_least(bar, what, runs.ratio(), limit, note=note)
    cost = f"{runs.cost(0):.2f} and {runs.cost(1):.2f} ms of processor time a page"
    yield known(bar, "the same by processor time", runs.thrift(), note=cost)
