"""News on a screen that is open: the badge and a message, without a reload."""

import re

import pytest
from playwright.sync_api import WebSocketRoute, expect

from tests.support.live import LivePortal

pytestmark = [pytest.mark.browser]


def ask_for_help(live: LivePortal, who: str) -> None:
    """In a browser of their own, somebody who is not signed in asks for a new password."""
    page = live.page()
    page.goto("/login")
    page.get_by_role("link", name="Forgot the password?").click()
    page.get_by_label("E-mail").fill(f"{who}@acme.example")
    page.get_by_role("button", name="Ask for help").click()
    expect(page.get_by_role("heading", name="Help is asked for")).to_be_visible()


def test_a_notice_appears_on_another_persons_open_screen_without_reload(live: LivePortal) -> None:
    admin = live.page("admin")
    admin.goto("/account")
    admin.evaluate("window.neverReloaded = true")
    expect(admin.locator("#bell .bell-dot")).to_be_hidden()
    ask_for_help(live, "owner")
    expect(admin.locator("#bell .bell-dot")).to_be_visible(timeout=5000)
    toast = admin.locator("#toasts")
    expect(toast).to_contain_text("Omar Owner forgot the password and asks for help.")
    assert admin.evaluate("window.neverReloaded") is True
    toast.get_by_role("link").click()
    expect(admin.get_by_role("heading", name="Requests for help")).to_be_visible()
    expect(admin.get_by_text("Omar Owner")).to_be_visible()
    expect(admin.locator("#bell .bell-dot")).to_be_hidden()
    admin.reload()
    expect(admin.locator("#bell .bell-dot")).to_be_hidden()


def test_read_in_one_place_is_read_on_every_screen(live: LivePortal) -> None:
    ask_for_help(live, "owner")
    first, second = live.page("admin"), live.page("admin")
    first.goto("/account")
    second.goto("/inbox")
    expect(first.locator("#bell .bell-dot")).to_be_visible()
    second.get_by_role("button", name="Mark all read").click()
    expect(first.locator("#bell .bell-dot")).to_be_hidden(timeout=2000)
    expect(second.locator("#bell .bell-dot")).to_be_hidden()


def test_who_forgot_the_password_is_let_in_by_a_code_told_by_telephone(live: LivePortal) -> None:
    ask_for_help(live, "owner")
    admin = live.page("admin")
    admin.goto("/account")
    expect(admin.locator("#bell .bell-dot")).to_be_visible()
    admin.goto("/admin/help")
    admin.get_by_role("button", name="Make a code").click()
    code = admin.locator(".code-said").inner_text()
    owner = live.page()
    owner.goto("/reset")
    owner.get_by_label("E-mail").fill("owner@acme.example")
    owner.get_by_label("Code").fill(code.lower())
    owner.get_by_label("New password").fill("plum harbour ninety two")
    owner.get_by_role("button", name="Save and sign in").click()
    owner.wait_for_url(f"{live.url}/")


def test_an_invitation_is_handed_over_and_its_link_works_from_the_fragment(live: LivePortal) -> None:
    admin = live.page("admin")
    admin.goto("/admin/people")
    admin.get_by_role("link", name="Invite somebody").click()
    admin.get_by_label("Name").fill("Nia New")
    admin.get_by_label("E-mail").fill("nia@acme.example")
    admin.get_by_role("button", name="Make the invitation").click()
    link = admin.get_by_label("Link").input_value()
    nia = live.page()
    nia.goto(link)
    nia.get_by_label("Your name").fill("Nia New")
    nia.get_by_label("Password").fill("plum harbour ninety two")
    nia.get_by_role("button", name="Begin").click()
    nia.wait_for_url(f"{live.url}/")


def test_what_came_while_the_line_was_down_appears_without_reload(live: LivePortal) -> None:
    admin = live.page("admin")
    lines: list[WebSocketRoute] = []
    down = False

    def line(route: WebSocketRoute) -> None:
        if down:
            route.close(code=1012)
            return
        lines.append(route)
        route.connect_to_server()

    admin.route_web_socket(re.compile(r"/live"), line)
    admin.goto("/account")
    admin.evaluate("window.neverReloaded = true")
    expect(admin.locator("#bell .bell-dot")).to_be_hidden()
    down = True
    lines[0].close(code=1012)
    ask_for_help(live, "owner")
    expect(admin.locator("#toasts")).not_to_contain_text("Omar Owner")
    down = False
    expect(admin.locator("#toasts")).to_contain_text("Omar Owner forgot the password and asks for help.")
    expect(admin.locator("#bell .bell-dot")).to_be_visible()
    assert admin.evaluate("window.neverReloaded") is True
    assert len(lines) == 2
