"""A list by keys alone: from row to row, into the record, into its form, into the filters, and the sheet of keys."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_list_views import LIST, make_deal
from tests.support.live import LivePortal

pytestmark = [
    pytest.mark.browser,
    pytest.mark.modules("crm"),
    pytest.mark.parametrize("backend", ["sqlite"], indirect=True),
]


@pytest.fixture
def page(live: LivePortal) -> Page:
    """The list of three deals, the newest first."""
    opened = live.page("owner")
    for title in ("First", "Second", "Third"):
        make_deal(opened, title)
    opened.goto(LIST)
    return opened


def focused(page: Page) -> str:
    return page.locator(":focus").inner_text()


def test_rows_are_walked_opened_and_edited(page: Page) -> None:
    page.keyboard.press("j")
    assert focused(page) == "Third"
    page.keyboard.type("jj")
    assert focused(page) == "First"
    page.keyboard.press("j")
    assert focused(page) == "First"
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Second")).to_be_visible()
    page.goto(LIST)
    page.keyboard.press("k")
    page.keyboard.press("e")
    page.wait_for_url("**/edit")
    expect(page.locator("[name=title]")).to_have_value("First")


def test_a_row_without_its_own_link_opens_its_record(page: Page) -> None:
    page.goto(f"{LIST}?columns=amount,stage")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Third")).to_be_visible()


def test_slash_opens_the_filters_and_letters_are_text_there(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.locator("details[open] form[role=search]")).to_be_visible()
    assert page.locator(":focus").evaluate("element => element.closest('details') !== null")
    page.get_by_label("At least").focus()
    page.keyboard.type("jk1e")
    expect(page.get_by_label("At least")).to_have_value("jk1e")


def test_sheet_of_keys_names_them_and_switches_them_off(page: Page) -> None:
    page.keyboard.press("?")
    sheet = page.locator("#keys")
    for words in ("Next row", "Previous row", "Open the row", "Edit the row", "Filters"):
        expect(sheet).to_contain_text(words)
    page.get_by_label("Single keys act on this device").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('tr')") is None
    page.goto("/account")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Single keys act on this device").check()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def test_who_may_not_edit_is_not_offered_it(live: LivePortal, page: Page) -> None:
    admin = live.page("admin")
    admin.goto("/admin/roles")
    admin.get_by_role("link", name="Employee", exact=True).click()
    admin.locator("[name='scope:crm.deal.edit']").select_option("0")
    admin.get_by_role("button", name="Save").click()
    admin.wait_for_url("**/admin/roles")
    page.goto(LIST)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Next row")
    expect(page.locator("#keys")).not_to_contain_text("Edit the row")
