"""Recovery mode: after three starts that failed, or when it is asked for; administrators alone get in."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from boxportal.cli.recovering import counted, is_wished, opened_or_counted
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.own_server import ask_until_ready
from boxportal.kernel.recovery.app import Recovery
from boxportal.kernel.recovery.inside import open_what_can_be
from boxportal.kernel.recovery.starts import (
    FILE,
    Start,
    Starts,
    failures,
    is_failing,
    note_begun,
    note_failed,
    note_serving,
    read_starts,
)
from boxportal.kernel.tables import EnabledModule
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import RuleBroken
from tests.support.portal import BASE, Portal
from tests.support.server import Server

ROOT = Path(__file__).resolve().parents[2]
CODE = "c0de"


@pytest.fixture
def left() -> list[str]:
    return []


@pytest.fixture
def client(portal: Portal, left: list[str]) -> Iterator[TestClient]:
    """The test's company in recovery mode."""

    async def leave() -> None:
        left.append("left")

    app = Recovery(portal.box, CODE, leave).app()
    with TestClient(app, base_url=BASE, follow_redirects=False) as client:
        yield client


def cookie_of(portal: Portal, who: str) -> dict[str, str]:
    return {"cookie": f"bp_8080={portal.browser(who).cookie}"}


def token_in(text: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f]+)"', text)
    assert found
    return found.group(1)


def states(portal: Portal) -> dict[str, str]:
    with read_session(portal.company.engines) as db:
        return {row.id: row.state for row in db.scalars(select(EnabledModule))}


def test_everybody_else_reads_a_neutral_page(portal: Portal, client: TestClient) -> None:
    for path in ("/", "/crm/deals", "/login", "/s/token"):
        answer = client.get(path, headers=cookie_of(portal, "owner"))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert "The portal is being repaired" in answer.text
    assert client.get("/api/v1/me").json()["code"] == "busy"
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json() == {"ok": False, "parts": {"start": False}}


