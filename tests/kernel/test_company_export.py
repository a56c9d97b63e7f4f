"""A company leaves as one open file without secrets, and comes in again on either database; a changed file does not."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from boxportal.kernel.companies import Box
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.files.blobs import path_of, store
from boxportal.kernel.identity.models import ApiToken, Person
from boxportal.kernel.records.models import RecordFile
from boxportal.kernel.tables import Setting
from boxportal.kernel.transfer.secret import OF_THE_MOMENT, is_left_out
from boxportal.kernel.transfer.tables import data_tables, plain, rows_of
from boxportal.sdk.clock import utcnow
from tests.cli.conftest import Ran, run_in
from tests.support.portal import Portal
from tests.support.postgres import Postgres

CHANGED = {"core_audit", "core_audit_seal", "core_revision", "core_setting", "core_person", "core_api_token"}
SEALED = "sealed1.abcdef01.AAAA"
CONTENT = b"a scanned contract"


@pytest.fixture
def elsewhere(portal: Portal, request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the export is taken in: the other kind of database."""
    if portal.backend == "postgres":
        yield "sqlite"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"import_{uuid.uuid4().hex[:12]}"
    yield server.create(name)
    server.drop(name)


def rows_in(data: Path, company: str) -> dict[str, list[dict[str, object]]]:
    box = Box.open(data)
    try:
        with box.get(company).engines.reader.connect() as connection:
            return {
                name: [{c.name: plain(c, v) for c, v in zip(table.columns, row, strict=True)}
                       for batch in rows_of(connection, table) for row in batch]
                for name, table in data_tables(connection).items() if not is_left_out(name)
            }  # fmt: skip
    finally:
        box.close()


def exported(portal: Portal) -> Path:
    file = portal.data / f"{uuid.uuid4().hex[:8]}.zip"
    answer = run_in(portal.data, "company", "export", "acme", "--to", str(file), "--json")
    assert answer.code == 0, answer.out + answer.err
    return file


def imported(portal: Portal, file: Path, *more: str) -> Ran:
    return run_in(portal.data, "company", "import", str(file), "--as", "globex", "--json", *more)


def plant_secrets(portal: Portal) -> None:
    with write_session(portal.company.engines) as db:
        db.add(Setting(key="core.Mailing", value={"password": SEALED, "deep": [{"key": SEALED}], "host": "mail"}))
        blob = store(portal.company.files, io.BytesIO(CONTENT), limit=1000)
        db.add(RecordFile(kind="crm.deal", record_id=1, name="a.pdf", blob=blob.sha256, size=blob.size,
                          media_type="application/pdf", author_name="A", created_at=utcnow()))  # fmt: skip


@pytest.mark.modules("crm", "sales")
def test_exported_company_comes_in_again_with_all_rows_and_files(portal: Portal, elsewhere: str) -> None:
    assert run_in(portal.data, "sample", "add").code == 0
    plant_secrets(portal)
    portal.api("owner")
    before = rows_in(portal.data, "acme")
    file = exported(portal)
    assert file.stat().st_mode & 0o777 == 0o600
    answer = imported(portal, file, "--database", elsewhere)
    assert answer.code == 0, answer.out + answer.err
    assert "/welcome/" in answer.json["data"]["link"] or "http" in answer.json["data"]["link"]
    after = rows_in(portal.data, "globex")
    assert {n: r for n, r in after.items() if n not in CHANGED} == {n: r for n, r in before.items() if n not in CHANGED}
    assert [row["name"] for row in after["core_person"]][: len(portal.cast)] == [
        row["name"] for row in before["core_person"]
    ]
    box = Box.open(portal.data)
    company = box.get("globex")
    with read_session(company.engines) as db:
        assert set(db.scalars(select(Person.password_hash))) == {None}
        assert db.scalar(select(ApiToken.id).limit(1)) is None
        kept = db.get(Setting, "core.Mailing")
        assert kept is not None
        assert kept.value == {"password": "", "deep": [{"key": ""}], "host": "mail"}
        blob = db.scalar(select(RecordFile.blob).where(RecordFile.name == "a.pdf"))
    assert path_of(company.files, str(blob)).read_bytes() == CONTENT
    box.close()
    assert run_in(portal.data, "--company", "globex", "db", "check").code == 0
    assert run_in(portal.data, "--company", "globex", "audit", "verify").code == 0


