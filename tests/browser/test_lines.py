"""The form of a deal's lines in a real browser: rows added, moved and taken out by mouse and by keys."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.live import PHONE, LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def deal_with_lines_form(live: LivePortal, size: dict[str, int] | None = None) -> Page:
    page = live.page("owner", size=size)
    page.goto("/crm/leads/new")
    page.get_by_label("Name", exact=True).fill("Neema Mushi")
    page.get_by_role("button", name="Save").first.click()
    page.wait_for_load_state()
    page.get_by_role("link", name="Make a deal").first.click()
    page.wait_for_load_state()
    if page.url.endswith("/convert"):
        page.locator("form button.button-primary[type=submit]").first.click()
        page.wait_for_load_state()
    return page


def write(page: Page, number: int, text: str, price: str) -> None:
    page.get_by_label("Product or text").nth(number).fill(text)
    page.get_by_label("Price").nth(number).fill(price)


def shown(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("#panel-sales-lines tbody th").all_inner_texts()]


def test_rows_are_added_moved_and_taken_out(live: LivePortal) -> None:
    page = deal_with_lines_form(live)
    rows = page.locator("[data-rows-list] [data-rows-row]")
    expect(rows).to_have_count(3)
    expect(page.get_by_role("button", name="Add lines")).to_be_hidden()
    for number, (text, price) in enumerate((("One", "1"), ("Two", "2"), ("Three", "3"))):
        write(page, number, text, price)
    page.get_by_role("button", name="Add a line").click()
    expect(rows).to_have_count(4)
    expect(page.get_by_label("Product or text").nth(3)).to_be_focused()
    page.keyboard.type("Four")
    page.get_by_label("Price").nth(3).fill("4")
    up = rows.nth(3).get_by_role("button", name="Move this line up")
    up.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Product or text").nth(1)).to_have_value("Four")
    rows.nth(0).get_by_role("button", name="Remove this line").click()
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="Save the lines").click()
    page.wait_for_load_state()
    assert shown(page) == ["Four", "Two", "Three"]
    page.get_by_role("link", name="Change the lines").click()
    page.wait_for_load_state()
    page.locator("[data-rows-row]").nth(2).get_by_role("button", name="Move this line up").click()
    page.get_by_role("button", name="Save the lines").click()
    page.wait_for_load_state()
    assert shown(page) == ["Four", "Three", "Two"]


def test_lines_fit_a_phone(live: LivePortal) -> None:
    page = deal_with_lines_form(live, PHONE)
    page.get_by_role("button", name="Add a line").click()
    expect(page.locator("[data-rows-list] [data-rows-row]")).to_have_count(4)
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0
