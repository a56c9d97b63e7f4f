"""`boxportal company`."""

import secrets
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.engine import URL

from boxportal.kernel import removal
from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.database.engines import read_session
from boxportal.sdk.errors import RuleBroken
from tests.cli.conftest import Run
from tests.support.portal import Portal
from tests.support.postgres import Postgres

pytestmark = [pytest.mark.modules(), pytest.mark.parametrize("backend", ["sqlite"])]


def test_company_is_made_whole_with_its_own_people_and_modules(portal: Portal, run: Run) -> None:
    answer = run("company", "create", "globex", "--title", "Globex", "--host", "globex.test", "--module", "labels",
                 "--country", "ke", "--timezone", "Africa/Nairobi", "--language", "sw", "--json")  # fmt: skip
    assert answer.code == 0, answer.out
    assert answer.json["data"]["link"].startswith("http://globex.test:8080/hello#t=")
    shown = run("company", "show", "globex", "--json").json["data"]
    assert (shown["title"], shown["modules"], shown["currency"], shown["people"]) == (
        "Globex", ["labels", "notes"], "KES", 0
    )  # fmt: skip
    assert [c["name"] for c in run("company", "list", "--json").json["data"]["companies"]] == ["acme", "globex"]


def test_wrong_input_makes_nothing_and_names_the_option(portal: Portal, run: Run) -> None:
    for arguments, code, said in (
        (["acme"], 3, "exists already"),
        (["../evil"], 3, "can't be a company's name"),
        (["x", "--module", "chess"], 5, "no module chess"),
        (["x", "--language", "xx"], 2, "--language"),
        (["x", "--timezone", "Mars/Base"], 2, "--timezone"),
        (["x", "--currency", "GOLD"], 2, "--currency"),
        (["x", "--country", "Kenya"], 2, "--country"),
        (["x", "--database", "nonsense"], 2, "--database"),
        (["x", "--database", "mysql://host/x"], 2, "--database"),
    ):
        answer = run("company", "create", *arguments)
        assert (answer.code, said in answer.err) == (code, True), answer.err
    assert [p.name for p in (portal.data / "companies").iterdir()] == ["acme"]


def test_dry_run_makes_nothing(portal: Portal, run: Run) -> None:
    assert run("company", "create", "globex", "--dry-run").code == 0
    assert [p.name for p in (portal.data / "companies").iterdir()] == ["acme"]


def test_a_running_server_answers_for_a_new_company_within_seconds(portal: Portal, run: Run) -> None:
    asked = {"host": "globex.test:8080"}
    assert "Acme Pumps" in portal.client.get("/login", headers=asked).text
    assert run("company", "create", "globex", "--title", "Globex Corporation", "--host", "globex.test").code == 0
    end = time.monotonic() + 30
    while "Globex Corporation" not in portal.client.get("/login", headers=asked).text:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert "Acme Pumps" in portal.client.get("/login").text
    assert portal.client.get("/readyz").json()["ok"] is True
    assert run("module", "enable", "notes", "--company", "globex", "--json").json["data"]["changed"] == ["notes"]


def wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not what():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_removed_company_is_gone_from_disk_and_from_the_running_server(portal: Portal, run: Run) -> None:
    asked = {"host": "globex.test:8080"}
    assert run("company", "create", "globex", "--title", "Globex", "--host", "globex.test").code == 0
    wait_for(lambda: "Globex" in portal.client.get("/login", headers=asked).text)
    assert run("company", "remove", "globex").code == 2, "nobody can be asked here"
    assert run("company", "remove", "globex", "--dry-run").code == 0
    assert "Globex" in portal.client.get("/login", headers=asked).text
    answer = run("company", "remove", "globex", "--yes", "--json")
    assert answer.code == 0, answer.err
    backup = Path(answer.json["data"]["backup"])
    assert (backup.name.startswith("globex-"), backup.is_file()) == (True, True)
    assert [p.name for p in (portal.data / "companies").iterdir()] == ["acme"]
    assert list(portal.box.companies) == ["acme"], "the server dropped it before the command came back"
    assert "Acme Pumps" in portal.client.get("/login", headers=asked).text
    assert portal.client.get("/readyz").json()["ok"] is True
    assert run("company", "remove", "globex", "--yes").code == 5
    with read_session(portal.company.engines) as db:
        assert db.scalar(select(AuditLine.title).where(AuditLine.action == "core.company.remove")) == "Globex"
    assert run("company", "create", "globex", "--title", "Globex again", "--host", "globex.test").code == 0
    wait_for(lambda: "Globex again" in portal.client.get("/login", headers=asked).text)


def test_the_only_company_is_not_removed(portal: Portal, run: Run) -> None:
    answer = run("company", "remove", "acme", "--yes")
    assert answer.code == 3
    assert "only company" in answer.err
    assert portal.client.get("/readyz").json()["ok"] is True


def test_without_a_backup_only_when_it_is_said(portal: Portal, run: Run) -> None:
    assert run("company", "create", "globex").code == 0
    answer = run("company", "remove", "globex", "--no-backup", "--yes", "--json")
    assert answer.json["data"]["backup"] is None
    assert not (portal.data / "backups").exists()


def test_the_first_company_can_go_and_the_next_one_answers(portal: Portal, run: Run) -> None:
    run("company", "create", "globex", "--title", "Globex")
    wait_for(lambda: "globex" in portal.box.companies)
    assert run("company", "remove", "acme", "--no-backup", "--yes").code == 0
    assert "Globex" in portal.client.get("/login").text


@pytest.mark.postgres
def test_its_database_of_postgres_goes_too_or_all_is_put_back(
    portal: Portal, run: Run, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"globex_{secrets.token_hex(4)}"
    url = postgres.create(name)
    assert run("company", "create", "globex", "--title", "Globex", "--host", "globex.test", "--database", url).code == 0
    wait_for(lambda: "globex" in portal.box.companies)

    def refuse(_: URL) -> None:
        raise RuleBroken("dropdb failed: not the owner.")

    with monkeypatch.context() as broken:
        broken.setattr(removal, "drop_database", refuse)
        answer = run("company", "remove", "globex", "--yes")
    assert (answer.code, "globex is as it was" in answer.err) == (9, True), answer.err
    wait_for(lambda: "Globex" in portal.client.get("/login", headers={"host": "globex.test:8080"}).text)
    answer = run("company", "remove", "globex", "--yes", "--json")
    assert answer.json["data"]["databases"] == [name]
    assert not postgres.has(name)
    assert [p.name for p in (portal.data / "companies").iterdir()] == ["acme"]
