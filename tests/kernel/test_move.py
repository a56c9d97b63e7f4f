"""A company moves between SQLite and Postgres and back with all its rows; a move that fails has changed nothing."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError

from boxportal.kernel.companies import Box, Company
from boxportal.kernel.database.engines import read_session, write_session, writing
from boxportal.kernel.former import Kept, sweep_kept, write_kept
from boxportal.kernel.records.models import RecordFile
from boxportal.kernel.tables import Setting
from boxportal.kernel.transfer.tables import TableSum, data_tables, sums_of
from boxportal.modules.crm.models.clients import Contact
from boxportal.sdk.clock import utcnow
from tests.cli.conftest import Ran, run_in
from tests.support.portal import Portal
from tests.support.postgres import Postgres
from tests.support.server import Server

# What the portal itself writes between two looks: its servers, jobs, the move's own line, marks of the search.
OWN = {"core_audit", "core_audit_seal", "core_process", "core_job", "core_setting", "core_outbox", "core_session"}


@pytest.fixture
def elsewhere(portal: Portal, request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a company can be moved to: the other kind of database."""
    if portal.backend == "postgres":
        yield "sqlite"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"move_{uuid.uuid4().hex[:12]}"
    yield server.create(name)
    server.drop(name)


def sums(data: Path) -> dict[str, TableSum]:
    box = Box.open(data)
    try:
        with box.get(None).engines.reader.connect() as connection:
            return sums_of(connection, data_tables(connection))
    finally:
        box.close()


def moved(data: Path, url: str) -> Ran:
    return run_in(data, "db", "move", url, "--yes", "--json")


def without_own(found: dict[str, TableSum]) -> dict[str, TableSum]:
    return {name: one for name, one in found.items() if name not in OWN}


@pytest.mark.modules("crm", "sales")
def test_company_moves_there_and_back_with_every_row(portal: Portal, elsewhere: str) -> None:
    assert run_in(portal.data, "sample", "add").code == 0
    home = "sqlite" if portal.backend == "sqlite" else ""
    before = sums(portal.data)
    there = moved(portal.data, elsewhere)
    assert there.code == 0, there.err + there.out
    assert there.json["data"]["tables"]["crm_deal"]["rows"] == before["crm_deal"].rows > 0
    assert without_own(sums(portal.data)) == without_own(before)
    if not home:
        return
    back = moved(portal.data, home)
    assert back.code == 0, back.err + back.out
    assert without_own(sums(portal.data)) == without_own(before)
    status = run_in(portal.data, "db", "status", "--json").json["data"]
    assert (status["engine"], len(status["kept"]), status["is_current"]) == ("SQLite", 2, True)
    assert run_in(portal.data, "db", "check").code == 0


@pytest.mark.modules("crm")
def test_running_server_goes_over_and_goes_on(portal: Portal, elsewhere: str) -> None:
    """Who is signed in stays so, new records get new numbers, and what was written before is found."""
    api = portal.api("owner")
    first = api.post("/crm/contacts", {"name": "Zawadi Kweli"}).json()["id"]
    assert moved(portal.data, elsewhere).code == 0
    assert portal.company.engines.is_sqlite is (elsewhere == "sqlite")
    assert api.get(f"/crm/contacts/{first}").json()["name"] == "Zawadi Kweli"
    assert api.post("/crm/contacts", {"name": "Neema"}).json()["id"] > first
    assert "Zawadi Kweli" in portal.browser("owner").get("/search?q=zawadi").text


@pytest.mark.modules
def test_old_database_takes_no_more_writes(portal: Portal, elsewhere: str) -> None:
    box = Box.open(portal.data)
    old = box.get(None)
    with read_session(old.engines) as db:
        assert db.scalar(select(Setting.key).limit(1))
    if portal.backend == "postgres":
        assert moved(portal.data, elsewhere).code == 0
        with pytest.raises(DBAPIError, match="has moved"), write_session(old.engines) as writing:
            writing.change(delete(Setting))
    else:
        old.engines.dispose()
        kept = Path(moved(portal.data, elsewhere).json["data"]["kept"])
        with closing(sqlite3.connect(kept)) as connection, pytest.raises(sqlite3.IntegrityError, match="has moved"):
            connection.execute("DELETE FROM core_setting")
    box.close()


