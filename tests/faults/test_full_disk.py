"""A full disk: nothing is saved and that is said, reading goes on, and with space again so does writing."""

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.conftest import Template, company_copy
from tests.support.server import Said, Server

pytestmark = [pytest.mark.slow, pytest.mark.modules("crm")]
SIZE = "48m"
NO_ROOM = (507, 503)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of some MB, where that may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(folder)], capture_output=True, check=False
    ) if os.geteuid() == 0 else None  # fmt: skip
    if mounted is None or mounted.returncode != 0:
        pytest.skip("a file system may not be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def server(
    request: pytest.FixtureRequest, small_disk: Path, templates: Callable[[str, tuple[str, ...]], Template]
) -> Iterator[Server]:
    with company_copy("sqlite", request, small_disk / "data", templates) as (data, cast):
        served = Server(data, small_disk.parent / "log", cast)
        yield served
        served.stop()


def fill(folder: Path) -> Path:
    """Take all the room that is left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return filler


def create(server: Server, token: str, title: str, *, size: int = 15_000) -> Said:
    body = {"title": title, "request": "x" * size}
    key = {"authorization": f"Bearer {token}", "idempotency-key": title}
    return server.say("POST", "/api/v1/crm/leads", json_body=body, headers=key)


def upload(server: Server, cookie: str, csrf: str, lead: int) -> Said:
    """A file of 2 MiB on a record."""
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n' + b"x" * (2 << 20)
    headers = {"cookie": cookie, "origin": f"http://127.0.0.1:{server.port}", "x-csrf-token": csrf,
               "content-type": "multipart/form-data; boundary=b"}  # fmt: skip
    return server.say("POST", f"/records/crm.lead/{lead}/files", body=part + b"\r\n--b--\r\n", headers=headers)


def test_full_disk_refuses_writes_serves_reads_and_heals_by_itself(server: Server, small_disk: Path) -> None:
    token, cookie = server.token("owner"), server.cookie("owner")
    server.start()
    first = create(server, token, "first")
    assert first.status == 201
    lead = int(str(first.json["id"]))
    page = server.say("GET", "/crm/leads/new", headers={"cookie": cookie}).body.decode()
    csrf = page.partition('"X-CSRF-Token": "')[2].partition('"')[0]
    filler = fill(small_disk)
    refused = [create(server, token, f"full {n}").status for n in range(20)]
    assert set(refused) <= {201, *NO_ROOM}, refused
    assert refused[-1] in NO_ROOM, refused
    kept = {"first", *(f"full {n}" for n, status in enumerate(refused) if status == 201)}
    assert upload(server, cookie, csrf, lead).status in NO_ROOM
    for path in ("/", "/crm/leads", f"/crm/leads/{lead}", "/search?q=first", "/login", "/inbox"):
        assert server.say("GET", path, headers={"cookie": cookie}).status == 200, path
    assert create(server, token, "still full").status in NO_ROOM
    filler.unlink()
    assert create(server, token, "after").status == 201
    assert create(server, token, "full 19").status == 201  # the same key, which was not used up
    assert upload(server, cookie, csrf, lead).status == 200  # sent on to the record
    assert server.say("GET", "/readyz").status == 200
    server.stop()
    company = server.data / "companies" / "acme"
    with closing(sqlite3.connect(company / "company.db")) as db:
        assert db.execute("pragma integrity_check").fetchall() == [("ok",)]
        titles = [title for (title,) in db.execute("select title from crm_lead")]
    assert sorted(titles) == sorted({*kept, "after", "full 19"})
    assert [path.stat().st_size for path in (company / "files" / "blobs").rglob("*") if path.is_file()] == [2 << 20]
    assert list((company / "files" / "tmp").iterdir()) == []
