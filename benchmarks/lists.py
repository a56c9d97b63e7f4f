"""P1: what a list page of fifty deals costs beside the bare page of as many rows and bytes."""

from collections.abc import Iterator

from benchmarks.asked import Asked
from benchmarks.figures import Figure, at_least, known
from benchmarks.load import Side, always, fetch, request
from benchmarks.servers import bare, portal

BAR = 0.4


def measure(asked: Asked) -> Iterator[Figure]:
    for _, place, name in asked.each():
        with portal(place.data, threads=asked.threads) as ours:
            for who in ("head", "employee"):
                sent = request("GET", asked.page, place.signed_in(who))
                size = len(fetch(ours.port, sent))
                with bare("--page-url", place.url, "--size", str(size), threads=asked.threads) as theirs:
                    plain = request("GET", "/page")
                    runs = asked.in_turns(Side(ours, always(sent)), Side(theirs, always(plain)))
                note = f"{runs.rate(0):.0f} of {runs.rate(1):.0f} pages/s, p95 {runs.p95(0):.0f} ms, {size:,} bytes"
                yield at_least("P1", f"{asked.page} for the {who}, {name}", runs.ratio(), BAR, note=note)
                cost = f"{runs.cost(0):.2f} and {runs.cost(1):.2f} ms of processor time a page"
                yield known("P1", "the same by processor time", runs.thrift(), note=cost)
