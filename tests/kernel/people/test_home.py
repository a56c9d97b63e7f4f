"""Home and inbox of the administrator and of others."""

import re

from boxportal.kernel.database.engines import writing
from boxportal.modules.crm import leads
from boxportal.modules.crm.leads import LeadData
from boxportal.sdk.context import Notice
from tests.support.portal import Portal


def test_the_first_steps_are_the_administrators_and_go_when_dismissed(portal: Portal) -> None:
    admin = portal.browser("admin")
    assert "Getting started" in admin.get("/").text
    assert "Getting started" not in portal.browser("owner").get("/").text
    assert portal.browser("owner").post("/admin/getting-started/dismiss").status_code == 404
    assert admin.post("/admin/getting-started/dismiss").status_code == 303
    assert "Getting started" not in admin.get("/").text


def test_the_inbox_shows_what_is_unread_and_opens_only_the_own(portal: Portal) -> None:
    with writing(portal.company.engines) as session, session.begin():
        ctx = portal.ctx(session)
        for number in (1, 2):
            ctx.notify(
                Notice(to=portal.person("owner"), kind="core.reminder", text="%(x)s", values={"x": f"Call {number}"},
                       url=f"/account?n={number}")
            )  # fmt: skip
    owner = portal.browser("owner")
    page = owner.get("/inbox").text
    first = page.split('/open"')[-2].rsplit("/inbox/", 1)[1]
    assert portal.browser("colleague").post(f"/inbox/{first}/open").status_code == 404
    opened = owner.post(f"/inbox/{first}/open")
    assert opened.headers["location"] == "/account?n=1"
    unread = owner.get("/inbox?show=unread").text
    assert "Call 2" in unread
    assert "Call 1" not in unread
    assert "Call 1" in owner.get("/inbox").text
    owner.post("/inbox/read")
    assert 'data-unread="0"' in owner.get("/inbox").text


def test_a_notice_never_leads_off_the_site(portal: Portal) -> None:
    with writing(portal.company.engines) as session, session.begin():
        portal.ctx(session).notify(
            Notice(to=portal.person("owner"), kind="core.reminder", text="x", url="//evil.test/")
        )
    owner = portal.browser("owner")
    number = owner.get("/inbox").text.split('/open"')[0].rsplit("/inbox/", 1)[1]
    assert owner.post(f"/inbox/{number}/open").headers["location"] == "/"


def test_home_does_not_say_that_nothing_waits_while_a_message_is_unread(portal: Portal) -> None:
    owner = portal.browser("owner")
    assert "Nothing waits for you." in owner.get("/").text
    with writing(portal.company.engines) as session, session.begin():
        portal.ctx(session).notify(Notice(to=portal.person("owner"), kind="core.reminder", text="x", url="/account"))
    page = owner.get("/").text
    assert "Nothing waits for you." not in page
    assert "1 unread message in the inbox" in page


def test_a_request_of_nobody_waits_for_those_who_see_it(portal: Portal) -> None:
    with writing(portal.company.engines) as session, session.begin():
        ctx = portal.ctx(session)
        lead = leads.create_lead(ctx, LeadData(request="Three pumps", source="test"))
        lead.responsible_id = None
    assert "Three pumps" in portal.browser("head").get("/").text


def test_after_a_mistake_the_cursor_stands_in_the_field_that_is_wrong(portal: Portal) -> None:
    refused = portal.browser("admin").post("/account/password", {"present": "x", "password": "short"}).text
    fields = re.findall(r"<input [^>]*autofocus[^>]*>", refused)
    assert fields
    assert 'aria-invalid="true"' in fields[0]