@pytest.mark.modules("crm")
@pytest.mark.parametrize("backend", ["sqlite"])
def test_no_secret_leaves(portal: Portal) -> None:
    plant_secrets(portal)
    portal.api("owner")
    with zipfile.ZipFile(exported(portal)) as archive:
        names = archive.namelist()
        everything = b"".join(archive.read(name) for name in names)
        manifest = json.loads(archive.read("manifest.json"))
    for secret in (SEALED.encode(), b"argon2", b"company.key"):
        assert secret not in everything
    assert not {f"tables/{name}.jsonl" for name in (*OF_THE_MOMENT, "core_api_token")} & set(names)
    assert manifest["tables"]["core_person"]["blanked"] == ["password_hash"]
    assert manifest["tables"]["core_person"]["rows"] == len(portal.cast)


def rewritten(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(file) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    change(held)
    other = file.with_name(f"{uuid.uuid4().hex[:8]}.zip")
    with zipfile.ZipFile(other, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    return other


def flip(held: dict[str, bytes]) -> None:
    held["tables/core_person.jsonl"] = held["tables/core_person.jsonl"].replace(b"Amina", b"Anima")


def cut(held: dict[str, bytes]) -> None:
    lines = held["tables/core_person.jsonl"].splitlines(keepends=True)
    held["tables/core_person.jsonl"] = b"".join(lines[:-1])


def drop(held: dict[str, bytes]) -> None:
    del held["tables/core_team.jsonl"]


def add(held: dict[str, bytes]) -> None:
    held["files/../../../evil"] = b"x"


def rename(held: dict[str, bytes]) -> None:
    manifest = json.loads(held["manifest.json"])
    manifest["tables"]["x; DROP TABLE y"] = {"rows": 0, "size": 0, "sha256": "0" * 64}
    held["tables/x; DROP TABLE y.jsonl"] = b""
    held["manifest.json"] = json.dumps(manifest).encode()


def change_blob(held: dict[str, bytes]) -> None:
    name = next(name for name in held if name.startswith("files/blobs"))
    held[name] = held[name].upper()


def newer(held: dict[str, bytes]) -> None:
    manifest = json.loads(held["manifest.json"])
    manifest["revisions"] = ["core_9999"]
    held["manifest.json"] = json.dumps(manifest).encode()


@pytest.mark.modules
@pytest.mark.parametrize("backend", ["sqlite"])
def test_tampered_export_is_refused_and_leaves_nothing(portal: Portal) -> None:
    plant_secrets(portal)
    file = exported(portal)
    before = sorted(path.name for path in (portal.data / "companies").iterdir())
    for change in (flip, cut, drop, add, rename, change_blob, newer):
        answer = imported(portal, rewritten(file, change))
        assert answer.code in (3, 9), (change.__name__, answer.out)
        assert sorted(path.name for path in (portal.data / "companies").iterdir()) == before, change.__name__
    half = file.with_name("half.zip")
    half.write_bytes(file.read_bytes()[:-200])
    assert imported(portal, half).code == 3
    assert imported(portal, file.with_name("none.zip")).code == 5


@pytest.mark.modules
@pytest.mark.parametrize("backend", ["sqlite"])
def test_failed_import_leaves_no_table_of_its_own_and_takes_none_of_others(portal: Portal, postgres: Postgres) -> None:
    file = exported(portal)
    name = f"import_{uuid.uuid4().hex[:12]}"
    url = postgres.create(name)
    try:
        assert imported(portal, rewritten(file, flip), "--database", url).code == 9
        assert imported(portal, file, "--database", url).code == 0  # it was left empty
        answer = run_in(portal.data, "company", "import", str(file), "--as", "third", "--database", url, "--json")
        assert answer.code == 9
        assert rows_in(portal.data, "globex")["core_person"]
    finally:
        postgres.drop(name)


@pytest.mark.modules
@pytest.mark.parametrize("backend", ["sqlite"])
def test_name_or_host_that_is_taken_is_refused(portal: Portal) -> None:
    file = exported(portal)
    taken = run_in(portal.data, "company", "import", str(file), "--json")
    assert (taken.code, "exists already" in taken.json["error"]["text"]) == (3, True)
    assert run_in(portal.data, "company", "export", "acme", "--to", str(file)).code == 3
    assert imported(portal, file, "--dry-run").json["data"]["title"] == "Acme Pumps"
