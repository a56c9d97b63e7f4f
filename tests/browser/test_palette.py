"""The search field of every page, by keyboard alone."""

import pytest
from playwright.sync_api import expect

from tests.support.live import LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.modules("crm")]


def test_record_is_found_and_opened_by_keyboard_from_anywhere(live: LivePortal) -> None:
    page = live.page("admin")
    page.goto("/")
    page.get_by_role("button", name="Try it with sample rows").click()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+k")
    page.keyboard.type("booster")
    expect(page.locator("#palette-hits a")).to_have_count(1)
    expect(page.locator("#palette-hits")).to_contain_text("Booster station")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent").strip() == "Booster station"
    page.keyboard.press("Escape")
    expect(page.locator("#palette-hits")).to_be_hidden()
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=booster")
    expect(page.get_by_role("link", name="Booster station")).to_be_visible()
