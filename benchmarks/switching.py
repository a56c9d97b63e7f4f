"""P8: how long a module takes to go on and off by the command line, and what requests notice of it."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.asked import DEAL_LIST, Asked
from benchmarks.figures import Figure, at_most, known
from benchmarks.places import Headers
from benchmarks.servers import ROOT, portal

ON_SECONDS, OFF_SECONDS, EVERY = 5.0, 1.0, 0.05
ROWS = 1000


class Visitor(threading.Thread):
    """Asks for a page twenty times a second and counts what went wrong."""

    def __init__(self, port: int, headers: Headers) -> None:
        super().__init__(daemon=True)
        self.port, self.headers = port, dict(headers) | {"Host": "127.0.0.1"}
        self.asked, self.failed, self.longest = 0, 0, 0.0
        self.leaving = threading.Event()

    def run(self) -> None:
        while not self.leaving.wait(EVERY):
            begun = time.perf_counter()
            self.asked += 1
            try:
                connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
                connection.request("GET", DEAL_LIST, headers=self.headers)
                self.failed += connection.getresponse().status != 200
                connection.close()
            except OSError:
                self.failed += 1
            self.longest = max(self.longest, time.perf_counter() - begun)


def measure(asked: Asked) -> Iterator[Figure]:
    place = asked.places.changeable(asked.places.company("sqlite", ROWS, ("crm",)))
    with portal(place.data) as server:
        visitor = Visitor(server.port, place.signed_in())
        visitor.start()
        empty = seconds_of(place.data, "module", "list")
        on = seconds_of(place.data, "module", "enable", "sales")
        off = seconds_of(place.data, "module", "disable", "sales")
        again = seconds_of(place.data, "module", "enable", "sales")
        visitor.leaving.set()
        visitor.join()
    note = f"the command alone takes {empty:.1f} s to start, which is not counted"
    yield at_most("P8", "sales on, with its tables", max(on - empty, 0.0), ON_SECONDS, unit="s", note=note)
    yield at_most("P8", "sales off", max(off - empty, 0.0), OFF_SECONDS, unit="s")
    yield known("P8", "sales on again", max(again - empty, 0.0), unit="s")
    seen = f"of {visitor.asked}, longest {visitor.longest * 1000:.0f} ms"
    yield at_most("P8", "failed requests meanwhile", visitor.failed, 0, unit="requests", note=seen)


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
