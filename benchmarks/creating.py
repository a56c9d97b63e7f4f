"""P3: what a lead over the API costs (duplicates, audit, timeline, search, outbox) beside one bare insert."""

import itertools
import json
from collections.abc import Iterator

from benchmarks.asked import Asked
from benchmarks.figures import Figure, at_least, known
from benchmarks.load import MakeRequest, Side, request
from benchmarks.places import Headers
from benchmarks.servers import bare, portal

BAR = 0.25
PLAIN: Headers = (("Content-Type", "application/json"),)


def measure(asked: Asked) -> Iterator[Figure]:
    for database, kept, name in asked.each():
        place = asked.places.changeable(kept)
        notes = asked.places.empty_database(database)
        with portal(place.data, threads=asked.threads) as ours, bare("--note-url", notes) as theirs:
            runs = asked.in_turns(
                Side(ours, posting("/api/v1/crm/leads", place.bearer)), Side(theirs, posting("/notes", PLAIN))
            )
        note = f"{runs.rate(0):.0f} of {runs.rate(1):.0f} a second, p95 {runs.p95(0):.0f} ms"
        yield at_least("P3", f"create a lead, {name}", runs.ratio(), BAR, note=note)
        cost = f"{runs.cost(0):.2f} and {runs.cost(1):.2f} ms of processor time each"
        yield known("P3", "the same by processor time", runs.thrift(), note=cost)


def posting(path: str, headers: Headers) -> MakeRequest:
    """New requests without end, each of somebody else."""
    numbers = itertools.count(1)

    def make(_sent: int) -> bytes:
        n = next(numbers)
        body = {
            "title": f"Pumps {n}", "name": f"Asha Mwangi {n}", "phone": f"+255 68{n % 10_000_000:07}",
            "email": f"asha{n}@new.example", "request": "Three water pumps for a farm, with delivery.",
        }  # fmt: skip
        return request("POST", path, headers, json.dumps(body).encode())

    return make
