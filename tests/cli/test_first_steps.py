"""What a newcomer meets in the first minutes: links that stay good, sample rows that are somebody's, hints to type."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from boxportal.app import build_app
from boxportal.kernel.companies import Box
from boxportal.kernel.database.engines import read_session
from boxportal.modules.crm.models.deals import Activity, Deal
from boxportal.modules.crm.models.leads import Lead
from tests.cli.conftest import Ran, Run, run_in
from tests.support.portal import Portal

PASSWORD = "odd hats walk 7 miles"


def token_in(ran: Ran) -> str:
    found = re.search(r"#t=([\w-]+)", ran.out)
    assert found is not None, ran.out + ran.err
    return found[1]


def become(client: TestClient, token: str, email: str) -> int:
    form = {"token": token, "email": email, "name": "Amina", "password": PASSWORD}
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
