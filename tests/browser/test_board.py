"""The board in a real browser: cards move by key, menu, mouse and finger, and go back when the server says no."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.style_site import StyleSite

pytestmark = pytest.mark.browser


def column_of(page: Page, title: str) -> str:
    card = page.locator(".board-card", has_text=title)
    return str(card.evaluate("card => card.closest('.board-column').dataset.title"))


def test_card_moves_by_key_with_token_stage_and_version(page: Page, site: StyleSite) -> None:
    page.get_by_role("link", name="Spare parts").focus()
    page.keyboard.press("]")
    expect(page.locator("#announcer")).to_have_text("Spare parts moved to Quoted, 1 of 3")
    assert column_of(page, "Spare parts") == "Quoted"
    assert site.moves == [{"csrf": "token-1", "stage": "quoted", "version": "1"}]
    expect(page.locator(":focus")).to_have_text("Spare parts")
    expect(page.locator("#stage-quoted [data-count]")).to_have_text("3")
    expect(page.locator("#stage-quoted [data-sum]")).to_have_text("TZS 673,500.00")
    page.keyboard.press("[")
    expect(page.locator("#announcer")).to_have_text("Spare parts moved to Qualified, 1 of 1")
    assert site.moves[1]["version"] == "2"


def test_refused_move_is_taken_back_and_explained(page: Page, site: StyleSite, complaints: list[str]) -> None:
    site.refusal = "The pipeline asks for payment first."
    page.get_by_role("link", name="Spare parts").focus()
    page.keyboard.press("]")
    expect(page.locator("#toasts")).to_contain_text(site.refusal)
    complaints.clear()  # the browser notes every answer of 400 and more
    assert column_of(page, "Spare parts") == "Qualified"
    expect(page.locator("#stage-quoted [data-count]")).to_have_text("2")
    expect(page.locator(":focus")).to_have_text("Spare parts")


def test_card_moves_by_its_menu(page: Page, site: StyleSite) -> None:
    page.get_by_role("button", name="Move “Spare parts” to").click()
    page.locator("#board-menu").get_by_role("button", name="Paid").click()
    expect(page.locator("#announcer")).to_contain_text("Spare parts moved to Paid")
    assert site.moves[0]["stage"] == "paid"


def test_card_moves_by_mouse_and_its_link_is_not_followed(page: Page, site: StyleSite) -> None:
    page.get_by_role("link", name="Spare parts").scroll_into_view_if_needed()
    start = page.locator(".board-card", has_text="Spare parts").bounding_box()
    goal = page.locator("#stage-invoiced .board-card").first.bounding_box()
    assert start
    assert goal
    page.mouse.move(start["x"] + 60, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(start["x"] + 90, start["y"] + 40, steps=5)
    page.mouse.move(goal["x"] + 60, goal["y"] + 10, steps=15)
    page.mouse.up()
    expect(page.locator("#announcer")).to_contain_text("Spare parts moved to Invoiced")
    assert site.moves[0]["stage"] == "invoiced"
    assert page.url == site.url


def test_card_dropped_on_the_head_of_a_column_lands_in_it(page: Page, site: StyleSite) -> None:
    page.locator("#board").scroll_into_view_if_needed()
    start = page.locator(".board-card", has_text="Spare parts").bounding_box()
    goal = page.locator("#stage-new .board-head").bounding_box()
    assert start
    assert goal
    page.mouse.move(start["x"] + 60, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(goal["x"] + 60, goal["y"] + 10, steps=4)
    page.mouse.up()
    expect(page.locator("#announcer")).to_have_text("Spare parts moved to New, 1 of 3")


def test_card_moves_by_finger_after_a_short_hold(chromium: Browser, site: StyleSite) -> None:
    context = chromium.new_context(viewport={"width": 1180, "height": 820}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(site.url)
    page.wait_for_selector(".board-live")
    page.get_by_role("link", name="Spare parts").scroll_into_view_if_needed()
    start = page.locator(".board-card", has_text="Spare parts").bounding_box()
    goal = page.locator("#stage-quoted .board-card").first.bounding_box()
    assert start
    assert goal
    finger = context.new_cdp_session(page)
    step = (goal["x"] - start["x"]) / 10
    places = [(start["x"] + 60 + at * step, start["y"] + 20 + at * 4) for at in range(11)]
    for number, (x, y) in enumerate(places):
        kind = "touchMove" if number else "touchStart"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        page.wait_for_timeout(30 if number else 400)
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator("#announcer")).to_contain_text("Spare parts moved to Quoted")
    assert site.moves[0]["stage"] == "quoted"
    assert page.url == site.url
    context.close()
