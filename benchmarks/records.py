"""P2: a deal's page with its timeline beside the bare page, and how many statements it takes."""

import sys
from collections.abc import Iterator
from contextlib import redirect_stdout

from fastapi.testclient import TestClient
from tests.support.statements import statements_of_pages

from benchmarks.asked import DEAL_PAGE, Asked
from benchmarks.beside import beside_bare
from benchmarks.figures import Figure, at_most
from benchmarks.load import request
from benchmarks.places import Place
from benchmarks.servers import portal
from boxportal.app import build_app
from boxportal.kernel.companies import Box

BAR, STATEMENTS = 0.3, 25


def measure(asked: Asked) -> Iterator[Figure]:
    for _, place, name in asked.each():
        path = DEAL_PAGE.format(id=min(asked.rows) // 2)
        sent = request("GET", path, place.signed_in())
        with portal(place.data, threads=asked.threads) as ours:
            yield from beside_bare(asked, ours, place, sent, bar="P2", what=f"a deal's page, {name}", limit=BAR)
        count = statements_of(place, path)
        yield at_most("P2", f"statements of a deal's page, {name}", count, STATEMENTS, unit="statements")


def statements_of(place: Place, path: str) -> int:
    """How many statements one page sends, signing in included."""
    box = Box.open(place.data)
    app = build_app(box)
    with redirect_stdout(sys.stderr), TestClient(app, base_url="http://127.0.0.1") as client:
        headers = dict(place.signed_in())
        client.get(path, headers=headers)
        with statements_of_pages(box.get(None).engines.reader) as seen:
            client.get(path, headers=headers)
    return len(seen)
