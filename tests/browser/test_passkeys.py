"""Passkeys with Chromium's virtual device: made, used to sign in and to prove again who it is; a copied one refused."""

from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect
from sqlalchemy import select, update

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.identity.models import SignInSession
from boxportal.kernel.identity.step_models import Passkey
from tests.support.live import LivePortal
from tests.support.portal import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.modules(), pytest.mark.parametrize("backend", ["sqlite"])]
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def with_device(live: LivePortal, who: str) -> tuple[Page, CDPSession, str, str]:
    """A page of somebody's browser at the name `localhost`, with a device that makes passkeys."""
    page, home = live.page(), f"http://localhost:{live.port}"
    if who:
        page.context.add_cookies([{"name": f"bp_{live.port}", "value": live.cookie(who), "url": home}])
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    made: dict[str, Any] = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return page, devtools, str(made["authenticatorId"]), home


def add_passkey(page: Page, home: str) -> None:
    page.goto(f"{home}/account/two-steps")
    page.get_by_label("Name of the device").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("My laptop")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_passkey_signs_in_alone_and_answers_for_dangerous_acts(live: LivePortal) -> None:
    page, devtools, device, home = with_device(live, "owner")
    add_passkey(page, home)
    sign_out(page)
    page.goto(f"{home}/login?next=/account/keys")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Keys to the API")).to_be_visible()

    company = live.company
    with write_session(company.engines) as db:
        db.change(update(SignInSession).values(proved_at=None))
    page.get_by_label("What it is for").fill("Shop")
    page.get_by_label("Everything that is on: read", exact=True).check()
    live.complaints.clear()
    page.get_by_role("button", name="Make the key").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="New key")).to_be_visible()
    live.complaints.clear()  # the browser notes the question's 403 as an error

    sign_out(page)
    page.get_by_label("E-mail").fill("owner@acme.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("button", name="Your account")).to_be_visible()

    with write_session(company.engines) as db:  # as if the key's copy had signed meanwhile
        db.change(update(Passkey).values(sign_count=1_000_000))
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("This passkey was not accepted.").first).to_be_visible()
    live.complaints.clear()  # the browser notes the answer 422 as an error
    with write_session(company.engines) as db:
        actions = db.scalars(select(AuditLine.action)).all()
    company.engines.dispose()
    assert "core.two-steps.passkey-copied" in actions
    devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})


def test_browser_without_passkeys_and_a_portal_opened_by_number_show_none(live: LivePortal) -> None:
    page = live.page("owner")
    page.goto("/account/two-steps")
    expect(page.get_by_text("Passkeys need a name")).to_be_visible()
    expect(page.get_by_role("button", name="Add a passkey")).to_have_count(0)
    other, _devtools, _device, home = with_device(live, "")
    other.add_init_script("delete window.PublicKeyCredential")
    other.goto(f"{home}/login")
    expect(other.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)
