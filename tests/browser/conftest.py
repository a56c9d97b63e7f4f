"""A real Chromium for the tests of this folder."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import Template, company_copy
from tests.support.live import LivePortal, serving
from tests.support.style_site import DESK, StyleSite, served_style_page

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def site() -> Iterator[StyleSite]:
    with served_style_page() as served:
        yield served


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(chromium: Browser, site: StyleSite, complaints: list[str]) -> Iterator[Page]:
    """The style page at a desk. What the browser complains of fails the test: policy, scripts, missing files."""
    context = chromium.new_context(viewport=DESK, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    answer = opened.goto(site.url)
    assert answer
    assert answer.status == 200
    opened.wait_for_selector(".board-live")
    yield opened
    context.close()
    assert complaints == []


@pytest.fixture
def live(
    backend: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    chromium: Browser,
    templates: Callable[[str, tuple[str, ...]], Template],
) -> Iterator[LivePortal]:
    """A company that is really served, with browsers for its people.

    Scripts that fail, and a traceback or an error in the server's log, fail the test.
    """
    log = tmp_path / "serve.log"
    with company_copy(backend, request, tmp_path / "data", templates) as (data, cast), serving(data, log) as port:
        portal = LivePortal(data, port, cast, chromium)
        yield portal
        for context in portal.contexts:
            context.close()
    assert portal.complaints == []
    lines = log.read_text("utf-8").splitlines()
    assert [line for line in lines if "Traceback" in line or '"level": "error"' in line] == []
