"""Views of a list as a person saves and uses them, and columns put into another order, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_style_page import axe_violations
from tests.support.live import PHONE, LivePortal

pytestmark = [
    pytest.mark.browser,
    pytest.mark.modules("crm"),
    pytest.mark.parametrize("backend", ["sqlite"], indirect=True),
]
LIST = "/crm/deals/list"


def make_deal(page: Page, title: str) -> None:
    page.goto("/crm/deals/new")
    page.locator("[name=title]").fill(title)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()


def heads(page: Page) -> list[str]:
    return page.locator("#list thead th:not(.cell-check)").all_inner_texts()


def test_view_is_saved_pinned_opened_and_deleted(live: LivePortal) -> None:
    page = live.page("head")
    make_deal(page, "Pumps")
    page.goto(f"{LIST}?state=open&sort=amount")
    page.get_by_text("Views", exact=True).click()
    page.get_by_role("link", name="Save what is shown").click()
    page.get_by_label("Name").fill("Open by amount")
    page.get_by_label("Who sees it in the list").select_option(label="Everybody")
    page.get_by_label("Pin it above the list").check()
    page.get_by_label("Open the list with it").check()
    assert axe_violations(page) == []
    page.get_by_role("button", name="Save").click()
    chip = page.locator(".chips").get_by_role("link", name="Open by amount")
    expect(chip).to_have_attribute("aria-current", "true")
    page.goto(LIST)
    assert "state=open&sort=amount" in page.url
    page.get_by_role("link", name="Remove the filter State").click()
    expect(chip).not_to_have_attribute("aria-current", "true")
    chip.click()
    expect(chip).to_have_attribute("aria-current", "true")
    phone = live.page("stranger", size=PHONE)
    phone.goto(LIST)
    phone.locator("summary", has_text="Views").click()
    expect(phone.get_by_role("link", name="Open by amount", exact=True)).to_be_visible()
    assert axe_violations(phone) == []
    page.goto("/views")
    page.get_by_role("link", name="Change “Open by amount”").click()
    assert axe_violations(page) == []
    page.get_by_role("button", name="Delete").click()
    page.locator("#confirm").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Filter and sort a list as you like it")).to_be_visible()


def test_columns_are_put_into_another_order_and_kept(live: LivePortal) -> None:
    page = live.page("owner")
    make_deal(page, "Pumps")
    page.goto(LIST)
    assert heads(page)[:2] == ["Deal", "Company"]
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("button", name="Move “Company” up").click()
    page.get_by_role("checkbox", name="Stage").uncheck()
    assert axe_violations(page) == []
    page.locator(".panel[open]").get_by_role("button", name="Show").click()
    page.wait_for_url(f"**{LIST}")
    assert heads(page)[:3] == ["Company", "Deal", "Amount"]
    page.goto(f"{LIST}?state=open")
    assert heads(page)[:3] == ["Company", "Deal", "Amount"]
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("button", name="The usual ones").click()
    expect(page.locator("#list thead th:not(.cell-check)").first).to_have_text("Deal")
    assert "state=open" in page.url
