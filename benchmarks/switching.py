"""P8 and R17: how long a module takes to go on and off by the command line, and what requests notice of it."""

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine, create_engine, inspect, text
from tests.support.bustle import Ask, Bustle, Caller, bustling
from tests.support.schema import schema_of

from benchmarks.asked import DEAL_BOARD, DEAL_LIST, Asked
from benchmarks.figures import Figure, at_most, known
from benchmarks.places import PROFILE, Place
from benchmarks.servers import ROOT, Server, portal

ON_SECONDS, OFF_SECONDS, RATE = 5.0, 1.0, 20
ROWS, PRODUCTS = 1000, 20
ON_OR_OFF, MADE = frozenset({200, 404}), frozenset({201})


def measure(asked: Asked) -> Iterator[Figure]:
    yield from times(asked)
    for database in asked.databases:
        yield from many_times(asked, database)


def times(asked: Asked) -> Iterator[Figure]:
    """How long the commands take, while somebody asks for a page twenty times a second."""
    place = asked.places.changeable(asked.places.company("sqlite", ROWS, ("crm",)))
    with portal(place.data) as server:
        visitor = Caller(server.port, headers_of(place, server), [Ask(DEAL_LIST)], 1 / RATE)
        with bustling([visitor]) as bustle:
            empty = seconds_of(place.data, "module", "list")
            on = seconds_of(place.data, "module", "enable", "sales")
            off = seconds_of(place.data, "module", "disable", "sales")
            again = seconds_of(place.data, "module", "enable", "sales")
    note = f"the command alone takes {empty:.1f} s to start, which is not counted"
    yield at_most("P8", "sales on, with its tables", max(on - empty, 0.0), ON_SECONDS, unit="s", note=note)
    yield at_most("P8", "sales off", max(off - empty, 0.0), OFF_SECONDS, unit="s")
    yield known("P8", "sales on again", max(again - empty, 0.0), unit="s")
    yield at_most("P8", "failed requests meanwhile", len(bustle.wrong), 0, unit="requests", note=seen_of(bustle))


def many_times(asked: Asked, database: str) -> Iterator[Figure]:
    """Off and on again and again while people, a program and an outsider work; then the module is purged."""
    place = asked.places.changeable(asked.places.company(database, ROWS, ("crm", "sales")))
    never = asked.places.company(database, 0, ("crm",))
    with portal(place.data) as server:
        fill(place, server)
        before = held(place)
        with bustling(callers(place, server)) as bustle:
            for _ in range(asked.toggles):
                seconds_of(place.data, "module", "disable", "sales")
                seconds_of(place.data, "module", "enable", "sales")
            after = held(place)
            seconds_of(place.data, "module", "purge", "sales")
    name = f"{asked.toggles} times off and on, {database}"
    yield at_most("R17", f"failed requests, {name}", len(bustle.wrong), 0, unit="requests", note=seen_of(bustle))
    signed_out = sum("303" in line or "401" in line for line in bustle.wrong)
    yield at_most("R17", "people signed out", signed_out, 0, unit="people")
    changed = sum(before[table] != after.get(table) for table in before)
    note = f"of {len(before)}, which hold {sum(map(len, before.values()))} rows"
    yield at_most("R17", "tables of sales changed by it", changed, 0, unit="tables", note=note)
    left = set(schema_in(place)) ^ set(schema_in(never))
    yield at_most("R17", "parts of the schema that differ after a purge", len(left), 0, unit="parts")


def callers(place: Place, server: Server) -> list[Caller]:
    """Three people, a program that writes, and an outsider: twenty requests a second together."""
    numbers = itertools.count(1)
    pages = [Ask("/"), Ask(DEAL_LIST), Ask(DEAL_BOARD), Ask("/sales/invoices", fine=ON_OR_OFF)]
    writes = Ask("/api/v1/crm/leads", "POST", MADE, lambda: json.dumps({"title": f"Request {next(numbers)}"}))
    program = [writes, Ask("/api/v1/sales/products", fine=ON_OR_OFF)]
    people = [headers_of(place, server), headers_of(place, server, "employee"), headers_of(place, server)]
    return [
        *(Caller(server.port, who, pages[n:] + pages[:n], 5 / RATE) for n, who in enumerate(people)),
        Caller(server.port, dict(place.bearer), program, 5 / RATE),
        Caller(server.port, {}, [Ask("/login"), Ask("/s/nobody-has-this", fine=ON_OR_OFF)], 5 / RATE),
    ]


def headers_of(place: Place, server: Server, who: Literal["head", "employee"] = "head") -> dict[str, str]:
    """A person's cookie; its name tells ports apart."""
    return {"Cookie": f"bp_{server.port}={place.head if who == 'head' else place.employee}"}


def fill(place: Place, server: Server) -> None:
    """Some rows that must be there at the end as they are now."""
    for n in range(PRODUCTS):
        connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
        body = json.dumps({"name": f"Pump {n}", "price": "1000", "currency": PROFILE.currency})
        connection.request("POST", "/api/v1/sales/products", body, dict(place.bearer))
        answer = connection.getresponse()
        if answer.status not in MADE:
            raise RuntimeError(f"no product: {answer.status} {answer.read()[:300]!r}")
        connection.close()


def held(place: Place) -> dict[str, list[str]]:
    """All rows of the tables of sales."""
    with engine_of(place) as engine, engine.connect() as connection:
        names = [name for name in inspect(connection).get_table_names() if name.startswith("sales_")]
        return {n: sorted(map(repr, connection.execute(text(f"SELECT * FROM {n}")))) for n in names}  # noqa: S608 our own tables


def schema_in(place: Place) -> list[str]:
    """The whole schema, without the search's tables, which a server makes when it first runs."""
    with engine_of(place) as engine, engine.connect() as connection:
        return [line for line in schema_of(connection) if "core_search_" not in line]


@contextmanager
def engine_of(place: Place) -> Iterator[Engine]:
    engine = create_engine(place.url)
    yield engine
    engine.dispose()


def seen_of(bustle: Bustle) -> str:
    return f"of {bustle.asked}, longest {bustle.longest * 1000:.0f} ms" + "".join(f"; {w}" for w in bustle.wrong[:3])


def seconds_of(data: Path, *command: str) -> float:
    """How long a command takes.

    Raises: CalledProcessError when it fails.
    """
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "boxportal", "--data", str(data), "--yes", *command],
        check=True, capture_output=True, timeout=120, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    return time.perf_counter() - begun
