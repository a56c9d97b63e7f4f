"""`boxportal company`."""

import time

import pytest

from tests.cli.conftest import Run
from tests.support.portal import Portal

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
    assert portal.client.get("/readyz").json() == {"ok": True}
    assert run("module", "enable", "notes", "--company", "globex", "--json").json["data"]["changed"] == ["notes"]
