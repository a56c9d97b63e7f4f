"""What a newcomer meets in the first minutes: links that stay good, sample rows that are somebody's, hints to type."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, text

from boxportal.app import build_app
from boxportal.kernel.companies import Box
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.identity.models import Person
from boxportal.kernel.state import read_profile
from boxportal.modules.crm.models.deals import Activity, Deal
from boxportal.modules.crm.models.leads import Lead
from tests.cli.conftest import Ran, Run, run_in
from tests.support.portal import BASE, Portal

PASSWORD = "odd hats walk 7 miles"


def token_in(ran: Ran) -> str:
    found = re.search(r"#t=([\w-]+)", ran.out)
    assert found is not None, ran.out + ran.err
    return found[1]


def become(client: TestClient, token: str, email: str, zone: str = "") -> int:
    form = {"token": token, "email": email, "name": "Amina", "password": PASSWORD, "timezone": zone}
    return client.post(
        "/hello", data=form, headers={"origin": "http://127.0.0.1:8080"}, follow_redirects=False
    ).status_code


def test_the_first_link_works_after_later_starts_and_all_end_when_one_is_used(tmp_path: Path) -> None:
    first = token_in(run_in(tmp_path / "data", "install", "--trial", "--sample"))
    second = token_in(run_in(tmp_path / "data", "install", "--trial"))
    third = token_in(run_in(tmp_path / "data", "admin", "link"))
    box = Box.open(tmp_path / "data")
    with TestClient(build_app(box), base_url="http://127.0.0.1:8080") as client:
        assert become(client, first, "amina@acme.example") == 303
        assert "Amina" in client.get("/").text
        for other in (second, third):
            assert become(client, other, "other@acme.example") == 409
        with read_session(box.get(None).engines) as db:
            for model in (Deal, Lead, Activity):
                assert db.scalar(select(func.count()).select_from(model)), model
                nobodys = select(func.count()).select_from(model).where(model.responsible_id.is_(None))
                assert db.scalar(nobodys) == 0, model
    box.close()


@pytest.mark.modules
def test_a_hint_names_the_data_folder_that_was_given(portal: Portal, run: Run) -> None:
    answer = run("module", "enable", "labels")
    assert f"Do: boxportal --data {portal.data} module enable notes labels" in answer.err


@pytest.mark.parametrize(("zone", "kept"), [("Africa/Nairobi", "Africa/Nairobi"), ("Mars/Base", "UTC")])
def test_the_browsers_time_zone_is_the_first_administrators_and_the_companys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str, kept: str
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    token = token_in(run_in(tmp_path / "data", "install", "--trial"))
    box = Box.open(tmp_path / "data")
    with TestClient(build_app(box), base_url="http://127.0.0.1:8080") as client:
        assert become(client, token, "amina@acme.example", zone) == 303
    with read_session(box.get(None).engines) as db:
        assert db.scalar(select(Person.timezone)) == kept
        assert read_profile(db).timezone == kept
    box.close()


@pytest.mark.modules
def test_an_invited_person_need_not_type_the_name_again(portal: Portal, run: Run) -> None:
    token = token_in(run("user", "invite", "zainab@acme.example", "--name", "Zainab Juma"))
    form = {"token": token, "name": "", "password": PASSWORD, "timezone": "Asia/Dubai"}
    answer = portal.client.post("/invite", data=form, headers={"origin": BASE}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    with read_session(portal.company.engines) as db:
        person = db.scalar(select(Person).where(Person.email == "zainab@acme.example"))
        assert person is not None
        assert (person.name, person.timezone, person.state) == ("Zainab Juma", "Asia/Dubai", "active")


@pytest.mark.modules
def test_switching_an_unused_module_off_says_that_its_tables_go(portal: Portal, run: Run) -> None:
    run("module", "enable", "notes")
    assert "its tables go too" in portal.browser("admin").get("/admin/modules/notes/disable").text
    answer = run("module", "disable", "notes", "--dry-run")
    assert ("its tables go" in answer.out, "Keeps" in answer.out) == (True, False)
    portal.api("owner").post("/notes/notes", {"text": "hi"})
    assert "Nothing is deleted" in portal.browser("admin").get("/admin/modules/notes/disable").text


@pytest.mark.modules
def test_tables_of_another_version_are_said_to_be_so(portal: Portal) -> None:
    admin = portal.browser("admin")
    with portal.company.engines.writer.begin() as connection:
        connection.execute(text("ALTER TABLE core_audit RENAME TO other"))
    answer = admin.get("/admin/audit")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "The tables are not those of this version" in answer.text
