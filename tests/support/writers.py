"""Programs that write to a server until it acknowledges, however often it dies, and what its data must then say."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from boxportal.kernel.audit.sealer import seal_all
from boxportal.kernel.audit.verify import verify_chain
from boxportal.kernel.companies import Box
from boxportal.kernel.database.engines import read_session
from boxportal.sdk.database import ReadSession
from tests.support.server import Server

PATIENCE = 900  # machines may be very busy, and each start of the server takes its time
TABLES: Mapping[str, str] = {"leads": "crm_lead", "deals": "crm_deal"}
TOTALS = "select stage_id, currency, count, amount from crm_stage_total where count <> 0 order by 1, 2"
COUNTED = "select stage_id, currency, count(*), sum(amount) from crm_deal group by 1, 2 order by 1, 2"
Acknowledged = Mapping[str, tuple[str, int]]


@dataclass
class Writer:
    """A program that writes one thing after the other, each with a key of its own, until it is acknowledged."""

    server: Server
    token: str
    name: str
    stop: threading.Event = field(default_factory=threading.Event)
    written: int = 0
    acknowledged: dict[str, tuple[str, int]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def run(self) -> None:
        while not self.stop.is_set():
            self.write_next()

    def write_next(self) -> None:
        self.written += 1
        self.write(f"{self.name}-{self.written}", "deals" if self.written % 3 == 0 else "leads")

    def write(self, key: str, what: str) -> None:
        body: dict[str, object] = {"title": key}
        if what == "deals":
            body["amount"] = {"amount": 100, "currency": "TZS"}
        headers = {"authorization": f"Bearer {self.token}", "idempotency-key": key}
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            said = self.server.say("POST", f"/api/v1/crm/{what}", json_body=body, headers=headers, seconds=5)
            if said.status == 201:
                self.acknowledged[key] = (what, int(str(said.json["id"])))
                return
            if said.status not in (0, 503):
                self.refused.append(f"{key}: {said.status} {said.body[:200]!r}")
                return
            time.sleep(0.02)
        self.refused.append(f"{key}: no answer")


@contextmanager
def writing_to(server: Server, clients: int, token: str) -> Iterator[list[Writer]]:
    """Start the server, with several writers at work until the block ends; none of them may have been refused."""
    stop = threading.Event()
    server.start()
    writers = [Writer(server, token, f"c{n}", stop) for n in range(clients)]
    threads = [threading.Thread(target=writer.run) for writer in writers]
    for thread in threads:
        thread.start()
    try:
        yield writers
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
    refused = [refusal for writer in writers for refusal in writer.refused]
    assert refused == [], refused


def all_acknowledged(writers: Sequence[Writer]) -> dict[str, tuple[str, int]]:
    return {key: said for writer in writers for key, said in list(writer.acknowledged.items())}


def wait_for_a_write(writers: Sequence[Writer]) -> None:
    """Until something new is acknowledged, so that what comes then comes between writes however slow the machine is."""
    before, end = len(all_acknowledged(writers)), time.monotonic() + PATIENCE
    while time.monotonic() < end and len(all_acknowledged(writers)) == before:
        time.sleep(0.01)


def kept_in(data: Path) -> Acknowledged:
    """What the first company of a data folder holds of the writers', opened as the product opens it.

    Fails when the database is damaged, something is there twice, a sum is wrong, or the audit log misses a line.
    """
    box = Box.open(data)
    company = box.get(None)
    try:
        assert seal_all(company) == 0, "lines of the audit log wait for ever"
        with read_session(company.engines) as db:
            if company.engines.is_sqlite:
                assert (found := rows(db, "pragma integrity_check")) == [("ok",)], found
                assert (found := rows(db, "pragma foreign_key_check")) == [], found
            assert rows(db, TOTALS) == rows(db, COUNTED), (rows(db, TOTALS), rows(db, COUNTED))
            assert (misfit := verify_chain(db).misfit) is None, misfit
            return {title: (what, found) for what in TABLES for title, found in of_kind(db, what)}
    finally:
        box.close()


def of_kind(db: ReadSession, what: str) -> list[tuple[str, int]]:
    """Titles and ids, each title once."""
    found = rows(db, f"select title, count(*), min(id) from {TABLES[what]} group by title")  # noqa: S608 names above
    assert (twice := [title for title, times, _id in found if times != 1]) == [], twice
    return [(str(title), int(str(first))) for title, _times, first in found]


def rows(db: ReadSession, statement: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in db.execute(text(statement))]