@pytest.mark.modules
def test_move_that_fails_changes_nothing(portal: Portal, elsewhere: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sums(portal.data)

    def differs(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("boxportal.kernel.transfer.copying.verify", differs)
    failed = moved(portal.data, elsewhere)
    assert failed.code == 9
    assert "is as it was" in failed.json["error"]["text"]
    assert without_own(sums(portal.data)) == without_own(before)
    assert [path.name for path in portal.company.folder.iterdir() if "moving" in path.name] == []
    monkeypatch.undo()
    assert moved(portal.data, elsewhere).code == 0  # the place was left empty


@pytest.mark.modules
@pytest.mark.parametrize("backend", ["sqlite"])
def test_error_after_the_swap_says_that_the_company_has_moved(
    portal: Portal, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("boxportal.kernel.transfer.move.keep", fails)
    failed = moved(portal.data, elsewhere)
    assert failed.code == 3
    assert "HAS moved" in failed.json["error"]["text"]
    assert not company_of(portal.data).engines.is_sqlite


def company_of(data: Path) -> Company:
    return Box.open(data).get(None)


@pytest.mark.modules
@pytest.mark.parametrize("backend", ["sqlite"])
def test_move_is_refused_before_anything_is_begun(portal: Portal, postgres: Postgres) -> None:
    full = f"full_{uuid.uuid4().hex[:12]}"
    url = postgres.create(full)
    try:
        assert moved(portal.data, url).code == 0
        assert "is empty" not in moved(portal.data, url).json["error"]["text"]
        assert "tables in that database already" in moved(portal.data, url).json["error"]["text"]
        assert moved(portal.data, "sqlite").code == 0
        assert "on SQLite already" in moved(portal.data, "sqlite").json["error"]["text"]
        assert moved(portal.data, postgres.url("no_such_database")).code == 3
        assert moved(portal.data, "mysql://x").code == 2
    finally:
        postgres.drop(full)


@pytest.mark.modules
def test_check_finds_what_is_missing(portal: Portal) -> None:
    assert run_in(portal.data, "db", "check", "--json").json["data"]["sound"]
    with write_session(portal.company.engines) as db:
        db.add(RecordFile(kind="x.y", record_id=1, name="a.pdf", blob="0" * 64, size=1, media_type="text/plain",
                          author_name="A", created_at=utcnow()))  # fmt: skip
    if portal.backend == "sqlite":
        with closing(sqlite3.connect(portal.company.folder / "company.db")) as connection:
            connection.execute("INSERT INTO core_person_role VALUES (999, 1)")
            connection.commit()
    spare = portal.company.files / "blobs" / "11" / ("1" * 62)
    spare.parent.mkdir(parents=True)
    spare.write_bytes(b"spare")
    answer = run_in(portal.data, "db", "check", "--json")
    codes = {one["code"] for one in answer.json["data"]["found"]}
    assert codes == {"FILE_GONE", "SPARE_FILES"} | ({"ORPHAN_ROW"} if portal.backend == "sqlite" else set())
    assert answer.code == 8


@pytest.mark.modules
def test_check_finds_a_damaged_page(server: Server) -> None:
    file = server.data / "companies" / "acme" / "company.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'core_role_grant'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    with file.open("r+b") as damaged:
        damaged.seek((root - 1) * size)
        damaged.write(b"\xff" * 64)
    answer = run_in(server.data, "db", "check", "--json")
    assert (answer.code, answer.json["data"]["sound"]) == (8, False)


@pytest.mark.modules("crm")
def test_write_that_was_acknowledged_while_the_company_moved_is_in_the_new_database(
    server: Server, postgres: Postgres
) -> None:
    name = f"busy_{uuid.uuid4().hex[:12]}"
    url = postgres.create(name)
    server.start()
    headers = {"authorization": f"Bearer {server.token('owner')}"}
    kept: list[str] = []
    statuses: set[int] = set()
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            who = f"Writer {uuid.uuid4().hex}"
            said = server.say("POST", "/api/v1/crm/contacts", json_body={"name": who}, headers=headers, seconds=30)
            statuses.add(said.status)
            if said.status == 201:
                kept.append(who)

    writers = [threading.Thread(target=work) for _ in range(3)]
    try:
        for writer in writers:
            writer.start()
        answer = moved(server.data, url)
        after = len(kept)
        wait_until(lambda: len(kept) > after + 3)
        ended.set()
        for writer in writers:
            writer.join()
        assert answer.code == 0, answer.err
        assert statuses <= {201, 503}
        company = company_of(server.data)
        with read_session(company.engines) as db:
            there = set(db.scalars(select(Contact.name)))
        company.engines.dispose()
        assert set(kept) <= there
    finally:
        ended.set()
        server.stop()
        postgres.drop(name)


@pytest.mark.modules
@pytest.mark.parametrize("backend", ["sqlite"])
def test_former_database_goes_after_a_week_and_the_live_one_never(portal: Portal) -> None:
    folder = portal.company.folder
    week_ago = utcnow() - timedelta(days=8)
    names = ("company.db", "moved-20200101-000000.db", "moved-20200102-000000.db")
    write_kept(folder, [Kept(database=name, moved_at=week_ago) for name in names[:2]]
               + [Kept(database=names[2], moved_at=utcnow())])  # fmt: skip
    for name in names[1:]:
        (folder / name).touch()
    with writing(portal.company.engines) as session, session.begin():
        sweep_kept(portal.ctx(session))
    assert [(folder / name).exists() for name in names] == [True, False, True]


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.modules("crm")
def test_move_that_is_killed_leaves_the_old_or_the_new_database_and_can_be_repeated(
    server: Server, postgres: Postgres
) -> None:
    """`BOXPORTAL_KILLS` says how often; each at another moment, told by the steps that the command says."""
    assert run_in(server.data, "sample", "add").code == 0
    before = without_own(sums(server.data))
    for moment in ("swap", "verify", "tables", "lock")[: int(os.environ.get("BOXPORTAL_KILLS", "2"))]:
        name = f"kill_{uuid.uuid4().hex[:12]}"
        url = postgres.create(name)
        kill_at(server.data, url, moment)
        if not company_of(server.data).engines.is_sqlite:
            assert moment == "swap"
            assert without_own(sums(server.data)) == before
            assert run_in(server.data, "db", "move", "sqlite", "--yes").code == 0
        assert without_own(sums(server.data)) == before
        postgres.drop(name)
    name = f"kill_{uuid.uuid4().hex[:12]}"
    answer = moved(server.data, postgres.create(name))
    assert answer.code == 0, answer.err + answer.out
    assert without_own(sums(server.data)) == before
    postgres.drop(name)


def kill_at(data: Path, url: str, moment: str) -> None:
    command = [sys.executable, "-m", "boxportal", "--data", str(data), "db", "move", url, "--yes", "--progress", "json"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if f'"step": "{moment}"' in line:
                process.kill()
                return
