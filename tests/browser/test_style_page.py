"""The components in a real browser: accessible, driven by keys alone, true to the content policy, and live."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.style_site import DESK, PHONE, StyleSite

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "build/assets/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def axe_violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)
    return [f"{v['id']}: {json.dumps([n['target'] for n in v['nodes']])[:300]}" for v in found["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_every_component_passes_axe(
    chromium: Browser, site: StyleSite, scheme: str, viewport: dict[str, int], direction: str
) -> None:
    site.direction = direction
    page = chromium.new_page(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.goto(site.url)
    page.wait_for_selector(".board-live")
    assert axe_violations(page) == []
    page.close()


@pytest.mark.parametrize("template", ["kernel/login.html", "kernel/hello.html", "kernel/error.html"])
def test_bare_pages_pass_axe_and_load_little(chromium: Browser, site: StyleSite, template: str) -> None:
    page = chromium.new_page(viewport=PHONE, color_scheme="dark")  # type: ignore[arg-type]
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url.rpartition("/")[2].partition("-")[0]))
    page.goto(f"{site.url}?template={template}")
    page.wait_for_load_state("networkidle")
    assert axe_violations(page) == []
    assert "app" in loaded
    assert "bare" in loaded
    assert "board" not in loaded
    page.close()


@pytest.mark.parametrize("width", [320, 390, 768, 900, 1200])
def test_no_page_scrolls_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0


TARGETS = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea")]
  .filter(e => e.checkVisibility() && !e.closest(".visually-hidden, dialog, [popover]"))
  .filter(e => getComputedStyle(e).display !== "inline")
  .map(e => ({name: e.outerHTML.slice(0, 90), box: (e.closest("label, .board-card") ?? e).getBoundingClientRect()}))
  .filter(({box}) => box.width < least || box.height < least)
  .map(({name, box}) => `${box.width} x ${box.height} ${name}`)"""


@pytest.mark.parametrize("least", [44, 24], ids=["touch", "mouse"])
def test_targets_are_large_enough_to_hit(chromium: Browser, site: StyleSite, least: int) -> None:
    touch = least == 44
    size = PHONE if touch else DESK
    context = chromium.new_context(viewport=size, has_touch=touch, is_mobile=touch)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(site.url)
    page.wait_for_selector(".board-live")
    assert page.evaluate(TARGETS.replace("least", str(least))) == []
    context.close()


def test_skip_link_is_the_first_stop_and_leads_to_the_content(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "page"


def test_menu_opens_walks_and_closes_by_keys(page: Page) -> None:
    page.get_by_role("button", name="More", exact=True).focus()
    page.keyboard.press("Enter")
    menu = page.locator("#style-menu")
    expect(menu).to_be_visible()
    expect(page.locator(":focus")).to_have_text("Duplicate")
    page.keyboard.press("ArrowDown")
    expect(page.locator(":focus")).to_have_text("Print")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.locator(":focus")).to_have_text("Delete…")
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(page.locator(":focus")).to_have_text("More")


def test_menu_lies_beside_its_button_inside_the_window(page: Page) -> None:
    page.get_by_role("button", name="Your account: Asha Mushi").click()
    menu, button = (
        page.locator("#account-menu").bounding_box(),
        page.locator("[popovertarget=account-menu]").bounding_box(),
    )
    assert menu
    assert button
    assert menu["x"] + menu["width"] <= DESK["width"]
    assert 0 <= menu["y"] - (button["y"] + button["height"]) < 10


def test_scheme_is_chosen_by_hand_and_kept_on_the_device(page: Page, site: StyleSite) -> None:
    page.get_by_role("button", name="Your account: Asha Mushi").click()
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.goto(site.url)
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.get_by_role("button", name="Your account: Asha Mushi").click()
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="System").click()
    assert page.evaluate("document.documentElement.dataset.theme") is None


