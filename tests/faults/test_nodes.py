"""Several servers on one Postgres: one is killed and nothing is lost; news of one reaches screens of the other."""

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cli.conftest import run_in
from tests.conftest import Template, company_copy
from tests.support.live import wait_for
from tests.support.server import Said, Server, environment
from tests.support.writers import Writer, all_acknowledged, kept_in, wait_for_a_write
from typing_extensions import override
from websockets.sync.client import connect

pytestmark = [pytest.mark.slow, pytest.mark.modules("crm")]
KILLS = int(os.environ.get("NODE_KILLS", "3"))
ON_POSTGRES = pytest.mark.parametrize("backend", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)


@dataclass
class Node(Server):
    """A further server of a box whose settings another one wrote."""

    @override
    def start(self) -> None:
        with self.log.open("ab") as output:
            command = self.command("--port", str(self.port))
            self.process = subprocess.Popen(command, stdout=output, stderr=output, env=environment())
        wait_for(self.port, self.process, self.log)


@dataclass
class Front(Server):
    """What a proxy before two servers does: asks one, and when that does not answer, the other."""

    other: Server | None = None

    @override
    def say(self, *words: str, **more: object) -> Said:  # type: ignore[override]  # passed on as they are
        assert self.other is not None
        said = super().say(*words, **more)  # type: ignore[arg-type]
        return said if said.status else self.other.say(*words, **more)  # type: ignore[arg-type]


@pytest.fixture
def nodes(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path, templates: Callable[[str, tuple[str, ...]], Template]
) -> Iterator[tuple[Front, Node]]:
    with company_copy(backend, request, tmp_path / "data", templates) as (data, cast):
        second = Node(data, tmp_path / "log-2", cast)
        first = Front(data, tmp_path / "log-1", cast, settings="nodes = true", other=second)
        first.start()
        second.start()
        yield first, second
        first.stop()
        second.stop()


@ON_POSTGRES
def test_nothing_is_lost_when_one_of_two_servers_is_killed_under_load(nodes: tuple[Front, Node]) -> None:
    first, second = nodes
    stop, token = threading.Event(), first.token("owner")
    writers = [Writer(first, token, f"c{n}", stop) for n in range(3)]
    threads = [threading.Thread(target=writer.run) for writer in writers]
    for thread in threads:
        thread.start()
    try:
        for _ in range(KILLS):
            wait_for_a_write(writers)
            first.kill()
            wait_for_a_write(writers)
            assert second.say("GET", "/readyz").status == 200
            first.start()
    finally:
        stop.set()
        for thread in threads:
            thread.join(60)
    refused = [refusal for writer in writers for refusal in writer.refused]
    assert refused == []
    first.stop()
    second.stop()
    acknowledged = all_acknowledged(writers)
    assert len(acknowledged) > KILLS
    assert kept_in(first.data) == acknowledged
    print(f"{KILLS} kills of one of two servers, {len(acknowledged)} acknowledged writes")


@ON_POSTGRES
def test_news_of_one_server_reaches_the_screens_of_the_other(nodes: tuple[Front, Node]) -> None:
    first, second = nodes
    headers = {"cookie": second.cookie("colleague")}
    where, origin = f"ws://127.0.0.1:{second.port}/live", f"http://127.0.0.1:{second.port}"
    with connect(where, additional_headers=headers, origin=origin) as screen:  # type: ignore[arg-type]  # a plain string
        told = json.loads(screen.recv(timeout=20))
        assert told["unread"] == 0
        body = {"title": "A pump", "responsible_id": first.cast["colleague"]}
        key = {"authorization": f"Bearer {first.token('owner')}"}
        made = first.say("POST", "/api/v1/crm/leads", json_body=body, headers=key)
        assert made.status == 201, made.body
        while not told["unread"]:
            told = {"unread": 0} | json.loads(screen.recv(timeout=20))
    assert told["unread"] == 1


@ON_POSTGRES
def test_a_module_goes_off_at_all_servers(nodes: tuple[Front, Node]) -> None:
    key = {"authorization": f"Bearer {nodes[0].token('owner')}"}
    assert [node.say("GET", "/api/v1/crm/leads", headers=key).status for node in nodes] == [200, 200]
    assert run_in(nodes[0].data, "module", "disable", "crm", "--yes").code == 0
    assert [node.say("GET", "/api/v1/crm/leads", headers=key).status for node in nodes] == [404, 404]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_company_on_sqlite_is_served_by_one(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path, templates: Callable[[str, tuple[str, ...]], Template]
) -> None:
    with company_copy(backend, request, tmp_path / "data", templates) as (data, _cast):
        (data / "boxportal.toml").write_text("[box]\nnodes = true\n", "utf-8")
        refused = run_in(data, "serve")
    assert refused.code == 3
    assert "acme" in refused.err
    assert "Postgres" in refused.err
