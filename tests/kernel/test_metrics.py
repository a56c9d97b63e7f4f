"""`/metrics`: off unless it is switched on, for this machine or with a token; figures that a Prometheus can read."""

import re
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from boxportal.app import build_app
from boxportal.kernel.companies import Box
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.metrics.text import Metric, written
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.sdk.clock import utcnow
from tests.conftest import Template, company_copy
from tests.support.portal import BASE, Portal

pytestmark = pytest.mark.modules()
SAMPLE = re.compile(r'[a-z_]+(\{[a-z]+="[^"\\\n]*"(,[a-z]+="[^"\\\n]*")*\})? [0-9.e+-]+')
Serve = Callable[..., TestClient]


@pytest.fixture
def serve(
    backend: str,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    templates: Callable[[str, tuple[str, ...]], Template],
) -> Iterator[Serve]:
    """Serves a company of the test's own with these settings, for requests from this address."""
    data = tmp_path_factory.mktemp("metrics") / "data"
    with company_copy(backend, request, data, templates) as (folder, _cast):
        opened: list[TestClient] = []

        def start(settings: str, address: str = "127.0.0.1") -> TestClient:
            (folder / "boxportal.toml").write_text(settings, "utf-8")
            box = Box.open(folder)
            with write_session(box.get(None).engines) as db:
                now = utcnow()
                db.add(OutboxItem(topic="x", payload={}, state="dead", due_at=now, created_at=now, leased_until=None,
                                  attempts=12, last_error="x"))  # fmt: skip
            client = TestClient(build_app(box), base_url=BASE, client=(address, 50000), raise_server_exceptions=False)
            opened.append(client.__enter__())
            return client

        yield start
        for client in opened:
            client.__exit__(None, None, None)


def test_off_by_default(portal: Portal) -> None:
    assert portal.client.get("/metrics").status_code == 404
    assert portal.browser("admin").get("/metrics").status_code == 404


def test_figures_for_this_machine(serve: Serve) -> None:
    client = serve("[metrics]\non = true\n")
    client.get("/login")
    client.get("/nothing-here")
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    assert [line for line in lines if not line.startswith("# ") and not SAMPLE.fullmatch(line)] == []
    assert 'boxportal_requests_total{kind="page",status="2xx"} 1' in lines
    assert 'boxportal_requests_total{kind="page",status="4xx"} 1' in lines
    assert 'boxportal_request_seconds_bucket{kind="page",le="+Inf"} 2' in lines
    assert 'boxportal_request_seconds_count{kind="page"} 2' in lines
    assert 'boxportal_database_up{company="acme"} 1' in lines
    assert 'boxportal_outbox_items{company="acme",state="dead"} 1' in lines
    assert any(line.startswith("boxportal_memory_bytes ") for line in lines)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_another_machine_needs_the_token(serve: Serve) -> None:
    assert serve("[metrics]\non = true\n", "10.0.0.9").get("/metrics").status_code == 404
    client = serve('[metrics]\non = true\ntoken = "let-me-see"\n', "10.0.0.9")
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer let-me-see"}).status_code == 200


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via"])
def test_a_proxy_on_this_machine_does_not_lend_its_place(serve: Serve, header: str) -> None:
    client = serve("[metrics]\non = true\n")
    assert client.get("/metrics", headers={header: "203.0.113.7"}).status_code == 404


def test_labels_are_escaped() -> None:
    metric = Metric("x", "gauge", "X.")
    metric.add(1.5, name='a"b\\c\nd')
    assert written([metric]) == '# HELP x X.\n# TYPE x gauge\nx{name="a\\"b\\\\c\\nd"} 1.5\n'
