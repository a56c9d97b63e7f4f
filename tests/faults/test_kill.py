"""A server killed at random moments: what it acknowledged is there, once, and the sums are right."""

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import Template, company_copy
from tests.support.server import Server
from tests.support.writers import all_acknowledged, kept_in, wait_for_a_write, writing_to

pytestmark = [pytest.mark.slow, pytest.mark.modules("crm")]
KILLS, SEED = int(os.environ.get("KILLS", "25")), int(os.environ.get("KILL_SEED", "11"))
KILLS_ON = {"sqlite": KILLS, "postgres": max(3, KILLS // 10)}


@pytest.fixture
def server(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path, templates: Callable[[str, tuple[str, ...]], Template]
) -> Iterator[Server]:
    with company_copy(backend, request, tmp_path / "data", templates) as (data, cast):
        served = Server(data, tmp_path / "log", cast)
        yield served
        served.stop()


def test_nothing_acknowledged_is_lost_or_doubled_by_kills(server: Server, backend: str) -> None:
    chance = random.Random(SEED)  # noqa: S311 moments to kill at are no secrets
    with writing_to(server, 3, server.token("owner")) as writers:
        for _ in range(KILLS_ON[backend]):
            wait_for_a_write(writers)
            time.sleep(chance.uniform(0, 0.3))
            server.kill()
            server.start()
    server.stop()
    acknowledged = all_acknowledged(writers)
    assert len(acknowledged) > KILLS_ON[backend]
    assert kept_in(server.data) == acknowledged
    print(f"{KILLS_ON[backend]} kills, {len(acknowledged)} acknowledged writes on {backend}")
