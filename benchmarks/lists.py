"""P1: what a list page of fifty deals costs beside the bare page of as many rows and bytes."""

from collections.abc import Iterator

from benchmarks.asked import Asked
from benchmarks.beside import beside_bare
from benchmarks.figures import Figure
from benchmarks.load import request
from benchmarks.servers import portal

BAR = 0.4


def measure(asked: Asked) -> Iterator[Figure]:
    for _, place, name in asked.each():
        with portal(place.data, threads=asked.threads) as ours:
            for who in ("head", "employee"):
                sent = request("GET", asked.page, place.signed_in(who))
                what = f"{asked.page} for the {who}, {name}"
                yield from beside_bare(asked, ours, place, sent, bar="P1", what=what, limit=BAR)
