"""The kernel's own pages: for everyone's eyes, on a desk and on a phone, light and dark."""

from contextlib import suppress
from typing import Literal

import pytest
from playwright.sync_api import Error, Page, Route

from tests.browser.test_style_page import DESK, PHONE, axe_violations
from tests.support.live import LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.modules("crm")]

MINE = ("/", "/inbox", "/account", "/account/notifications", "/account/password", "/account/devices", "/account/keys",
        "/admin/people", "/admin/people/new", "/admin/people/2", "/admin/teams", "/admin/teams/1", "/admin/roles",
        "/admin/roles/1", "/admin/company", "/admin/mail", "/admin/help", "/admin/audit")  # fmt: skip
OUTSIDE = ("/login", "/forgot", "/forgot/sent", "/reset", "/reset#t=x", "/invite#t=x", "/hello#t=x")


def problems(page: Page, path: str) -> list[str]:
    page.goto(path)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        return [f"{path} is wider than the screen"]
    return [f"{path}: {violation}" for violation in axe_violations(page)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_pages_fit_the_screen_and_pass_axe(
    live: LivePortal, scheme: Literal["light", "dark"], size: dict[str, int]
) -> None:
    page, outside = live.page("admin", size=size), live.page(size=size)
    for opened in (page, outside):
        opened.emulate_media(color_scheme=scheme)
    found = [problem for path in MINE for problem in problems(page, path)]
    found += [problem for path in OUTSIDE for problem in problems(outside, path)]
    assert found == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_steps_of_a_switch_are_seen_while_it_runs(live: LivePortal) -> None:
    page, told = live.page("admin"), list[str]()
    page.goto("/admin/modules/sales/enable", timeout=120_000)  # counts what comes in a process of its own

    def listen(route: Route) -> None:
        with suppress(Error):  # the last one is cut off when the next page comes
            answer = route.fetch()
            told.append(answer.text())
            route.fulfill(response=answer)

    page.route("**/admin/modules/progress", listen)
    page.get_by_role("button", name="Switch on").click(timeout=120_000)
    page.wait_for_url("**/admin/modules", timeout=120_000)
    assert any("Load its program" in text for text in told)
    assert page.get_by_text("Sales").first.is_visible()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_words_tell_that_it_is_measured_while_the_answer_is_awaited(live: LivePortal) -> None:
    page = live.page("admin")
    page.goto("/admin/modules")
    page.evaluate("addEventListener('submit', (event) => event.preventDefault())")  # as long as no answer comes
    page.get_by_role("button", name="Measure now").click()
    words = page.get_by_role("status").filter(has_text="Measuring, about half a minute")
    words.wait_for()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    words.wait_for(state="detached")
