"""Fixtures for every test: a company on SQLite and on Postgres, from templates that real migrations made once."""

import asyncio
import runpy
import shutil
import tomllib
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from sqlalchemy import delete, select

from boxportal.app import build_app
from boxportal.kernel.catalog import load_catalog
from boxportal.kernel.companies import FILE, Box
from boxportal.kernel.create import NewCompany, create_company
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.identity.arrivals import give_place
from boxportal.kernel.identity.models import Person, Team, TeamMember
from boxportal.kernel.identity.passwords import hash_password
from boxportal.kernel.state import CompanyProfile
from boxportal.sdk.clock import utcnow
from boxportal.sdk.database import WriteSession, one
from tests.support.portal import BASE, PASSWORD, Portal
from tests.support.postgres import Postgres, running_postgres
from tests.support.server import Server

PROFILE = CompanyProfile(
    title="Acme Pumps", language="en", timezone="Africa/Dar_es_Salaam", currency="TZS", country="TZ"
)
CAST = {
    "admin": ("Amina Admin", "head", 0),
    "owner": ("Omar Owner", "employee", 0),
    "colleague": ("Cara Colleague", "employee", 0),
    "head": ("Hans Head", "head", 0),
    "stranger": ("Stan Stranger", "employee", 1),
}
Template = tuple[Path, dict[str, int], str]
# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("boxportal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("boxportal")


@pytest.fixture(autouse=True)
def no_loop_of_a_browser(request: pytest.FixtureRequest) -> Iterator[None]:
    """A browser leaves its event loop marked as running in this thread: tests without one begin as if it were not."""
    if "chromium" in request.fixturenames:
        yield
        return
    held = asyncio._get_running_loop()  # noqa: SLF001 documented, in spite of their names
    asyncio._set_running_loop(None)  # noqa: SLF001
    yield
    asyncio._set_running_loop(held)  # noqa: SLF001


@pytest.fixture
def server(
    request: pytest.FixtureRequest, tmp_path: Path, templates: Callable[[str, tuple[str, ...]], Template]
) -> Iterator[Server]:
    """A company on SQLite that a process of its own serves once the test starts it; stopped at the end."""
    with company_copy("sqlite", request, tmp_path / "data", templates) as (data, cast):
        served = Server(data, tmp_path / "log", cast)
        yield served
        served.stop()


@pytest.fixture(scope="session", autouse=True)
def assets() -> Path:
    """The folder of the browser's files, built if their sources changed: every page names them."""
    root = Path(__file__).resolve().parent.parent
    runpy.run_path(str(root / "installer" / "build_assets.py"))["build"](root)
    return root / "src" / "boxportal" / "_assets"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The tests' own server, started only where a test asks for it."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def password_hash() -> str:
    return hash_password(PASSWORD)


@pytest.fixture(scope="session")
def templates(
    tmp_path_factory: pytest.TempPathFactory, password_hash: str, request: pytest.FixtureRequest
) -> Callable[[str, tuple[str, ...]], Template]:
    """Makes the company of a set of modules once per database kind; tests get copies."""
    made: dict[tuple[str, tuple[str, ...]], Template] = {}

    def template(backend: str, modules: tuple[str, ...]) -> Template:
        if (backend, modules) not in made:
            data = tmp_path_factory.mktemp("template")
            name = f"template_{uuid.uuid4().hex[:12]}"
            database = "sqlite" if backend == "sqlite" else request.getfixturevalue("postgres").create(name)
            company = create_company(
                data, NewCompany(name="acme", profile=PROFILE, modules=modules, database=database), order=0
            )
            with write_session(company.engines) as db:
                cast = add_cast(db, password_hash)
            company.engines.dispose()
            made[backend, modules] = (data, cast, name)
        return made[backend, modules]

    return template


def add_cast(db: WriteSession, password_hash: str, company: str = PROFILE.title) -> dict[str, int]:
    others = Team(name="Others")
    db.add(others)
    db.flush()
    cast: dict[str, int] = {}
    for who, (name, role, team) in CAST.items():
        person = Person(
            email=f"{who}@acme.example", name=name, state="active", is_admin=who == "admin", created_at=utcnow(),
            password_hash=password_hash, language="en", timezone="Africa/Dar_es_Salaam",
        )  # fmt: skip
        db.add(person)
        db.flush()
        give_place(db, person.id, role)
        if team:
            db.change(delete(TeamMember).where(TeamMember.person_id == person.id))
            db.add(TeamMember(team_id=others.id, person_id=person.id))
        cast[who] = person.id
    one(db, select(Team).where(Team.name == company)).head_id = cast["head"]
    return cast


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def backend(request: pytest.FixtureRequest) -> str:
    """The database kind; each test that uses it, directly or by `portal`, runs on both."""
    return str(request.param)


@pytest.fixture
def portal(
    backend: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    templates: Callable[[str, tuple[str, ...]], Template],
) -> Iterator[Portal]:
    """A company of the test's own. `@pytest.mark.modules("crm")` chooses what is on; without it the defaults are."""
    with company_copy(backend, request, tmp_path / "data", templates) as (data, cast):
        box = Box.open(data)
        app = build_app(box)
        with TestClient(app, base_url=BASE, client=("127.0.0.1", 50000), raise_server_exceptions=False) as client:
            yield Portal(data, box, app, client, cast, backend)
        box.close()


@contextmanager
def company_copy(
    backend: str, request: pytest.FixtureRequest, own: Path, templates: Callable[[str, tuple[str, ...]], Template]
) -> Iterator[tuple[Path, dict[str, int]]]:
    """A data folder with a company of the test's own, copied from its template."""
    marker = request.node.get_closest_marker("modules")
    defaults = tuple(sorted(e.id for e in load_catalog().entries.values() if e.manifest.default))
    data, cast, name = templates(backend, tuple(marker.args) if marker else defaults)
    shutil.copytree(data, own)
    server: Postgres | None = request.getfixturevalue("postgres") if backend == "postgres" else None
    copy = f"test_{uuid.uuid4().hex[:12]}"
    if server:
        point_at(own / "companies" / "acme" / FILE, server.create(copy, name))
    yield own, dict(cast)
    if server:
        server.drop(copy)


def point_at(file: Path, url: str) -> None:
    old = tomllib.loads(file.read_text("utf-8"))["database"]
    file.write_text(file.read_text("utf-8").replace(old, url), "utf-8")
