"""The CRM in a real browser: a form on another site, a notice on an open screen, a call, the board by hand and keys."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from typing_extensions import override

from boxportal.kernel.database.engines import write_session
from boxportal.modules.crm.board_cards import FIRST, NEXT
from boxportal.modules.crm.models.deals import Deal
from boxportal.modules.crm.models.pipelines import Stage, StageTotal
from boxportal.sdk.clock import utcnow
from tests.support.live import PHONE, LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.modules("crm")]


@contextmanager
def other_site(page: str) -> Iterator[str]:
    """A site of the firm's own, on another port, with one page."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        @override
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def make_form(live: LivePortal, site: str) -> None:
    page = live.page("head")
    page.goto("/crm/leads/forms/new")
    page.get_by_label("Sites that may show it").fill(site)
    page.get_by_label("Omar Owner").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Give it to the world")).to_be_visible()


def move_by_menu(page: Page, title: str, stage: str) -> None:
    page.get_by_role("button", name=f"Move “{title}” to").click()
    page.locator("#board-menu").get_by_role("button", name=stage).click()


def test_request_from_another_site_reaches_the_seller_and_becomes_a_won_deal(live: LivePortal) -> None:
    frame = f'<iframe src="{live.url}/form/contact?embed=1" title="Contact us" width="100%" height="640"></iframe>'
    seller = live.page("owner")
    with other_site(f"<!doctype html><title>Acme</title><h1>Acme</h1>{frame}") as site:
        make_form(live, site)
        seller.goto("/crm/deals")
        visitor = live.page()
        visitor.goto(site)
        form = visitor.frame_locator("iframe")
        form.get_by_label("Your name").fill("Asha Mwangi")
        form.get_by_label("Telephone").fill("0754 123 456")
        form.get_by_label("What can we do for you?").fill("Two pumps for a farm")
        visitor.wait_for_timeout(3500)  # no person fills a form in less
        form.get_by_role("button", name="Send").click()
        expect(form.get_by_text("Thank you. We will answer soon.")).to_be_visible()
    expect(seller.locator(".toasts")).to_contain_text("New request for you: Two pumps for a farm")
    seller.goto("/inbox")
    seller.get_by_role("button", name="New request for you: Two pumps for a farm").click()
    expect(seller.get_by_role("heading", level=1)).to_have_text("Two pumps for a farm")
    seller.get_by_role("link", name="Make a deal").click()
    seller.get_by_role("button", name="Make the deal").click()
    for stage in ("Quoted", "Agreed", "Invoiced", "To be paid"):
        seller.get_by_role("button", name=f"Go on to: {stage}").click()
    seller.get_by_role("button", name="Close as won").click()
    expect(seller.locator(".page-head")).to_contain_text("Won")
    expect(seller.get_by_role("link", name="Asha Mwangi")).to_be_visible()


def test_coming_back_from_a_call_is_one_tap(live: LivePortal) -> None:
    page = live.page("owner", size=PHONE)
    page.goto("/crm/leads/new")
    page.get_by_label("What is asked for").fill("Two pumps")
    page.get_by_label("Telephone").fill("0754 123 456")
    page.get_by_role("button", name="Save").click()
    number = page.locator('a[href="tel:+255754123456"]')
    number.evaluate("link => link.addEventListener('click', event => event.preventDefault())")  # nothing here can dial
    number.click()
    page.get_by_role("button", name="No answer").click()
    expect(page.get_by_label("What", exact=True)).to_have_value("Call again")
    page.get_by_role("button", name="Plan", exact=True).click()
    expect(page.locator("#planned")).to_contain_text("Call again")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_next_step_is_planned_by_keys_in_a_form_that_comes_when_it_is_opened(live: LivePortal) -> None:
    page = live.page("owner")
    page.goto("/crm/deals/new")
    page.get_by_label("Deal").fill("Pumps")
    page.get_by_role("button", name="Save").first.click()
    opener = page.locator("#plan > summary")
    expect(opener).to_be_visible()
    expect(page.locator("#plan-form")).to_have_count(0)
    opener.focus()
    page.keyboard.press("Enter")
    what = page.locator("#plan-form").get_by_label("What", exact=True)
    expect(what).to_be_visible()
    page.keyboard.press("Tab")  # from the button into the form
    assert page.evaluate("document.activeElement.closest('#plan-form') !== null")
    what.fill("Send the catalogue")
    page.keyboard.press("Enter")
    expect(page.locator("#planned").get_by_text("Send the catalogue")).to_be_visible()


