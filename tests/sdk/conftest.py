"""A list to test the list engine with, on both databases."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool
from tests.support.list_deals import Listed, Tables
from tests.support.postgres import Postgres


@pytest.fixture(scope="module")
def engines(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Engine]]:
    made: dict[str, Engine] = {}

    def engine_of(backend: str) -> Engine:
        if backend not in made:
            if backend == "sqlite":
                made[backend] = create_engine("sqlite://", poolclass=StaticPool)
            else:
                server: Postgres = request.getfixturevalue("postgres")
                made[backend] = create_engine(server.create(f"lists_{uuid.uuid4().hex[:8]}"))
            Tables.metadata.create_all(made[backend])
        return made[backend]

    yield engine_of
    for engine in made.values():
        engine.dispose()


@pytest.fixture
def base(backend: str, engines: Callable[[str], Engine]) -> Listed:
    return Listed(engines(backend))
