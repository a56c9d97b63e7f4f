"""A module that can't be switched on stays off and says why; the steps of a switch are told while it runs."""

import asyncio
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from boxportal.kernel import loops, runtime
from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.pages.admin import modules
from boxportal.kernel.runtime import Snapshot
from boxportal.kernel.switch import perform as perform_file
from boxportal.kernel.switch.change import Acting, revision_now
from boxportal.kernel.switch.live import applied_here, wait_applied
from boxportal.kernel.switch.orders import Order, Verb
from boxportal.kernel.switch.perform import perform
from boxportal.kernel.switch.states import standings
from boxportal.kernel.switch.task import Task, in_child
from boxportal.kernel.switch.walk import STEPS
from boxportal.kernel.tables import Setting
from boxportal.kernel.web.render import render
from boxportal.kernel.work.fill import prepare_search
from boxportal.sdk.errors import RolledBack, RuleBroken
from boxportal.sdk.module import Module
from tests.cli.conftest import run_in
from tests.support.extra_modules import installed_extras
from tests.support.portal import Portal
from tests.support.schema import schema_of

pytestmark = pytest.mark.modules()
ON = ["load", "tables", "rows", "check"]


@pytest.fixture(autouse=True, scope="module")
def extras() -> Iterator[None]:
    with installed_extras():
        yield


def execute(portal: Portal, statement: str) -> None:
    with portal.company.engines.writer.begin() as connection:
        connection.execute(text(statement))


def schema(portal: Portal) -> list[str]:
    with portal.company.engines.reader.connect() as connection:
        return schema_of(connection)


def require_off(portal: Portal) -> None:
    with read_session(portal.company.engines) as db:
        assert not standings(db, load_catalog())["notes"].works
        assert db.scalar(select(func.count()).where(AuditLine.action.startswith("core.module"))) == 0
    assert portal.browser("admin").get("/notes").status_code == 404


def states(portal: Portal) -> list[str]:
    """How the modules notes and labels, which needs it, stand in the database."""
    with read_session(portal.company.engines) as db:
        found = standings(db, load_catalog())
    return [found["notes"].state, found["labels"].state]


def test_a_failing_migration_leaves_the_module_off_and_says_which_step_failed(portal: Portal) -> None:
    execute(portal, "CREATE TABLE notes_note (id integer)")
    before = schema(portal)
    answer = portal.browser("admin").post("/admin/modules/notes/enable")
    assert answer.status_code == 409
    assert "notes could not be switched on and is off, as before" in answer.text
    assert "Make its tables" in answer.text
    assert "already exists" in answer.text
    assert schema(portal) == before
    require_off(portal)
    ran = run_in(portal.data, "module", "enable", "notes")
    assert (ran.code, "already exists" in ran.err) == (9, True), ran.err
    require_off(portal)
    execute(portal, "DROP TABLE notes_note")
    assert portal.browser("admin").post("/admin/modules/notes/enable").status_code == 303


def test_a_module_that_cannot_be_read_stays_off_and_its_tables_are_not_made(portal: Portal) -> None:
    with write_session(portal.company.engines) as db:
        db.add(Setting(key="notes.NotesSettings", value={"colour": ["not a colour"]}))
    before = schema(portal)
    answer = portal.browser("admin").post("/admin/modules/notes/enable")
    assert (answer.status_code, "See that it can be read" in answer.text) == (409, True)
    assert schema(portal) == before
    require_off(portal)