def test_administrator_who_was_signed_in_is_inside(portal: Portal, client: TestClient) -> None:
    note_begun(portal.data)
    note_failed(portal.data, "RuntimeError: <it> broke")
    note_begun(portal.data)
    note_serving(portal.data)
    assert client.get("/recovery", headers=cookie_of(portal, "head")).status_code == 503
    page = client.get("/recovery", headers=cookie_of(portal, "admin"))
    assert page.status_code == 200
    assert "RuntimeError: &lt;it&gt; broke" in page.text
    assert "CRM" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("language", ["ru", "sw"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_page_is_in_the_browsers_language(portal: Portal, client: TestClient, language: str) -> None:
    answer = client.get("/", headers={"accept-language": language})
    assert f'lang="{language}"' in answer.text
    assert "being repaired" not in answer.text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_code_of_the_log_lets_in(portal: Portal, client: TestClient) -> None:
    assert client.post("/recovery/enter", data={"code": "wrong"}).status_code == 403
    assert client.post("/recovery/enter", data={"code": CODE}).status_code == 303
    assert "Leave recovery mode" in client.get("/recovery").text


def test_module_is_switched_off_with_those_that_need_it(portal: Portal, client: TestClient, left: list[str]) -> None:
    token = token_in(client.get("/recovery", headers=cookie_of(portal, "admin")).text)
    form = {"company": "acme", "module": "crm"}
    client.post("/recovery/off", data=form | {"token": "0" * 64})
    client.post("/recovery/leave", data={"token": ""})
    assert (states(portal), left) == ({"crm": "on", "sales": "on"}, [])
    client.post("/recovery/off", data=form | {"token": token})
    assert states(portal) == {"crm": "off", "sales": "off"}
    assert "switched off" in portal.browser("admin").get("/admin/audit").text
    assert client.post("/recovery/leave", data={"token": token}).status_code == 200
    assert left == ["left"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_stranger_can_do_nothing(portal: Portal, client: TestClient, left: list[str]) -> None:
    for path in ("off", "leave"):
        assert client.post(f"/recovery/{path}", data={"company": "acme", "module": "crm"}).status_code == 303
    assert (states(portal)["crm"], left) == ("on", [])


@pytest.mark.parametrize("backend", ["sqlite"])
def test_page_stands_though_the_database_can_not_be_read(portal: Portal, tmp_path: Path) -> None:
    shutil.copytree(portal.data, tmp_path / "copy", ignore=shutil.ignore_patterns("company.db-*"))
    (tmp_path / "copy" / "companies" / "acme" / "company.db").write_bytes(b"nonsense" * 2000)
    app = Recovery(open_what_can_be(tmp_path / "copy"), CODE, stay).app()
    with TestClient(app, base_url=BASE) as client:
        assert client.get("/recovery", headers={"cookie": "bp_8080=somebody"}).status_code == 503
        client.post("/recovery/enter", data={"code": CODE})
        page = client.get("/recovery")
        assert (page.status_code, "None, or the database" in page.text) == (200, True)


async def stay() -> None:
    """Nobody leaves here."""


IMPORTED = """
import json, sys
from pathlib import Path
from boxportal.kernel.memory import load_less
load_less()
from fastapi.testclient import TestClient
from boxportal.kernel.own_server import ask_until_ready
from boxportal.kernel.recovery.app import Recovery
from boxportal.kernel.recovery.inside import open_what_can_be
async def leave(): pass
with TestClient(Recovery(open_what_can_be(Path({data!r})), "code", leave).app(), base_url="http://p:8080") as client:
    client.post("/recovery/enter", data={{"code": "code"}})
    page = client.get("/recovery").text
    token = page.split('name="token" value="')[1][:64]
    client.post("/recovery/off", data={{"company": "acme", "module": "sales", "token": token}})
print("\\n" + json.dumps(["CRM" in page, [name for name in sys.modules if name.startswith("boxportal.modules.")]]))
"""


@pytest.mark.parametrize("backend", ["sqlite"])
def test_no_module_is_imported(portal: Portal) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED.format(data=str(portal.data))], capture_output=True, text=True, timeout=120,
        check=True, env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert json.loads(done.stdout.splitlines()[-1]) == [True, []]
    assert states(portal)["sales"] == "off"


def test_starts_are_counted_within_five_minutes_until_one_serves(tmp_path: Path) -> None:
    now = utcnow()
    for number in range(3):
        assert not is_failing(read_starts(tmp_path), now)
        note_begun(tmp_path)
        note_failed(tmp_path, f"fault {number}")
    assert is_failing(read_starts(tmp_path), utcnow())
    assert not is_failing(read_starts(tmp_path), utcnow() + timedelta(minutes=6))
    note_begun(tmp_path)
    note_serving(tmp_path)
    assert not is_failing(read_starts(tmp_path), utcnow())
    assert [one.said for one in failures(read_starts(tmp_path))] == ["fault 2", "fault 1", "fault 0"]
    (tmp_path / FILE).write_text("{", "utf-8")
    assert read_starts(tmp_path) == Starts()


def test_start_that_was_killed_is_told_as_such(tmp_path: Path) -> None:
    note_begun(tmp_path)
    note_begun(tmp_path)
    note_serving(tmp_path)
    assert "killed" in failures(read_starts(tmp_path))[0].said
    assert Start(at=utcnow()).said == ""


@pytest.mark.modules
@pytest.mark.slow
def test_server_goes_into_recovery_mode_by_itself_and_out_of_it(server: Server) -> None:
    database = server.data / "companies" / "acme" / "company.db"
    whole = database.read_bytes()
    server.start()
    server.stop()
    database.write_bytes(b"nonsense" * 2000)
    for _earlier in range(2):
        note_begun(server.data)
    tried = subprocess.run(server.command(), capture_output=True, text=True, timeout=120, check=False)
    assert tried.returncode not in (0, 8)
    server.start()
    assert server.say("GET", "/").status == 503
    log = server.log.read_text("utf-8")
    code = log.rpartition("The recovery code is ")[2].split()[0]
    with httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=30) as client:
        client.post("/recovery/enter", data={"code": code})
        page = client.get("/recovery").text
        assert "not a database" in page
        database.write_bytes(whole)
        client.post("/recovery/leave", data={"token": token_in(page)})
    assert ask_until_ready(server.data, seconds=60).is_good
    assert server.say("GET", "/login").status == 200
    assert read_starts(server.data).begun == []


def test_settings_that_are_wrong_lead_there_too(tmp_path: Path) -> None:
    (tmp_path / "boxportal.toml.former").write_text("[box]\nthreads = 3\n", "utf-8")
    (tmp_path / "boxportal.toml").write_text("[bux]\n", "utf-8")
    for _time in range(3):
        with pytest.raises(RuleBroken, match="bux"):
            opened_or_counted(tmp_path, safe=False)
    assert is_wished(tmp_path, safe=False)
    assert opened_or_counted(tmp_path, safe=False).config.box.threads == 3
    assert "bux" in failures(read_starts(tmp_path))[0].said


@pytest.mark.parametrize(("said", "counts"), [("port 5432 failed: Connection refused", 0), ("no such column", 1)])
def test_start_before_the_database_is_there_does_not_count(tmp_path: Path, said: str, counts: int) -> None:
    with pytest.raises(OperationalError), counted(tmp_path):
        raise OperationalError("SELECT 1", {}, psycopg.OperationalError(said))
    assert len(read_starts(tmp_path).begun) == counts
