"""What a newcomer stumbled over once: each stands here so that nobody does again."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_list_views import make_deal
from tests.support.live import LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.modules("crm")]


def test_the_cursor_stands_in_the_password_that_was_too_short(live: LivePortal) -> None:
    page = live.page()
    page.goto("/hello#t=x")
    page.get_by_label("Your name").fill("Neema")
    page.get_by_label("E-mail").fill("neema@acme.example")
    page.get_by_label("Password").fill("short")
    live.complaints.clear()
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_focused()
    live.complaints.clear()  # the browser notes the answer 422 as an error


def test_the_currency_goes_along_with_the_country_until_it_was_chosen(live: LivePortal) -> None:
    page = live.page("admin")
    page.goto("/admin/company")
    country, currency = page.get_by_label("Country"), page.get_by_label("Currency")
    country.select_option("KE")
    expect(currency).to_have_value("KES")
    currency.select_option("USD")
    country.select_option("UG")
    expect(currency).to_have_value("USD")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()


def test_saving_a_view_stays_in_the_menu_of_its_list(live: LivePortal) -> None:
    page = live.page("head")
    page.goto("/views/new?key=crm.deals&query=state%3Dopen")
    expect(page.locator("#rail [aria-current=page]")).to_have_text("CRM")
    expect(page.locator("#sections [aria-current=page]")).to_have_text("Deals")


def test_home_shows_a_new_request_without_a_reload(live: LivePortal) -> None:
    page = live.page("owner")
    page.goto("/")
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    head = live.page("head")
    head.goto("/crm/leads/new")
    head.get_by_label("What is asked for").fill("Three pumps for a farm")
    head.get_by_label("Responsible").select_option(label="Omar Owner")
    head.get_by_role("button", name="Save").click()
    expect(page.locator("#waiting").get_by_text("Three pumps for a farm")).to_be_visible()
    expect(page.get_by_text("Nothing waits for you.")).to_be_hidden()


def test_the_tabs_of_the_administration_fit_in_russian_too(live: LivePortal) -> None:
    page = live.page("admin")
    page.goto("/account")
    page.locator("[name=language]").select_option("ru")
    page.locator("main form button.button-primary").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    page.goto("/admin/people")
    last = page.locator("#sections .tab").last
    assert last.evaluate(
        "tab => { const list = tab.closest('ul'); return list.scrollWidth <= list.clientWidth + 1 }"
    ), "all tabs are in sight at 1440 pixels"
    page.locator("#palette input").focus()
    box = page.locator("#palette input").bounding_box()
    assert box
    assert box["width"] > 180, "the search opens when it is used"


def test_the_end_of_the_filters_is_in_sight(live: LivePortal) -> None:
    page = live.page("owner")
    make_deal(page, "Pumps")
    page.goto("/crm/deals/list")
    page.locator("summary", has_text="Filters").click()
    expect(page.locator("#panel-filters").get_by_role("button", name="Show")).to_be_in_viewport()