def test_a_module_that_the_server_cannot_run_is_switched_off_again(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = portal.browser("admin")
    for verb in ("enable", "disable"):
        assert admin.post(f"/admin/modules/notes/{verb}").status_code == 303
    execute(portal, "INSERT INTO notes_book (title) VALUES ('Kept')")
    assert admin.post("/admin/modules/notes/enable").status_code == 303
    assert admin.post("/admin/modules/notes/disable").status_code == 303

    def fail(module_id: str) -> Module:
        raise RuleBroken(module_id)

    with monkeypatch.context() as broken:
        broken.setattr(runtime, "load_module", fail)
        answer = admin.post("/admin/modules/notes/enable")
        assert (answer.status_code, "can&#39;t run it" in answer.text) == (409, True)
        with read_session(portal.company.engines) as db:
            assert standings(db, load_catalog())["notes"].state == "off"
    assert admin.post("/admin/modules/notes/enable").status_code == 303
    assert admin.get("/notes").status_code == 200


def test_a_module_stays_on_where_a_busy_server_takes_it_in_late(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, behind = portal.browser("admin"), "still taking it in"
    for path in ("labels/enable", "notes/disable"):  # the tables are there then, so that no other process waits, too
        assert admin.post(f"/admin/modules/{path}", {"whole": "true"}).status_code == 303
    with monkeypatch.context() as busy:
        busy.setattr(loops, "current_revision", lambda company: company.snapshot.revision)
        busy.setattr(modules, "applied_here", partial(applied_here, seconds=0))
        for verb in ("prepare", "enable"):
            answer = admin.post(f"/admin/modules/labels/{verb}", {"whole": "true"})
            assert (answer.status_code, answer.headers.get("location")) == (303, "/admin/modules")
            text = admin.get("/admin/modules").text
            assert (behind in text, "Nothing is missing" in text) == (True, False)
        assert admin.get("/notes").status_code == 404
        assert states(portal) == ["on", "on"]
    assert wait_applied(portal.company, revision_now(portal.company)) == []
    assert admin.get("/notes").status_code == 200
    assert behind not in admin.get("/admin/modules").text
    assert states(portal) == ["on", "on"]


def test_what_the_server_fails_to_put_in_force_is_switched_off_without_the_long_wait(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(company: Company, snapshot: Snapshot) -> None:
        if "notes" in snapshot.modules:
            raise ValueError("no index for notes")
        prepare_search(company, snapshot)

    monkeypatch.setattr(loops, "prepare_search", prepare)
    monkeypatch.setattr(modules, "applied_here", partial(applied_here, seconds=60))
    answer = portal.browser("admin").post("/admin/modules/labels/enable", {"whole": "true"})
    assert (answer.status_code, "can&#39;t run it" in answer.text) == (409, True)
    assert states(portal) == ["off", "off"]


def test_the_command_line_leaves_on_what_a_server_takes_in_late(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(perform_file, "wait_applied", lambda *_: ["1@here-aa"])
    ran = run_in(portal.data, "module", "enable", "notes")
    assert (ran.code, "notes is on." in ran.out, "have not followed" in ran.err) == (8, True, True)
    assert states(portal)[0] == "on"


@pytest.mark.parametrize("backend", ["sqlite"])
class TestSteps:
    """What is told while a switch runs."""

    def test_each_order_tells_its_steps_as_they_begin(self, portal: Portal) -> None:
        acting = Acting(portal.company, portal.actor("admin"), render)

        def told(verb: Verb) -> list[str]:
            steps: list[str] = []
            perform(acting, Order(verb=verb, modules=("notes",)), lambda _: Path("kept.bpb"), steps.append)
            return steps

        assert told("enable") == [*ON, "live"]
        execute(portal, "INSERT INTO notes_book (title) VALUES ('Kept')")
        assert told("disable") == ["off", "live"]
        assert told("enable") == ["load", "rows", "check", "live"]
        assert told("purge") == ["off", "backup", "remove", "live"]

    def test_the_child_process_tells_its_steps_too(self, portal: Portal) -> None:
        steps: list[str] = []
        task = Task(folder=portal.company.folder, what="perform", verb="enable", modules=("notes",))
        report = asyncio.run(in_child(task, steps.append))
        assert (report.changed, steps) == (("notes",), [*ON, "live"])
        execute(portal, "CREATE TABLE labels_label (id integer)")
        with pytest.raises(RolledBack, match="Make its tables"):
            asyncio.run(in_child(task.model_copy(update={"modules": ("labels",)}), steps.append))

    def test_an_administrator_sees_the_steps_of_the_switch_that_runs(self, portal: Portal) -> None:
        admin = portal.browser("admin")
        assert "/admin/modules/progress" in admin.get("/admin/modules/notes/enable").text
        assert "<li>" not in admin.get("/admin/modules/progress").text
        portal.company.steps.extend(ON[:2])
        said = admin.get("/admin/modules/progress").text
        assert said.index("Load its program") < said.index("Make its tables")
        assert (said.count("done"), said.count("running")) == (1, 1)
        assert portal.browser("head").get("/admin/modules/progress").status_code == 404
        assert admin.post("/admin/modules/notes/enable").status_code == 303
        assert portal.company.steps == []

    def test_progress_goes_to_standard_error_as_lines_of_json(self, portal: Portal) -> None:
        ran = run_in(portal.data, "module", "enable", "notes", "--progress", "json", "--json")
        lines = [json.loads(line) for line in ran.err.splitlines() if line.startswith('{"command"')]
        assert [line["step"] for line in lines] == [*ON, "live"]
        assert lines[0] == {"command": "module.enable", "step": "load", "text": str(STEPS["load"])}
        assert ran.json["data"]["changed"] == ["notes"]
        assert run_in(portal.data, "module", "enable", "notes", "--progress", "xml").code == 2
