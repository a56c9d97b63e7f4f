"""`boxportal module`: exit codes, sentences and documents."""

from pathlib import Path

import pytest
from sqlalchemy import text

from boxportal.kernel.companies import Box
from tests.cli.conftest import Run
from tests.support.portal import Portal

pytestmark = pytest.mark.modules()


def test_enable_and_disable_are_live_when_the_command_returns(portal: Portal, run: Run) -> None:
    assert portal.browser("owner").get("/notes").status_code == 404
    answer = run("module", "enable", "notes", "--json")
    assert (answer.code, answer.json["ok"], answer.json["data"]["changed"]) == (0, True, ["notes"])
    assert answer.json["data"]["preview"]["adds"]["pages"] == 2
    assert portal.browser("owner").get("/notes").text == "0 notes"
    assert portal.api("owner").post("/notes/notes", {"text": "hi"}).status_code == 201
    answer = run("module", "disable", "notes", "--yes")
    assert answer.code == 0
    assert "Keeps: 2 tables, 2 rows" in answer.out
    assert "Goes away for people: Notes." in answer.out
    assert "Rests outside: 1 public pads." in answer.out
    assert portal.browser("admin").get("/notes").status_code == 404
    assert run("module", "enable", "notes", "--yes").code == 0
    assert portal.browser("owner").get("/notes").text == "1 notes"


def test_refusal_names_dependants_and_the_command_that_takes_them_along(portal: Portal, run: Run) -> None:
    answer = run("module", "enable", "labels")
    assert answer.code == 3
    assert "labels needs notes (off). Nothing was changed." in answer.err
    assert f"Do: boxportal --data {portal.data} module enable notes labels" in answer.err
    assert run("module", "enable", "labels", "--with-required").code == 0
    answer = run("module", "disable", "notes", "--yes", "--json")
    assert (answer.code, answer.json["error"]["fix"]) == (
        3,
        f"boxportal --data {portal.data} module disable labels notes",
    )
    assert run("module", "disable", "notes", "--with-dependants", "--yes").code == 0


def test_without_a_person_to_ask_nothing_is_switched_off(portal: Portal, run: Run) -> None:
    run("module", "enable", "notes")
    for more in ([], ["--no-input"], ["--json"]):
        answer = run("module", "disable", "notes", *more)
        assert answer.code == 2
        assert "--yes" in answer.err + answer.out
    assert portal.browser("owner").get("/notes").status_code == 200


def test_dry_run_tells_and_changes_nothing(portal: Portal, run: Run) -> None:
    answer = run("module", "enable", "notes", "--dry-run")
    assert (answer.code, "this was a dry run" in answer.out) == (0, True)
    assert portal.browser("owner").get("/notes").status_code == 404
    assert run("module", "list", "--json").json["data"]["modules"][0]["state"] == "never"


def test_purge_backs_up_first_and_the_backup_brings_it_back(portal: Portal, run: Run) -> None:
    run("module", "enable", "notes")
    portal.api("owner").post("/notes/notes", {"text": "precious"})
    answer = run("module", "purge", "notes", "--yes", "--json")
    assert answer.code == 0
    backup = answer.json["data"]["backup"]
    assert Path(backup).exists()
    assert run("module", "list", "--json").json["data"]["modules"][0]["tables"] == 0
    answer = run("backup", "restore", backup, "--yes")
    assert answer.code == 0, answer.err
    box = Box.open(portal.data)
    with box.get(None).engines.reader.connect() as connection:
        assert connection.scalar(text("SELECT text FROM notes_note")) == "precious"
    box.close()


def test_preparing_is_for_those_who_are_named(portal: Portal, run: Run) -> None:
    assert run("module", "enable", "notes", "--allow", "owner@acme.example").code == 3
    assert run("module", "enable", "notes", "--preparing", "--allow", "nobody@acme.example").code == 5
    assert run("module", "enable", "notes", "--preparing", "--allow", "Owner@acme.example").code == 0
    assert portal.browser("owner").get("/notes").status_code == 200
    assert portal.browser("colleague").get("/notes").status_code == 404


def test_list_and_show_tell_how_a_module_stands(run: Run) -> None:
    answer = run("module", "list")
    assert "notes" in answer.out
    assert "broken can't be used" in answer.err
    shown = run("module", "show", "labels", "--json").json["data"]
    assert (shown["state"], shown["requires"], shown["adds"]["tables"]) == ("never", ["notes"], 1)
    assert "Not for: Anyone else." in run("module", "show", "notes").out
    assert run("module", "show", "chess").code == 5


def test_cost_is_measured_in_a_process_of_its_own(run: Run) -> None:
    answer = run("module", "cost", "notes", "--measure", "--json")
    assert answer.code == 0, answer.err
    measured = answer.json["data"]["costs"]["notes"]
    assert 0 <= measured["memory_mb"] < 20
    assert run("module", "cost", "notes", "--json").json["data"]["costs"]["notes"] == measured
    assert run("module", "show", "notes", "--json").json["data"]["cost"]["at"] == measured["at"]
    assert "for the release" in run("module", "cost", "labels").out
    assert run("module", "cost", "notes", "--write").code == 2
    assert run("module", "cost", "chess").code == 5


def test_the_audit_log_names_the_systems_user(run: Run) -> None:
    run("module", "enable", "notes")
    line = run("audit", "list", "--json", "--action", "core.module").json["data"]["lines"][0]
    assert (line["action"], line["actor"]["kind"]) == ("core.module.enable", "system")
    assert line["actor"]["name"].endswith("(command line)")
