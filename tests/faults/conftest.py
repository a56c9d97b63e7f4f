"""A company that a process of its own serves."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import Template, company_copy
from tests.support.server import Server


@pytest.fixture
def server(
    request: pytest.FixtureRequest, tmp_path: Path, templates: Callable[[str, tuple[str, ...]], Template]
) -> Iterator[Server]:
    """On SQLite, not started yet; stopped at the end."""
    with company_copy("sqlite", request, tmp_path / "data", templates) as (data, cast):
        served = Server(data, tmp_path / "log", cast)
        yield served
        served.stop()
