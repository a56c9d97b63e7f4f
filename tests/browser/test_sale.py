"""A request becomes a deal that is paid and won, in a real browser, in few clicks."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect
from typing_extensions import override

from tests.support.live import PHONE, LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MOST_CLICKS = 14
MOST_TABS = 150


@dataclass
class Clicks:
    """Presses what a person presses, and counts."""

    page: Page
    count: int = 0

    def press(self, what: Locator) -> None:
        self.count += 1
        what.click()
        self.page.wait_for_load_state()

    def button(self, name: str) -> None:
        self.press(self.page.get_by_role("button", name=name).first)

    def link(self, name: str) -> None:
        self.press(self.page.get_by_role("link", name=name).first)

    def next_step(self, name: str) -> None:
        step = self.page.locator("[data-next-step]").first
        expect(step).to_contain_text(name)
        self.press(step)


@dataclass
class Keys(Clicks):
    """The same with the keyboard alone: goes from place to place with Tab, types, and presses Enter."""

    def reach(self, what: Locator) -> None:
        for _ in range(MOST_TABS):
            if what.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"Tab never comes to {what}")

    @override
    def press(self, what: Locator) -> None:
        self.count += 1
        self.reach(what)
        self.page.keyboard.press("Enter")
        self.page.wait_for_load_state()

    def type(self, label: str, text: str) -> None:
        self.reach(self.page.get_by_label(label).first)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)


def request_of(live: LivePortal) -> Page:
    """The owner's browser on a request that came in."""
    page = live.page("owner")
    page.goto("/crm/leads/new")
    page.get_by_label("Name", exact=True).fill("Neema Mushi")
    page.get_by_label("E-mail").fill("neema@kilimo.example")
    page.get_by_label("Company").first.fill("Kilimo Farms")
    page.get_by_role("button", name="Save").first.click()
    page.wait_for_load_state()
    return page


def begin_deal(live: LivePortal) -> Clicks:
    """The owner's browser on the deal that a request became, its clicks counted from the request on."""
    do = Clicks(request_of(live))
    do.link("Make a deal")
    if do.page.url.endswith("/convert"):
        do.press(do.page.locator("form button.button-primary[type=submit]").first)
    return do


def test_request_is_won_and_paid_within_fourteen_clicks(live: LivePortal) -> None:
    do = begin_deal(live)
    page = do.page

    page.get_by_label("Product or text").first.fill("Pump for the north well")
    page.get_by_label("Quantity").first.fill("2")
    page.get_by_label("Price").first.fill("1,000")
    do.button("Save the lines")
    expect(page.locator("#panel-sales-lines")).to_contain_text("2,000.00")
    expect(page.locator("[data-next-step]").first).to_be_in_viewport()

    do.next_step("Make a quote")
    expect(page.get_by_label("Legal name of your firm")).to_have_value("Acme Pumps")
    do.button("Save and go on")
    expect(page.locator(".totals")).to_contain_text("2,360.00")
    do.button("Get the link")
    link = page.locator("#client-link").input_value()

    client = live.page(size=PHONE)
    client.goto(link)
    expect(client.get_by_role("heading", name="Quote Q-")).to_be_visible()
    expect(client.get_by_text("Omar Owner")).to_be_visible()
    client.get_by_label("Your name").first.fill("Neema Mushi")
    client.get_by_role("button", name="Accept for").click()
    expect(client.get_by_text("Neema Mushi accepted this offer")).to_be_visible()

    expect(page.locator(".page-head")).to_contain_text("Accepted")  # the seller's open page followed
    do.press(page.locator(".next-step .button", has_text="Make the invoice"))
    expect(page.locator("#preview")).to_contain_text("Number to come")
    do.button("Issue")
    expect(page.get_by_role("button", name="Get the link").first).to_be_visible()
    do.press(page.locator(".next-step .button"))
    do.next_step("was paid")
    do.next_step("won")
    expect(page.locator(".page-head")).to_contain_text("Won")
    for name in ("Quote", "Invoice", "Shipment", "Payment"):
        expect(page.locator(".step-done", has_text=name)).to_be_visible()
    assert do.count <= MOST_CLICKS


def test_request_is_won_and_paid_with_the_keyboard_alone(live: LivePortal) -> None:
    page = live.page("owner")
    do = Keys(page)
    page.goto("/crm/leads/new")
    do.type("What is asked for", "A pump")
    do.type("Name", "Neema Mushi")
    do.button("Save")
    do.link("Make a deal")
    do.button("Make the deal")
    do.type("Product or text", "Pump for the north well")
    do.type("Price", "1,000")
    do.button("Save the lines")
    do.next_step("Make a quote")
    do.button("Save and go on")
    do.button("Get the link")
    link = page.locator("#client-link").input_value()
    client = Keys(live.page())
    client.page.goto(link)
    client.type("Your name", "Neema Mushi")
    client.button("Accept for")
    expect(client.page.get_by_text("Neema Mushi accepted this offer")).to_be_visible()
    expect(page.locator(".page-head")).to_contain_text("Accepted")
    do.press(page.locator(".next-step .button", has_text="Make the invoice"))
    do.button("Issue")
    do.press(page.locator(".next-step .button"))
    do.next_step("was paid")
    do.next_step("won")
    expect(page.locator(".page-head")).to_contain_text("Won")


def test_pages_of_a_sale_fit_a_phone(live: LivePortal) -> None:
    do = begin_deal(live)
    page = do.page
    deal = page.url
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a width and a height
    page.get_by_label("Product or text").first.fill("Pump for the north well with a very long name of its own")
    page.get_by_label("Price").first.fill("1,000")
    do.button("Save the lines")
    fits(page)
    page.goto(deal)
    do.next_step("Make a quote")
    fits(page)
    do.button("Save and go on")
    fits(page)
    do.button("Get the link")
    fits(page)
    page.get_by_label("Who agreed").fill("Neema")
    do.button("The client agreed")
    do.next_step("Make the invoice")
    fits(page)
    do.button("Issue")
    fits(page)
    for path in ("/sales/quotes", "/sales/invoices", "/sales/products", "/sales/products/new"):
        page.goto(path)
        fits(page)


def fits(page: Page) -> None:
    """Nothing of the page lies beyond the screen's edge."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, page.url
