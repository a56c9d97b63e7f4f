"""Commands write beside a busy server, which they share no gate with: neither makes the other fail."""

import itertools
import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
from tests.support.bustle import Ask, Caller, bustling
from tests.support.server import Said, Server, environment

pytestmark = [pytest.mark.slow, pytest.mark.modules("crm", "sales")]
RATE, COMMANDS = 20, 3
BUSY_SECONDS = 5


def writing(server: Server) -> list[Caller]:
    """Two programs that together write twenty times a second."""
    numbers = itertools.count(1)
    ask = Ask("/api/v1/crm/leads", "POST", frozenset({201}), lambda: json.dumps({"title": f"Lead {next(numbers)}"}))
    head = {"authorization": f"Bearer {server.token('owner')}", "content-type": "application/json"}
    return [Caller(server.port, head, [ask], 2 / RATE) for _ in range(2)]


def command(server: Server, *words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "boxportal", "--data", str(server.data), "--yes", "--no-input", *words]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=False, env=environment())


def test_commands_that_write_and_switch_beside_a_busy_server_all_succeed(server: Server) -> None:
    server.start()
    done = []
    with bustling(writing(server)) as bustle:
        for n in range(COMMANDS):
            done.append(command(server, "user", "invite", f"new{n}@acme.example", "--name", f"New {n}"))
            done.append(command(server, "module", "disable", "sales"))
            done.append(command(server, "module", "enable", "sales"))
    assert [(ran.args[6:], ran.stderr) for ran in done if ran.returncode] == []
    assert bustle.wrong == []
    with closing(sqlite3.connect(server.data / "companies" / "acme" / "company.db")) as db:
        leads = db.execute("SELECT count(*), count(DISTINCT title) FROM crm_lead").fetchone()
        assert leads == (bustle.times("POST", 201), bustle.times("POST", 201))
        assert db.execute("SELECT count(*) FROM core_person WHERE state = 'invited'").fetchone() == (COMMANDS,)
    assert "Traceback" not in server.log.read_text("utf-8")


def test_while_another_process_keeps_the_database_writes_are_told_to_come_back_and_reads_go_on(server: Server) -> None:
    server.start()
    cookie = {"cookie": server.cookie("owner")}
    head = {"authorization": f"Bearer {server.token('owner')}"}
    with closing(sqlite3.connect(server.data / "companies" / "acme" / "company.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        answer = write(server, head)
        assert time.monotonic() - begun < 3 * BUSY_SECONDS
        assert server.say("GET", "/crm/deals/list", headers=cookie).status == 200
        ran = command(server, "user", "invite", "late@acme.example", "--name", "Late")
        assert (ran.returncode, "can't be reached or written now" in ran.stderr) == (6, True), ran.stderr
        db.execute("ROLLBACK")
    assert (answer.status, bool(answer.headers.get("retry-after"))) == (503, True)
    assert write(server, head).status == 201


def write(server: Server, head: dict[str, str]) -> Said:
    return server.say("POST", "/api/v1/crm/leads", json_body={"title": "Pumps"}, headers=head, seconds=60)
