"""The main job in a real browser: a request from an outside page becomes a paid, shipped, closed deal."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from boxportal.kernel.database.engines import read_session
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.sales.models.invoices import Invoice, Payment
from boxportal.modules.sales.models.orders import Order, Shipment
from boxportal.sdk.database import one
from tests.support.live import PHONE, LivePortal

pytestmark = pytest.mark.browser
MOST_CLICKS = 14
OUTSIDE = "<!doctype html><title>Kilima</title><h1>Our site</h1>{form}"


@contextmanager
def outside_site(shown: list[str]) -> Iterator[str]:
    """Another web site; its page holds the HTML that was put into `shown` last."""

    class Site(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(OUTSIDE.format(form=shown[-1]).encode() if self.path == "/" else b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Hand:
    """A seller's hand: counts its clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def button(self, name: str) -> None:
        self._click(self.page.get_by_role("button", name=name, exact=True).first)

    def link(self, name: str) -> None:
        self._click(self.page.get_by_role("link", name=name, exact=True).first)

    def on(self, selector: str) -> None:
        self._click(self.page.locator(selector).first)

    def next_step(self) -> None:
        """The one act that a page offers, wherever the deal is."""
        self.on(".next-step button, .page-head form .button-primary")

    def _click(self, target: Locator) -> None:
        target.click()
        self.clicks += 1
        self.page.wait_for_load_state()


def make_public_form(live: LivePortal, site: str) -> str:
    """What an administrator sets up once. Returns the HTML for the site's page."""
    page = live.page("head")
    page.goto("/crm/leads/forms/new")
    page.get_by_label("Title").fill("Contact us")
    page.get_by_label("Address").fill("contact")
    page.get_by_label("Sites").fill(site)
    page.get_by_label("Your company").check()
    page.get_by_label("Omar Owner").check()
    page.get_by_role("button", name="Save").click()
    return page.locator("#form-html").input_value()


def ask_from_outside(live: LivePortal, site: str) -> None:
    page = live.page()
    page.goto(site)
    values = {"name": "Neema Mushi", "company_name": "Kilimo Farms", "email": "neema@kilimo.example",
              "phone": "0754 123 456", "request": "Three water pumps, with delivery"}  # fmt: skip
    for name, value in values.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/form/contact/thanks**")


def accept_on_a_phone(live: LivePortal, link: str) -> None:
    page = live.page(size=PHONE)
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Quote")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"]
    page.get_by_label("Your name").first.fill("Neema Mushi")
    page.get_by_role("button", name="Accept for").click()
    expect(page.get_by_text("accepted this offer")).to_be_visible()


def test_request_from_an_outside_page_becomes_a_closed_deal(live: LivePortal) -> None:
    shown: list[str] = []
    with outside_site(shown) as site:
        shown.append(make_public_form(live, site))
        seller = live.page("owner")
        seller.goto("/")
        expect(seller.locator("#bell .bell-dot")).to_be_hidden()
        ask_from_outside(live, site)
    expect(seller.locator("#bell .bell-dot")).to_be_visible()
    hand = Hand(seller)
    hand.on("#bell")
    hand.on(".list-button")
    expect(seller.get_by_role("heading", level=1)).to_contain_text("Three water pumps")
    hand.link("Make a deal")
    hand.button("Make the deal")
    seller.locator("[name='lines.0.description']").fill("Water pump")
    seller.locator("[name='lines.0.quantity']").fill("3")
    seller.locator("[name='lines.0.unit_price']").fill("400,000")
    hand.button("Save the lines")
    hand.button("Make a quote")
    hand.button("Save and go on")
    hand.button("Get the link")
    link = seller.locator("#client-link").input_value()
    accept_on_a_phone(live, link)
    expect(seller.locator("#bell .bell-dot")).to_be_visible()
    hand.link("Deal")
    hand.next_step()
    hand.button("Issue")
    hand.next_step()
    hand.next_step()
    hand.next_step()
    expect(seller.get_by_text("Won").first).to_be_visible()
    assert hand.clicks <= MOST_CLICKS
    company = live.company
    with read_session(company.engines) as db:
        deal = one(db, select(Deal))
        invoice, order = one(db, select(Invoice)), one(db, select(Order))
        assert (deal.state, deal.amount) == ("won", 141_600_000)  # with the tax, as on the invoice
        assert (deal.contact_id, deal.client_company_id) != (None, None)
        assert order.accepted_by == "Neema Mushi"
        assert invoice.paid == invoice.gross > 0
        assert db.scalar(select(Payment.amount)) == invoice.gross
        assert db.scalar(select(Shipment.id)) is not None
    company.engines.dispose()
