"""Rules for every module that comes with the program, and for the kernel itself, read from the registry."""

import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from sqlalchemy import Connection
from starlette.routing import BaseRoute
from tests.conftest import PROFILE
from tests.support.portal import Portal
from tests.support.schema import is_index_table, schema_of

from boxportal.kernel import models as _models  # noqa: F401 completes the metadata
from boxportal.kernel.catalog import load_catalog, own_modules
from boxportal.kernel.create import NewCompany, create_company
from boxportal.kernel.database.engines import open_engines
from boxportal.kernel.database.migrate import downgrade, upgrade
from boxportal.kernel.database.schema import schema_transaction
from boxportal.kernel.module import KERNEL
from boxportal.kernel.pages.routers import ROUTERS
from boxportal.kernel.paths import migrations_folder
from boxportal.kernel.runtime import Snapshot, load_module
from boxportal.kernel.state import read_snapshot
from boxportal.kernel.switch.change import Acting
from boxportal.kernel.switch.orders import Order
from boxportal.kernel.switch.perform import perform
from boxportal.kernel.web.render import render
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.database import Base
from boxportal.sdk.routing import Opening
from boxportal.sdk.web import Door, Opens

MODULES = [entry.id for entry in own_modules()]
ROOT = Path(__file__).parents[2]
# The only routes that take posts from pages of other sites: the public forms.
# What they show is seen by one of several permissions: the service asks for that of the very record.
SEEN_BY_SERVICE = {"/sales/questions/{question_id}", "/sales/questions/{question_id}/answer"}
ANYWHERE = {"/form/{slug}"}
# How people come in: these check and hash a password between two transactions. And pictures, known by their hash only.
BEFORE_SIGN_IN = {"/login", "/login/passkey", "/hello", "/invite", "/reset", "/pictures/{name}"}


def whole(module_id: str) -> tuple[str, ...]:
    """A module with exactly what it requires."""
    catalog = load_catalog()
    return tuple(catalog.in_order({module_id, *catalog.requires(module_id)}))


def opens_of(route: RouteContext) -> list[Opens]:
    """The doors of a route, wherever in its dependencies they stand."""

    def walk(dependant: Dependant) -> Iterator[Opens]:
        if isinstance(opening := getattr(dependant.call, "opening", None), Opening):
            yield opening.opens
        for inner in dependant.dependencies:
            if isinstance(inner.call, Opens):
                yield inner.call
            yield from walk(inner)

    return list(walk(route.dependant))


def door_of(route: RouteContext) -> Door:
    opened = opens_of(route)
    assert len(opened) == 1, f"{route.path} opens {len(opened)} doors"
    return opened[0].door


def routes_of(routes: Sequence[BaseRoute]) -> list[RouteContext]:
    """Every route for requests, those of included routers too."""
    return [route for route in iter_route_contexts(routes) if route.methods]


def test_the_rules_below_see_the_routes_of_included_routers() -> None:
    pages = [router for one in MODULES if (router := load_module(one).pages)]
    found = {route.path for router in pages for route in routes_of(router.routes)}
    assert len(found) > 40


def test_nothing_of_this_installation_is_broken() -> None:
    assert MODULES
    assert load_catalog().broken == {}


