"""A portal that serves https in a process of its own, once for all tests of a file."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import Template, company_copy
from tests.support.encrypted import Encrypted


@pytest.fixture(scope="module")
def encrypted(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    templates: Callable[[str, tuple[str, ...]], Template],
) -> Iterator[Encrypted]:
    """Served with its own authority; a traceback in the server's log fails the tests."""
    home = tmp_path_factory.mktemp("encrypted")
    with company_copy("sqlite", request, home / "data", templates) as (data, _cast):
        served = Encrypted(data, home / "log")
        try:
            served.start()
            yield served
        finally:
            served.stop()
    assert "Traceback" not in served.log.read_text("utf-8")


@pytest.fixture
def unserved(
    request: pytest.FixtureRequest, tmp_path: Path, templates: Callable[[str, tuple[str, ...]], Template]
) -> Iterator[Encrypted]:
    """The same, with a data folder of the test's own; the test starts it."""
    with company_copy("sqlite", request, tmp_path / "data", templates) as (data, _cast):
        served = Encrypted(data, tmp_path / "log")
        yield served
        served.stop()
