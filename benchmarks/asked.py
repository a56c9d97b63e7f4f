"""What a run was asked for, and what it works with."""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import Paired, Side, in_turns
from benchmarks.places import Place, Places, opened

DEAL_LIST = "/crm/deals/list"
DEAL_BOARD = "/crm/deals"
DEAL_PAGE = "/crm/deals/{id}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A run's choices, and its companies."""

    places: Places
    databases: tuple[str, ...]
    rows: tuple[int, ...]
    rounds: int
    seconds: float
    clients: int
    threads: int
    page: str
    toggles: int

    def each(self) -> Iterator[tuple[str, Place, str]]:
        """Every company that is asked about, with the name of its database and how to call it."""
        for database in self.databases:
            for rows in self.rows:
                yield database, self.places.company(database, rows), f"{rows:,} rows, {database}"

    def in_turns(self, *sides: Side) -> Paired:
        return in_turns(sides, rounds=self.rounds, clients=self.clients, seconds=self.seconds)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000], help="leads and deals")
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--rounds", type=int, default=7, help="how often the sides take turns")
    parser.add_argument("--seconds", type=float, default=1.5, help="how long each turn loads one side")
    parser.add_argument("--clients", type=int, default=16, help="connections at the same time")
    parser.add_argument("--threads", type=int, default=0, help="threads of both servers; the product's own without")
    parser.add_argument("--page", default=DEAL_LIST, help="another page for `lists` to measure")
    parser.add_argument("--toggles", type=int, default=50, help="how often `switch` turns a module off and on")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the SQLite companies for the next run")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON document")


@contextmanager
def asked_for(options: argparse.Namespace) -> Iterator[Asked]:
    databases = ("sqlite", "postgres") if options.database == "both" else (options.database,)
    with ExitStack() as stack:
        passing = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bp-bench-")))
        if options.keep:
            options.keep.mkdir(parents=True, exist_ok=True)
        yield Asked(
            places=stack.enter_context(opened(passing, options.keep or passing, databases)),
            databases=databases,
            rows=tuple(options.rows),
            rounds=options.rounds,
            seconds=options.seconds,
            clients=options.clients,
            threads=options.threads,
            page=options.page,
            toggles=options.toggles,
        )
