"""Two companies in one box: what belongs to one is nothing in the other."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from tests.conftest import Template, company_copy
from tests.support.furnished import last
from tests.support.portal import BASE, PASSWORD, Portal

from boxportal.app import build_app
from boxportal.kernel.companies import FILE, Box
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.forgery import csrf_token
from boxportal.kernel.identity.models import ApiToken
from boxportal.kernel.identity.sessions import TOKEN_PREFIX, digest, start_session
from boxportal.kernel.records.models import RecordFile
from boxportal.sdk.clock import utcnow

MARK = "Zanzibarquill"
OTHER = "other.test:8080"


@dataclass
class Two:
    """The first company as a portal of the tests, and the way into the second by its host name."""

    first: Portal
    cookie: str
    token: str

    def get(self, path: str, headers: dict[str, str]) -> Response:
        """Ask the second company."""
        return self.first.client.get(path, headers={"host": OTHER} | headers, follow_redirects=False)

    def post(self, path: str, data: dict[str, str], headers: dict[str, str]) -> Response:
        sent = {"host": OTHER, "origin": f"http://{OTHER}"} | headers
        return self.first.client.post(path, data=data, headers=sent, follow_redirects=False)


@pytest.fixture
def two(
    backend: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    templates: Callable[[str, tuple[str, ...]], Template],
) -> Iterator[Two]:
    """Both from one template, so that the ids of their people and the kinds of their records are the same."""
    copies = company_copy(backend, request, tmp_path / "data", templates)
    others = company_copy(backend, request, tmp_path / "others", templates)
    with copies as (data, cast), others as (other, _):
        folder = data / "companies" / "bravo"
        (other / "companies" / "acme").rename(folder)
        file = (folder / FILE).read_text("utf-8").replace('"acme"', '"bravo"', 1).replace("order = 0", "order = 1")
        (folder / FILE).write_text(file.replace("hosts = []", 'hosts = ["other.test"]'), "utf-8")
        (folder / "secrets" / "company.key").write_bytes(b"k" * 32)
        box = Box.open(data)
        with TestClient(build_app(box), base_url=BASE, raise_server_exceptions=False) as client:
            portal = Portal(data, box, client.app, client, cast, backend)  # type: ignore[arg-type]
            yield Two(portal, *keys_of(box, cast["admin"]))
        box.close()


def keys_of(box: Box, person: int) -> tuple[str, str]:
    """A session and a key to the API of the second company's own administrator."""
    secret = TOKEN_PREFIX + "b" * 43
    with write_session(box.get("bravo").engines) as db:
        db.add(
            ApiToken(person_id=person, name="b", scopes=["all:write"], created_at=utcnow(), token_hash=digest(secret))
        )
        return start_session(db, person, utcnow(), agent="test", address="127.0.0.1"), secret


def test_session_and_key_of_one_company_are_nothing_in_the_other(two: Two) -> None:
    ours = {"cookie": f"bp_8080={two.first.browser('admin').cookie}"}
    key = {"authorization": f"Bearer {two.first.api('admin').token}"}
    theirs = {"cookie": f"bp_8080={two.cookie}"}
    assert two.get("/account", theirs).status_code == 200
    assert two.get("/account", ours).status_code == 303
    assert two.first.client.get("/account", headers=theirs, follow_redirects=False).status_code == 303
    assert two.get("/api/v1/me", {"authorization": f"Bearer {two.token}"}).status_code == 200
    assert two.get("/api/v1/me", key).status_code == 401
    assert two.first.client.get("/api/v1/me", headers={"authorization": f"Bearer {two.token}"}).status_code == 401


def test_forms_of_one_company_do_not_write_in_the_other(two: Two) -> None:
    ours = two.first.browser("admin").cookie
    token = csrf_token(two.first.company.key, ours)
    assert two.post("/crm/leads/new", {"title": "x", "_csrf": token}, {"cookie": f"bp_8080={ours}"}).status_code == 303
    assert two.get("/api/v1/crm/leads", {"authorization": f"Bearer {two.token}"}).json()["items"] == []
    mixed = {"title": "x", "_csrf": csrf_token(two.first.company.key, two.cookie)}
    assert two.post("/crm/leads/new", mixed, {"cookie": f"bp_8080={two.cookie}"}).status_code == 403
    own = {"title": "x", "_csrf": csrf_token(two.first.box.get("bravo").key, two.cookie)}
    across = {"cookie": f"bp_8080={two.cookie}", "origin": BASE}
    assert two.post("/crm/leads/new", own, across).status_code == 403


def test_record_file_and_search_of_one_company_are_not_in_the_other(two: Two) -> None:
    owner = two.first.browser("owner")
    deal = two.first.api("owner").post("/crm/deals", {"title": f"{MARK} deal"}).json()["id"]
    files = [("file", (f"{MARK}.txt", MARK.encode(), "text/plain"))]
    assert owner.post(f"/records/crm.deal/{deal}/files", files=files).status_code == 303
    file = last(two.first, RecordFile)
    assert MARK in owner.get(f"/files/{file}").text
    theirs = {"cookie": f"bp_8080={two.cookie}"}
    timeline = f"/records/crm.deal/{deal}/timeline?before=2031-01-01T00:00:00"
    for path in (f"/files/{file}", f"/crm/deals/{deal}", timeline):
        answer = two.get(path, theirs)
        assert (answer.status_code, MARK in answer.text) == (404, False), path
    for path in ("/crm/deals/list", f"/search?q={MARK}", "/crm/deals", "/", "/inbox", "/admin/audit"):
        assert not re.search(MARK + r"[ .]\w", two.get(path, theirs).text), path
    with pytest.raises(StopIteration):  # nothing of the file lies in the other's folder either
        next((two.first.data / "companies" / "bravo" / "files").rglob("??????????*"))


def test_password_tried_in_one_company_signs_in_there_alone(two: Two) -> None:
    form = {"email": "owner@acme.example", "password": PASSWORD}
    answer = two.post("/login", form, {})
    secret = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
    assert two.get("/account", {"cookie": f"bp_8080={secret}"}).status_code == 200
    ours = two.first.client.get("/account", headers={"cookie": f"bp_8080={secret}"}, follow_redirects=False)
    assert ours.status_code == 303
