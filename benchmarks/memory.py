"""L1 and L2: resident memory after the start and under load, with the kernel alone and with modules on."""

from collections.abc import Iterator

from benchmarks.asked import DEAL_LIST, Asked
from benchmarks.figures import Figure, at_most, known
from benchmarks.load import drive, fetch, finished, request
from benchmarks.places import Place
from benchmarks.servers import portal

BARS = {(): 95.0, ("crm",): None, ("crm", "sales"): 105.0}
PAGES = ("/", "/inbox", DEAL_LIST, "/crm/deals", "/crm/leads", "/search?q=pu", "/account")
GROWTH = 1.3
LOAD_TURNS = 15
MODULE_MB = 5.0


def measure(asked: Asked) -> Iterator[Figure]:
    before = 0.0
    for modules, bar in BARS.items():
        place = asked.places.company("sqlite", min(asked.rows), modules)
        what = " + ".join(("kernel", *modules))
        started, loaded = memory_of(place, LOAD_TURNS * asked.seconds, modules)
        if bar:
            yield at_most("L1", f"after start, {what}", started, bar, unit="MB")
        else:
            yield known("L1", f"after start, {what}", started, unit="MB")
        yield at_most("L1", f"under load beside start, {what}", loaded / started, GROWTH, note=f"{loaded:.0f} MB")
        if modules:
            yield at_most("L2", f"module {modules[-1]}, on", started - before, MODULE_MB, unit="MB")
        before = started


def memory_of(place: Place, seconds: float, modules: tuple[str, ...]) -> tuple[float, float]:
    """Right after the first page, and after a bounded load of many pages."""
    pages = [path for path in PAGES if modules or not path.startswith(("/crm", "/search"))]
    requests = [request("GET", path, place.signed_in()) for path in pages]
    with portal(place.data, page="/login") as server:
        fetch(server.port, requests[0])
        started = server.memory_mb
        run = finished(lambda: drive(server.port, lambda n: requests[n % len(requests)], clients=8, seconds=seconds))
        if run.failed:
            raise RuntimeError(f"answers {run.statuses}: {run.last[:500]!r}")
        return started, server.memory_mb