def test_nothing_on_means_nothing_imported(tmp_path: Path) -> None:
    """A server with a company that has no module on knows no module's code, and no tool that only others need."""
    company = create_company(tmp_path, NewCompany(name="acme", profile=PROFILE, modules=()), order=0)
    company.engines.dispose()
    program = (
        "import sys, json, pathlib\n"
        "from fastapi.testclient import TestClient\n"
        "from boxportal.app import build_app\n"
        "from boxportal.kernel.companies import Box\n"
        f"with TestClient(build_app(Box.open(pathlib.Path({str(tmp_path)!r})))) as client:\n"
        "    assert client.get('/login').status_code == 200\n"
        "    assert client.get('/crm/deals').status_code == 404\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert [name for name in loaded if name.startswith("boxportal.modules.")] == []
    assert loaded & {"alembic", "pyrage", "zstandard", "typst", "zxcvbn", "psycopg"} == set()


@pytest.mark.parametrize("module_id", MODULES)
def test_module_runs_with_exactly_what_it_requires(module_id: str, tmp_path: Path) -> None:
    company = create_company(tmp_path, NewCompany(name="acme", profile=PROFILE, modules=(module_id,)), order=0)
    try:
        assert tuple(read_snapshot(company, KERNEL).modules) == whole(module_id)
    finally:
        company.engines.dispose()


@pytest.mark.parametrize("module_id", MODULES)
def test_every_route_of_a_module_has_one_door_with_a_declared_permission(module_id: str) -> None:
    module, entry = load_module(module_id), load_catalog().entries[module_id]
    declared = {p.id for one in whole(module_id) for p in load_module(one).permissions}
    for router in (module.pages, module.api):
        for route in routes_of(router.routes if router else []):
            door = door_of(route)
            settled = door.admin or door.permission in declared or route.path in SEEN_BY_SERVICE
            assert settled, f"{route.path} asks for {door.permission}"
            assert not door.public, f"{route.path} is open to outsiders but lies among the pages"
            assert not door.anywhere, route.path
    for route in routes_of(module.public.routes if module.public else []):
        door = door_of(route)
        assert door.public, route.path
        assert route.path.split("/")[1] in entry.manifest.public, route.path
        assert not door.anywhere or not opens_of(route)[0].writes or route.path in ANYWHERE, route.path


@pytest.mark.parametrize("module_id", MODULES)
def test_routes_of_a_module_lie_under_its_name_and_write_only_where_they_say_so(module_id: str) -> None:
    module = load_module(module_id)
    for router, prefix in ((module.pages, f"/{module_id}"), (module.api, f"/api/v1/{module_id}")):
        for route in routes_of(router.routes if router else []):
            assert route.path == prefix or route.path.startswith(f"{prefix}/"), route.path
            only_reads = set(route.methods) <= {"GET", "HEAD"}
            assert opens_of(route)[0].writes is not only_reads, f"{route.methods} {route.path}"


def test_every_kernel_route_has_a_door() -> None:
    routes = [route for router in ROUTERS for route in routes_of(router.routes)]
    by_itself = [route for route in routes if not opens_of(route)]
    elsewhere = {r.path for r in by_itself if not re.search(r"\.(reading|writing)\(request", code_of(r))}
    assert elsewhere == BEFORE_SIGN_IN
    assert [r.path for r in routes if any(opened.door.anywhere for opened in opens_of(r))] == []
    assert [r.path for r in by_itself if "anywhere" in code_of(r)] == []


def test_every_admin_page_is_for_administrators_only() -> None:
    for router in ROUTERS:
        for route in routes_of(router.routes):
            if route.path.startswith("/admin"):
                opened = opens_of(route)
                doors = [opened[0].door] if opened else doors_in(route)
                assert doors, route.path
                assert all(door.admin for door in doors), route.path


def doors_in(route: RouteContext) -> list[Door]:
    """The doors in the source of a route that reads its form before it opens one itself."""
    names = re.findall(r"\(request, ([A-Z_]+)\)", code_of(route))
    return [route.endpoint.__globals__[name] for name in names]


def code_of(route: RouteContext) -> str:
    return inspect.getsource(route.endpoint)


@pytest.mark.parametrize("module_id", MODULES)
def test_tables_carry_the_modules_name_and_point_only_where_they_may(module_id: str) -> None:
    for one in whole(module_id):
        load_module(one)
    allowed = {*load_catalog().requires(module_id), module_id, "core"}
    tables = [table for name, table in Base.metadata.tables.items() if name.startswith(f"{module_id}_")]
    for table in tables:
        for key in table.foreign_keys:
            goal = key.column.table.name
            owner = next((other for other in allowed if goal.startswith(f"{other}_")), None)
            assert owner is not None, f"{table.name} points at {goal}"
            if owner not in (module_id, "core"):
                assert key.ondelete in ("CASCADE", "SET NULL"), f"{table.name} would hold rows of {goal} back"


def test_every_table_belongs_to_somebody() -> None:
    for module_id in MODULES:
        load_module(module_id)
    owners = ("core_", "notes_", "labels_", *(f"{module_id}_" for module_id in MODULES))
    assert [name for name in Base.metadata.tables if not name.startswith(owners)] == []


@pytest.mark.parametrize("module_id", MODULES)
def test_permissions_jobs_topics_and_records_carry_the_modules_name(module_id: str) -> None:
    module = load_module(module_id)
    named = [p.id for p in module.permissions] + [k.id for k in module.records] + [d.topic for d in module.due]
    named += [kind.key for kind in module.lists]
    assert [name for name in named if not name.startswith(f"{module_id}.")] == []
    assert len({job.id for job in module.jobs}) == len(module.jobs)


@pytest.mark.parametrize("path", sorted(migrations_folder().glob("*/*.py")), ids=lambda p: p.stem)
def test_migration_imports_no_code_of_the_program(path: Path) -> None:
    assert re.findall(r"^\s*(?:from|import)\s+boxportal", path.read_text("utf-8"), re.MULTILINE) == []


@pytest.fixture
def empty(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty database."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server, name = request.getfixturevalue("postgres"), f"empty_{os.getpid()}_{abs(hash(tmp_path)) % 10**9}"
    yield server.create(name)
    server.drop(name)


@pytest.mark.parametrize("branch", ["core", *MODULES])
def test_migrations_go_up_down_and_up_and_are_what_the_models_say(branch: str, empty: str) -> None:
    for module_id in MODULES:
        load_module(module_id)
    engines, folders = open_engines(empty), load_catalog().branch_folders()
    below = [] if branch == "core" else ["core", *whole(branch)[:-1]]
    try:
        with schema_transaction(engines) as (connection, _):
            upgrade(connection, folders, below)
            before = schema_of(connection) if below else []
            upgrade(connection, folders, [branch])
            first = schema_of(connection)
            downgrade(connection, folders, branch)
            assert [line for line in schema_of(connection) if below or "alembic_version" not in line] == before
            upgrade(connection, folders, [branch])
            assert schema_of(connection) == first
            assert differences(connection, branch) == []
    finally:
        engines.dispose()


def differences(connection: Connection, branch: str) -> list[object]:
    """What the models say and the tables do not, or the other way round."""

    def ours(_item: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:  # noqa: FBT001 Alembic's
        return kind != "table" or bool(name and name.startswith(f"{branch}_") and not is_index_table(name))

    context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
    return list(compare_metadata(context, Base.metadata))


def lists_of(snapshot: Snapshot) -> dict[str, object]:
    """Everything that a snapshot offers."""
    return {
        "menu": [str(item.title) for item in snapshot.menu],
        "permissions": list(snapshot.permissions),
        "kinds": list(snapshot.kinds),
        "jobs": list(snapshot.jobs),
        "due": list(snapshot.due),
        "handlers": {event.__name__: [h.id for h in handlers] for event, handlers in snapshot.handlers.items()},
        "providers": list(snapshot.providers),
        "home": [card.id for card in snapshot.home],
        "panels": {kind: [p.id for p in panels] for kind, panels in snapshot.panels.items()},
        "search": list(snapshot.search),
        "lists": list(snapshot.lists),
        "public": list(snapshot.public),
        "modules": list(snapshot.modules),
    }


@pytest.mark.modules
@pytest.mark.parametrize("module_id", MODULES)
def test_on_and_off_leaves_all_lists_and_purge_the_schema_as_before(portal: Portal, module_id: str) -> None:
    acting = Acting(portal.company, SYSTEM, render)
    needed = whole(module_id)[:-1]
    if needed:
        perform(acting, Order(verb="enable", modules=needed), lambda _: portal.data)
    before = lists_of(read_snapshot(portal.company, KERNEL))
    with portal.company.engines.reader.connect() as connection:
        schema = schema_of(connection)
    perform(acting, Order(verb="enable", modules=(module_id,)), lambda _: portal.data)
    assert module_id in read_snapshot(portal.company, KERNEL).modules
    perform(acting, Order(verb="disable", modules=(module_id,)), lambda _: portal.data)
    assert lists_of(read_snapshot(portal.company, KERNEL)) == before
    perform(acting, Order(verb="purge", modules=(module_id,)), lambda _: portal.data)
    with portal.company.engines.reader.connect() as connection:
        assert schema_of(connection) == schema
    assert lists_of(read_snapshot(portal.company, KERNEL)) == before


@pytest.mark.modules(*MODULES)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_every_entry_of_the_menu_leads_to_a_page(portal: Portal) -> None:
    admin = portal.browser("admin")
    for item in portal.company.snapshot.menu:
        answer = admin.get(item.url)
        for _ in range(3):
            if answer.status_code in (302, 303, 307):
                answer = admin.get(answer.headers["location"])
        assert answer.status_code == 200, item.url


@pytest.mark.modules(*MODULES)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_no_two_routes_answer_at_the_same_address(portal: Portal) -> None:
    seen: set[tuple[str, str]] = set()
    for module in portal.company.snapshot.modules.values():
        for router in (module.pages, module.api, module.public):
            for route in routes_of(router.routes if router else []):
                for method in route.methods or ():
                    key = (method, re.sub(r"{\w+(:\w+)?}", "{}", route.path))
                    assert key not in seen, key
                    seen.add(key)
