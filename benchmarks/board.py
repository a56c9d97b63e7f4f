"""P4: the board of deals beside the list, and a drop of a card beside a plain update."""

import itertools
import json
from collections.abc import Iterator

from benchmarks.asked import DEAL_BOARD, DEAL_LIST, Asked
from benchmarks.figures import Figure, at_most, known
from benchmarks.load import MakeRequest, Side, always, request
from benchmarks.places import Place
from benchmarks.servers import bare, portal

BOARD_BAR, DROP_BAR = 2.0, 1.5
STAGES = (1, 2, 3)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
JSON = (("Content-Type", "application/json"),)


def measure(asked: Asked) -> Iterator[Figure]:
    for database, kept, name in asked.each():
        place = asked.places.changeable(kept)
        notes = asked.places.empty_database(database)
        with portal(place.data, threads=asked.threads) as ours, bare("--note-url", notes) as theirs:
            for who in ("head", "employee"):
                pages = [request("GET", path, place.signed_in(who)) for path in (DEAL_LIST, DEAL_BOARD)]
                runs = asked.in_turns(*(Side(ours, always(sent)) for sent in pages))
                note = f"{runs.cost(1):.1f} and {runs.cost(0):.1f} ms of processor time, p95 {runs.p95(1):.0f} ms"
                yield at_most("P4", f"board beside list for the {who}, {name}", runs.ratio(), BOARD_BAR, note=note)
            yield from drops(asked, name, (Side(ours, dropping(place)), Side(ours, changing(place))))
            runs = asked.in_turns(Side(ours, dropping(place)), Side(theirs, noting))
            yield known("P4", f"drop beside a bare update, {name}", runs.ratio(1, 0), note=f"{runs.rate(1):.0f}/s bare")


def drops(asked: Asked, name: str, sides: tuple[Side, Side]) -> Iterator[Figure]:
    """A drop beside the portal's own update of one field of a deal."""
    runs = asked.in_turns(*sides)
    note = f"{runs.rate(0):.0f} drops and {runs.rate(1):.0f} updates a second, p95 {runs.p95(0):.0f} ms"
    yield at_most("P4", f"drop beside a plain update, {name}", runs.ratio(1, 0), DROP_BAR, note=note)


def dropping(place: Place) -> MakeRequest:
    numbers = itertools.count(1)

    def make(_sent: int) -> bytes:
        n = next(numbers)
        deal, stage = n % 5000 + 1, STAGES[n // 5000 % len(STAGES)]
        return request("POST", f"/crm/deals/{deal}/board-move", place.posting + FORM, f"stage={stage}".encode())

    return make


def changing(place: Place) -> MakeRequest:
    numbers = itertools.count(1)

    def make(_sent: int) -> bytes:
        n = next(numbers)
        return request("PATCH", f"/api/v1/crm/deals/{n % 5000 + 1}", place.bearer, change_of(n))

    return make


def noting(sent: int) -> bytes:
    return request("PATCH", f"/notes/{sent % 5000 + 1}", JSON, change_of(sent))


def change_of(number: int) -> bytes:
    return json.dumps({"title": f"Pumps, changed {number}"}).encode()
