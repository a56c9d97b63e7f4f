"""An index that is filled while its server is killed is whole in the end, and nobody waits for it meanwhile."""

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

import pytest
from benchmarks.seeding import fill_crm
from tests.support.server import Server

from boxportal.kernel.companies import Box
from boxportal.kernel.search.index import FILLING

pytestmark = [pytest.mark.slow, pytest.mark.modules("crm")]
LEADS, PATIENCE = 12_000, 60
MARK = f"crm.lead{FILLING}"


def database(server: Server) -> sqlite3.Connection:
    return sqlite3.connect(server.data / "companies" / "acme" / "company.db", timeout=30)


def mark_of(db: sqlite3.Connection) -> int | None:
    """From which record downwards the index lacks some; None when it lacks none."""
    row = db.execute("SELECT value FROM core_setting WHERE key = ?", (MARK,)).fetchone()
    return int(json.loads(row[0])["below"]) if row else None


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_an_index_whose_filling_was_killed_is_filled_by_the_next_server(server: Server) -> None:
    company = Box.open(server.data).get(None)
    fill_crm(company.engines, LEADS, list(server.cast.values()))
    company.engines.dispose()
    token = server.token("owner")
    with closing(database(server)) as db:
        newest = int(db.execute("SELECT max(id) FROM crm_lead").fetchone()[0])
        db.execute("DROP TABLE IF EXISTS core_search_crm_lead")
        db.commit()
        server.start()
        wait_until(lambda: (mark_of(db) or 0) < newest and mark_of(db) is not None)
        written = server.say(
            "POST", "/api/v1/crm/leads", json_body={"title": "Meanwhile"}, headers={"authorization": f"Bearer {token}"}
        )
        assert written.status == 201
        server.kill()
        assert mark_of(db) is not None, "it was over before it could be killed: more leads are needed"
        server.start()
        wait_until(lambda: mark_of(db) is None)
        ids = db.execute("SELECT count(*), count(DISTINCT rowid) FROM core_search_crm_lead").fetchone()
        assert ids == (LEADS + 1, LEADS + 1)
