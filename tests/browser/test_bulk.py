"""Many rows at once in a real browser: chosen by keys, given away, to the trash and back; and without scripts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_list_views import LIST, make_deal
from tests.browser.test_style_page import axe_violations
from tests.support.live import PHONE, LivePortal

pytestmark = [
    pytest.mark.browser,
    pytest.mark.modules("crm"),
    pytest.mark.parametrize("backend", ["sqlite"], indirect=True),
]


def with_deals(live: LivePortal, *, phone: bool = False) -> Page:
    page = live.page("owner", size=PHONE if phone else None)
    for title in ("First", "Second", "Third"):
        make_deal(page, title)
    page.goto(LIST)
    return page


def test_rows_are_chosen_by_keys_and_given_to_somebody(live: LivePortal) -> None:
    page = with_deals(live)
    expect(page.locator("#bulk")).to_be_hidden()
    page.keyboard.type("jxjx")
    expect(page.locator("#bulk")).to_contain_text("Chosen: 2")
    assert axe_violations(page) == []
    page.get_by_role("button", name="Make somebody responsible").click()
    expect(page.get_by_text("2 rows are chosen.")).to_be_visible()
    page.get_by_label("Responsible").select_option(label="Cara Colleague")
    assert axe_violations(page) == []
    page.locator("main").get_by_role("button", name="Make somebody responsible").click()
    expect(page.get_by_text("Done to 2 rows.")).to_be_visible()
    page.get_by_role("link", name="Back to the list").click()
    assert page.locator("#list td[data-label=Responsible]").all_inner_texts() == [
        "Cara Colleague", "Cara Colleague", "Omar Owner"
    ]  # fmt: skip


def test_the_page_goes_to_the_trash_and_comes_back(live: LivePortal) -> None:
    page = with_deals(live, phone=True)
    page.get_by_label("Choose Second").check()
    page.get_by_label("This page").check()
    expect(page.locator("#bulk")).to_contain_text("Chosen: 3")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert axe_violations(page) == []
    page.get_by_role("button", name="Move to the trash").click()
    page.locator("main").get_by_role("button", name="Move to the trash").click()
    expect(page.get_by_text("Done to 3 rows.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Done to 3 rows.")).to_be_visible()
    page.goto(LIST)
    expect(page.locator("#list tbody tr")).to_have_count(3)


def test_it_works_without_scripts(live: LivePortal) -> None:
    with_deals(live)
    context = live.chromium.new_context(base_url=live.url, java_script_enabled=False)
    context.add_cookies([{"name": f"bp_{live.port}", "value": live.cookie("owner"), "url": live.url}])
    page = context.new_page()
    page.goto(LIST)
    expect(page.locator("#bulk")).to_be_hidden()
    page.get_by_label("Choose Third").check()
    page.get_by_label("All that fit the filters").check()
    page.get_by_role("button", name="Move to the trash").click()
    expect(page.get_by_text("3 rows are chosen.")).to_be_visible()
    page.locator("main").get_by_role("button", name="Move to the trash").click()
    expect(page.get_by_text("Done to 3 rows.")).to_be_visible()
    context.close()
