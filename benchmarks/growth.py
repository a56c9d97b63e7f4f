"""P9: every page at the largest number of rows beside ten thousand, both served at the same time."""

from collections.abc import Iterator

from benchmarks.asked import DEAL_BOARD, DEAL_LIST, DEAL_PAGE, Asked
from benchmarks.figures import Figure, at_most
from benchmarks.load import Side, always, request
from benchmarks.servers import portal

SMALL, BAR, TAIL_BAR = 10_000, 1.5, 1.3
PAGES = (
    "/", "/inbox", DEAL_LIST, f"{DEAL_LIST}?sort=-amount", f"{DEAL_LIST}?responsible=me", DEAL_BOARD,
    DEAL_PAGE, "/crm/leads", "/crm/leads/{id}", "/crm/contacts", "/crm/companies",
    "/crm/activities", "/search?q=pumps", "/api/v1/crm/deals",
)  # fmt: skip


def measure(asked: Asked) -> Iterator[Figure]:
    for database in asked.databases:
        few = min(SMALL, max(asked.rows) // 10)
        small = asked.places.company(database, few)
        large = asked.places.company(database, max(asked.rows))
        with portal(small.data, threads=asked.threads) as before, portal(large.data, threads=asked.threads) as after:
            for who in ("head", "employee"):
                for path in (page.format(id=few // 2) for page in PAGES):
                    api = path.startswith("/api")
                    runs = asked.in_turns(
                        *(
                            Side(server, always(request("GET", path, place.bearer if api else place.signed_in(who))))
                            for server, place in ((before, small), (after, large))
                        )
                    )
                    note = f"p95 {runs.p95(0):.0f} and {runs.p95(1):.0f} ms"
                    what = f"{path} for the {who}, {max(asked.rows):,} rows, {database}"
                    yield at_most("P9", what, runs.ratio(0, 1), BAR, note=note)
                    if path == DEAL_LIST:
                        yield at_most("P1", f"p95 of {what}", runs.p95_ratio(1, 0), TAIL_BAR, note=note)