def test_keys_lead_to_entries_that_are_there_and_never_act_in_fields(page: Page) -> None:
    page.locator("#field-title").focus()
    page.keyboard.press("End")
    page.keyboard.type("?gd")
    expect(page.locator("#keys")).to_be_hidden()
    expect(page.locator("#field-title")).to_have_value("Pumps for the north well?gd")
    page.locator("#field-title").blur()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("[data-keys-list]")).to_contain_text("CRM")
    expect(page.locator("[data-keys-list]")).to_contain_text("Move the card one stage on")
    page.get_by_label("Single keys act on this device").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(page.locator("#style-dialog")).to_be_hidden()
    page.evaluate("localStorage.clear()")
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url("**/crm")


def test_slash_leads_to_the_list_s_search(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.locator(":focus")).to_have_attribute("placeholder", "Search in this list")
    expect(page.locator(":focus")).to_have_value("")
    page.keyboard.type("pumps")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?view=mine&q=pumps")


def test_dialog_is_opened_by_a_key_and_closed_by_escape(page: Page) -> None:
    page.keyboard.press("c")
    expect(page.locator("#style-dialog")).to_be_visible()
    expect(page.locator(":focus")).to_have_attribute("name", "dialog-title")
    page.keyboard.press("Escape")
    expect(page.locator("#style-dialog")).to_be_hidden()


def test_destructive_form_asks_first(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.evaluate("document.getElementById('style-deal').dataset.confirm = 'Make this deal?'")
    page.keyboard.press("c")
    page.get_by_role("button", name="Create deal").click()
    expect(page.locator("#confirm")).to_contain_text("Make this deal?")
    page.locator("#confirm").get_by_role("button", name="Cancel").click()
    assert sent == []


def test_form_is_sent_once_however_often_it_is_pressed(page: Page) -> None:
    sent: list[str] = []
    page.route("**/slow", lambda route: sent.append(route.request.url))
    page.evaluate("document.getElementById('style-deal').action = '/slow'")
    page.keyboard.press("c")
    page.get_by_role("button", name="Create deal").evaluate("button => [1, 2, 3].forEach(() => button.click())")
    page.wait_for_timeout(200)
    assert len(sent) == 1


def test_news_changes_the_bell_and_is_told(page: Page, site: StyleSite) -> None:
    bell = page.locator("#bell")
    expect(bell.locator(".bell-dot")).to_be_visible()
    site.send({"seq": 8, "topic": "inbox", "unread": 3})
    expect(bell).to_have_attribute("aria-label", "Inbox, unread: 3")
    expect(page.locator("#toasts .toast")).to_have_count(0)
    site.send({"seq": 9, "topic": "inbox", "unread": 4, "text": "Kilimo Farms accepted Q-31.", "url": "/crm/deals/1"})
    expect(page.locator("#toasts .toast")).to_have_count(1)
    expect(page.locator("#toasts a")).to_have_attribute("href", "/crm/deals/1")
    expect(page.locator("#announcer")).to_have_text("Kilimo Farms accepted Q-31.")
    site.send({"seq": 10, "topic": "inbox", "unread": 0})
    expect(bell.locator(".bell-dot")).to_be_hidden()
    expect(bell).to_have_attribute("aria-label", "Inbox")


def test_connection_comes_back_after_a_restart_and_asks_for_what_was_missed(page: Page, site: StyleSite) -> None:
    site.send({"seq": 41, "topic": "inbox", "unread": 2})
    page.wait_for_timeout(100)
    site.close(1012)
    page.wait_for_timeout(2500)
    assert site.connections == ["", "since=41"]


def test_menu_follows_when_a_module_is_switched(page: Page, site: StyleSite, monkeypatch: pytest.MonkeyPatch) -> None:
    expect(page.locator("#rail")).to_contain_text("Drive")
    monkeypatch.setattr("tests.support.style_site.MENU", ())
    site.send({"topic": "modules", "revision": 2})
    expect(page.locator("#rail")).not_to_contain_text("Drive", timeout=3000)
