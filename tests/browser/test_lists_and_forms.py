"""Lists and forms in a real browser: swapped in place where scripts run, by plain links where they don't."""

import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.test_style_page import DESK, PHONE, axe_violations
from tests.support.deal_site import with_deals
from tests.support.portal import Portal

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("backend", ["sqlite"], indirect=True)]


@pytest.fixture
def address(portal: Portal) -> Iterator[str]:
    """The company with deals, on a loopback port."""
    with_deals(portal, 120)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(portal.app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def signed_in(chromium: Browser, portal: Portal, address: str, **options: object) -> BrowserContext:
    context = chromium.new_context(reduced_motion="reduce", **{"viewport": DESK, **options})  # type: ignore[arg-type]
    port = address.rpartition(":")[2]
    context.add_cookies([{"name": f"bp_{port}", "value": portal.browser("admin").cookie, "url": address}])
    return context


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(chromium: Browser, portal: Portal, address: str, complaints: list[str]) -> Iterator[Page]:
    context = signed_in(chromium, portal, address)
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(f"{address}/deals")
    yield opened
    context.close()
    # The browser itself notes the status of a form that comes back.
    assert [text for text in complaints if "422" not in text] == []


def titles(page: Page) -> list[str]:
    return page.locator("#list tbody th").all_inner_texts()


def test_filters_sorts_and_pages_swap_the_list_alone(page: Page, address: str) -> None:
    expect(page.locator(".pager")).to_contain_text("120 in all")
    page.evaluate("window.kept = true")
    page.keyboard.press("/")
    page.get_by_role("checkbox", name="Quoted").check()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".chip-set")).to_contain_text("Stage: Quoted")
    expect(page).to_have_url(f"{address}/deals?stage=2")
    expect(page.locator(".pager")).to_contain_text("60 in all")
    page.get_by_role("link", name="Amount").click()
    expect(page.locator('th[aria-sort="ascending"]')).to_contain_text("Amount")
    assert titles(page)[:2] == ["Deal <1>", "Deal 5"]
    page.get_by_role("link", name="Next").click()
    expect(page.locator("#list tbody tr")).to_have_count(10)
    page.get_by_role("link", name="Previous").click()
    expect(page.locator("#list tbody tr")).to_have_count(50)
    page.get_by_role("link", name="Remove the filter Stage").click()
    expect(page.locator(".chip-set")).to_have_count(0)
    assert page.evaluate("window.kept")
    page.locator("#list").get_by_text("Columns").click()
    page.get_by_role("checkbox", name="Chance").uncheck()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("columnheader", name="Chance")).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("columnheader", name="Chance")).to_have_count(1)


def test_a_row_leads_to_its_record(page: Page, address: str) -> None:
    page.get_by_role("link", name="Deal 120", exact=True).click()
    expect(page).to_have_url(f"{address}/deals/120")


def test_the_export_is_a_download(page: Page) -> None:
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    assert download.value.suggested_filename.startswith("test-deals-")


def test_a_wrong_filter_is_explained_in_place(page: Page) -> None:
    page.keyboard.press("/")
    page.get_by_label("At least").first.fill("ten")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Amount: This is not a number.")
    expect(page.get_by_label("At least").first).to_have_value("ten")


def test_rows_are_added_taken_out_and_sent(page: Page, address: str) -> None:
    page.goto(f"{address}/deals/new")
    page.get_by_label("Title").fill("Pumps")
    page.get_by_label("Stage").select_option("New")
    page.get_by_label("Text").first.fill("One")
    for text in ("Two", "Three"):
        page.get_by_role("button", name="Add a row").click()
        page.keyboard.type(text)
    page.get_by_role("button", name="Take out this row").nth(1).click()
    page.get_by_role("button", name="Save").click()
    expect(page).to_have_url(f"{address}/deals/500")
    page.goto(f"{address}/deals")
    expect(page.locator("#list")).to_contain_text("Pumps One 1 None; Three 1 None")


def test_mistakes_in_rows_are_led_to(page: Page, address: str) -> None:
    page.goto(f"{address}/deals/new")
    page.get_by_label("Title").fill("Pumps")
    page.get_by_label("Stage").select_option("New")
    page.get_by_label("Quantity").first.fill("-1")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").get_by_role("link", name="Quantity: This must be more than 0.").click()
    assert page.evaluate("location.hash") == "#field-lines.0.quantity"
    expect(page.get_by_label("Quantity").first).to_have_value("-1")
    assert axe_violations(page) == []


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("path", ["/deals", "/deals?stage=9", "/deals?title=nothing", "/deals/new"])
def test_lists_and_forms_pass_axe(
    chromium: Browser, portal: Portal, address: str, path: str, viewport: dict[str, int]
) -> None:
    context = signed_in(chromium, portal, address, viewport=viewport)
    page = context.new_page()
    page.goto(address + path)
    assert axe_violations(page) == []
    for panel in page.locator("details.panel").all():
        if panel.get_attribute("open") is None:
            panel.locator("summary").click()
        expect(panel.locator(".panel-body")).to_be_in_viewport(ratio=0.9)
        assert axe_violations(page) == []
        page.keyboard.press("Escape")
        expect(panel.locator("summary")).to_be_focused()
        expect(panel.locator(".panel-body")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    context.close()


def test_everything_works_without_scripts(chromium: Browser, portal: Portal, address: str) -> None:
    context = signed_in(chromium, portal, address, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/deals")
    page.locator("summary", has_text="Filters").click()
    page.get_by_role("link", name="Filters", exact=True).click()
    page.get_by_role("checkbox", name="Quoted").check()
    page.get_by_role("button", name="Show", exact=True).click()
    assert "stage=2" in page.url
    page.get_by_role("link", name="Next").click()
    assert len(titles(page)) == 10
    page.goto(f"{address}/deals/new")
    page.get_by_label("Title").fill("Plain")
    page.get_by_label("Stage").select_option("New")
    page.get_by_label("Text").first.fill("Row")
    page.get_by_role("button", name="Save").click()
    assert page.url == f"{address}/deals/500"
    context.close()
