"""L4: from the command to the first page, beside a bare FastAPI application with SQLAlchemy."""

import statistics
from collections.abc import Iterator

from benchmarks.asked import Asked
from benchmarks.figures import Figure, at_most, known
from benchmarks.places import DEFAULT
from benchmarks.servers import bare, portal

SECONDS, TIMES = 1.5, 2.5


def measure(asked: Asked) -> Iterator[Figure]:
    place = asked.places.company("sqlite", 0, DEFAULT)
    notes = asked.places.empty_database("sqlite")
    ours, theirs = [], []
    for _ in range(asked.rounds):
        with portal(place.data, page="/login") as server:
            ours.append(server.started_in)
        with bare("--note-url", notes) as server:
            theirs.append(server.started_in)
    note = f"of {asked.rounds}: best {min(ours):.2f}, worst {max(ours):.2f}; depends on what else the machine does"
    yield at_most("L4", "start to the sign-in page", statistics.median(ours), SECONDS, unit="s", note=note)
    ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
    yield at_most("L4", "beside the bare application", ratio, TIMES, note=f"{statistics.median(theirs):.2f} s bare")
    yield known("L4", "best start", min(ours), unit="s")
