"""A server killed at random moments: what it acknowledged is there, once, and the sums are right."""

import os
import random
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field

import pytest
from tests.support.server import Server

from boxportal.kernel.audit.sealer import seal_all
from boxportal.kernel.audit.verify import Misfit, verify_chain
from boxportal.kernel.companies import Box
from boxportal.kernel.database.engines import read_session

pytestmark = [pytest.mark.slow, pytest.mark.modules("crm")]
KILLS, CLIENTS, SEED = int(os.environ.get("KILLS", "25")), 3, int(os.environ.get("KILL_SEED", "11"))
PATIENCE = 120


@dataclass
class Client:
    """A program that writes one thing after the other, each with a key of its own, until it is acknowledged."""

    server: Server
    token: str
    name: str
    stop: threading.Event
    acknowledged: dict[str, tuple[str, int]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def run(self) -> None:
        n = 0
        while not self.stop.is_set():
            n += 1
            self.write(f"{self.name}-{n}", "deals" if n % 3 == 0 else "leads")

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


def test_nothing_acknowledged_is_lost_or_doubled_by_kills(server: Server) -> None:
    chance, stop = random.Random(SEED), threading.Event()  # noqa: S311 moments to kill at are no secrets
    token = server.token("owner")
    server.start()
    clients = [Client(server, token, f"c{n}", stop) for n in range(CLIENTS)]
    threads = [threading.Thread(target=client.run) for client in clients]
    for thread in threads:
        thread.start()
    try:
        for _ in range(KILLS):
            wait_for_a_write(clients)
            time.sleep(chance.uniform(0, 0.3))
            server.kill()
            server.start()
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
    server.stop()
    acknowledged = {key: said for client in clients for key, said in client.acknowledged.items()}
    assert [refusal for client in clients for refusal in client.refused] == []
    assert len(acknowledged) > KILLS
    with closing(sqlite3.connect(server.data / "companies" / "acme" / "company.db")) as db:
        assert db.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert db.execute("pragma foreign_key_check").fetchall() == []
        kept = {(title, kind): (n, found) for kind in ("leads", "deals") for title, n, found in rows(db, kind)}
        assert kept == {(key, what): (1, found) for key, (what, found) in acknowledged.items()}
        assert totals(db) == counted(db)
    assert misfit_in(server) is None


def misfit_in(server: Server) -> Misfit | None:
    """The first line of the audit log that does not fit its chain, once all lines are sealed."""
    box = Box.open(server.data)
    company = box.get(None)
    assert seal_all(company) == 0
    with read_session(company.engines) as db:
        found = verify_chain(db).misfit
    box.close()
    return found


def wait_for_a_write(clients: list[Client]) -> None:
    """Until something new is acknowledged, so that each kill comes between writes however slow the machine is."""
    before, end = sum(len(c.acknowledged) for c in clients), time.monotonic() + PATIENCE
    while time.monotonic() < end and sum(len(c.acknowledged) for c in clients) == before:
        time.sleep(0.01)


def rows(db: sqlite3.Connection, kind: str) -> list[tuple[str, int, int]]:
    table = {"leads": "crm_lead", "deals": "crm_deal"}[kind]
    return db.execute(f"select title, count(*), min(id) from {table} group by title").fetchall()  # noqa: S608 names above


def totals(db: sqlite3.Connection) -> list[tuple[int, str, int, int]]:
    kept = "select stage_id, currency, count, amount from crm_stage_total where count <> 0 order by 1, 2"
    return db.execute(kept).fetchall()


def counted(db: sqlite3.Connection) -> list[tuple[int, str, int, int]]:
    anew = "select stage_id, currency, count(*), sum(amount) from crm_deal group by 1, 2 order by 1, 2"
    return db.execute(anew).fetchall()