def test_twins_show_while_one_types_and_clients_are_picked(live: LivePortal) -> None:
    page = live.page("owner")
    page.goto("/crm/companies/new")
    page.get_by_label("Name").fill("Kilima Coffee Ltd")
    page.get_by_label("Telephone").fill("0754 123 456")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kilima Coffee Ltd")
    page.goto("/crm/leads/new")
    page.get_by_label("Telephone").press_sequentially("+255 754 123 456")
    expect(page.locator("#twins")).to_contain_text("Kilima Coffee Ltd")
    page.goto("/crm/deals/new")
    page.get_by_label("Deal").fill("Booster")
    page.get_by_label("Search: Company").press_sequentially("kilim")
    page.get_by_label("Kilima Coffee Ltd").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Kilima Coffee Ltd")).to_be_visible()


def test_cards_move_by_mouse_menu_and_keys(live: LivePortal) -> None:
    page = live.page("owner")
    for title in ("Booster", "Valves"):
        page.goto("/crm/deals/new")
        page.get_by_label("Deal").fill(title)
        page.get_by_label("Amount").fill("500")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.goto("/crm/deals")
    page.wait_for_selector(".board-live")
    columns = page.locator(".board-column")
    card = columns.nth(0).locator(".board-card", has_text="Booster")
    start, goal = card.bounding_box(), columns.nth(1).bounding_box()
    assert start is not None
    assert goal is not None
    page.mouse.move(start["x"] + 40, start["y"] + 60)
    page.mouse.down()
    page.mouse.move(goal["x"] + 60, goal["y"] + 100, steps=12)
    page.mouse.up()
    expect(columns.nth(1)).to_contain_text("Booster")
    expect(columns.nth(1).locator(".board-sum")).to_contain_text("500.00")
    with page.expect_response("**/board-move"):
        move_by_menu(page, "Booster", "Agreed")
    expect(columns.nth(2)).to_contain_text("Booster")
    page.get_by_role("link", name="Valves").focus()
    with page.expect_response("**/board-move"):
        page.keyboard.press("]")
    expect(columns.nth(1)).to_contain_text("Valves")
    page.reload()
    expect(columns.nth(2)).to_contain_text("Booster")
    expect(columns.nth(1)).to_contain_text("Valves")
    move_by_menu(page, "Valves", "Lost")
    page.wait_for_url("**/lose")
    page.get_by_label("Why?").fill("too dear")
    page.get_by_role("button", name="Close as lost").click()
    expect(page.locator(".page-head")).to_contain_text("Lost")


def many_deals(live: LivePortal, number: int) -> None:
    """Deals of the owner in the first stage, the newest first."""
    company = live.company
    with write_session(company.engines) as db:
        stage = db.scalars(select(Stage).order_by(Stage.position)).first()
        assert stage is not None
        now = utcnow()
        db.add_all([
            Deal(
                pipeline_id=stage.pipeline_id, stage_id=stage.id, state="open", furthest=1, title=f"Deal {at}",
                amount=100, currency="TZS", responsible_id=live.cast["owner"], moved_at=now - timedelta(hours=at),
                created_at=now, updated_at=now, version=1, source="",
            )
            for at in range(number)
        ])  # fmt: skip
        db.add(StageTotal(
            stage_id=stage.id, currency="TZS", responsible_id=live.cast["owner"], count=number, amount=100 * number
        ))  # fmt: skip
    company.engines.dispose()


def test_column_of_many_deals_goes_on_while_one_scrolls_and_by_keys(live: LivePortal) -> None:
    many_deals(live, FIRST + NEXT + 2)
    page = live.page("owner")
    page.goto("/crm/deals")
    page.wait_for_selector(".board-live")
    column = page.locator(".board-column").first
    cards = column.locator(".board-card")
    expect(cards).to_have_count(FIRST)
    column.get_by_role("link", name="More").focus()  # which brings it into view, and so the next cards
    expect(cards).to_have_count(FIRST + NEXT)
    expect(page.locator(":focus")).to_have_text(f"Deal {FIRST}")
    page.keyboard.press("]")
    expect(page.locator("#announcer")).to_have_text(f"Deal {FIRST} moved to Quoted, 1 of 1")
    expect(column.locator("[data-count]")).to_have_text(str(FIRST + NEXT + 1))
    column.get_by_role("button", name=f"Move “Deal {FIRST + 1}” to").click()
    page.locator("#board-menu").get_by_role("button", name="Quoted").click()
    expect(page.locator("#announcer")).to_have_text(f"Deal {FIRST + 1} moved to Quoted, 1 of 2")
    cards.last.scroll_into_view_if_needed()
    expect(cards).to_have_count(FIRST + NEXT)  # two have gone, two have come: these were the last
    expect(column.get_by_role("link", name="More")).to_have_count(0)
