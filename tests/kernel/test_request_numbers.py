"""Each request has a number: in its answer, in its log lines, and on the page of a failure."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from boxportal.sdk.logs import structlog
from tests.support.portal import Portal

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.modules(), pytest.mark.parametrize("backend", ["sqlite"])]


def test_every_answer_names_its_number(portal: Portal) -> None:
    numbers = {portal.client.get("/login").headers["x-request-id"] for _time in range(3)}
    assert len(numbers) == 3


def test_number_of_a_crash_is_in_its_page_and_in_the_log(portal: Portal) -> None:
    async def crash(_request: Request) -> Response:
        raise RuntimeError("broken on purpose")

    portal.app.router.routes.insert(1, Route("/crash", crash))
    with structlog.testing.capture_logs() as lines:
        answer = portal.client.get("/crash")
    number = answer.text.rpartition(" ")[2].strip()
    assert (answer.status_code, len(number)) == (500, 12)
    assert [line["id"] for line in lines if line["event"] == "crash"] == [number]


def test_page_of_a_failure_says_the_number(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: object, **_more: object) -> object:
        raise OSError(5, "Input/output error")

    admin = portal.browser("admin")
    monkeypatch.setattr("boxportal.kernel.pages.admin.outgoing.list_calls", fail)
    answer = admin.get("/admin/outgoing")
    assert answer.status_code == 503
    assert f"<code>{answer.headers['x-request-id']}</code>" in answer.text
    assert "<code>" not in admin.get("/nothing-here").text


LINES = """
from boxportal.kernel.logs import set_up_logs
from boxportal.sdk.logs import get_logger, structlog
set_up_logs()
structlog.contextvars.bind_contextvars(request="abc")
get_logger().warning("hello", password="hush", path="/x")
"""


def test_without_a_terminal_each_line_is_json_with_the_number(backend: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LINES], capture_output=True, text=True, timeout=60, check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    line = json.loads(done.stderr)
    assert (line["event"], line["request"], line["path"], line["password"]) == ("hello", "abc", "/x", "***")
