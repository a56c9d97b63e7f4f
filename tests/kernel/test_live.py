"""What an open screen is told: at once, after a break, and in quiet hours."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import WebSocketTestSession

from boxportal.kernel.database.engines import writing
from boxportal.sdk.clock import in_zone, utcnow
from boxportal.sdk.context import Notice
from tests.support.portal import Portal

pytestmark = pytest.mark.modules()


def listen(portal: Portal, who: str, since: object = "") -> WebSocketTestSession:
    headers = {"cookie": f"bp_8080={portal.browser(who).cookie}", "origin": "http://portal.test:8080"}
    path = "ws://portal.test:8080/live" + (f"?since={since}" if since != "" else "")
    return portal.client.websocket_connect(path, headers=headers)


def heard(socket: WebSocketTestSession) -> dict[str, Any]:
    """The next message about the inbox."""
    while True:
        message: dict[str, Any] = socket.receive_json()
        if message["topic"] == "inbox":
            return message


def notify(portal: Portal, who: str, what: str, *, urgent: bool = False) -> None:
    """As a module does: within a transaction, told after its commit."""
    with writing(portal.company.engines) as session:
        with session.begin():
            ctx = portal.ctx(session)
            notice = Notice(to=portal.person(who), kind="core.reminder", text="%(what)s waits.", values={"what": what},
                            url=f"/x/{what}", urgent=urgent)  # fmt: skip
            ctx.notify(notice)
        for act in ctx.after_commit:
            act()


def test_a_message_says_what_is_new_and_where_and_its_number(portal: Portal) -> None:
    with listen(portal, "owner") as socket:
        first = heard(socket)
        assert (first["unread"], first["seq"], "text" in first) == (0, 0, False)
        assert first["revision"] == portal.company.snapshot.revision
        notify(portal, "colleague", "9")
        notify(portal, "owner", "7")
        news = heard(socket)
        assert (news["unread"], news["text"], news["url"]) == (1, "7 waits.", "/x/7")
        assert news["seq"] > 0
        portal.browser("owner").post("/inbox/read")
        read = heard(socket)
    assert (read["unread"], "text" in read, "seq" in read) == (0, False, False)


def test_after_a_break_what_was_missed_is_told_once(portal: Portal) -> None:
    notify(portal, "owner", "1")
    with listen(portal, "owner") as socket:
        seen = heard(socket)["seq"]
    notify(portal, "owner", "2")
    with listen(portal, "owner", seen) as socket:
        one = heard(socket)
    assert (one["unread"], one["text"], one["url"]) == (2, "2 waits.", "/x/2")
    assert one["seq"] > seen
    with listen(portal, "owner", one["seq"]) as socket:
        assert "text" not in heard(socket)
    notify(portal, "owner", "3")
    notify(portal, "owner", "4")
    with listen(portal, "owner", one["seq"]) as socket:
        both = heard(socket)
    assert (both["text"], both["url"], both["unread"]) == ("2 new notices in your inbox.", "/inbox", 4)


def test_what_was_read_meanwhile_is_not_told(portal: Portal) -> None:
    notify(portal, "owner", "1")
    portal.browser("owner").post("/inbox/read")
    with listen(portal, "owner", 0) as socket:
        news = heard(socket)
    assert (news["unread"], "text" in news) == (0, False)


def test_a_page_knows_the_number_that_it_was_made_at(portal: Portal) -> None:
    owner = portal.browser("owner")
    assert 'data-seq="0"' in owner.get("/account").text
    notify(portal, "owner", "1")
    with listen(portal, "owner") as socket:
        seq = heard(socket)["seq"]
    assert f'data-seq="{seq}"' in owner.get("/account").text


@pytest.mark.parametrize("since", ["-1", "x", "9" * 40, "1 or 1=1", "%00", "²"])
def test_a_number_that_is_none_is_no_trouble(portal: Portal, since: str) -> None:
    notify(portal, "owner", "1")
    with listen(portal, "owner", since) as socket:
        news = heard(socket)
    assert (news["unread"], "text" in news) == (1, False)


def test_in_quiet_hours_only_the_number_changes_but_for_what_is_urgent(portal: Portal) -> None:
    local = in_zone(utcnow(), "Africa/Dar_es_Salaam")
    hour = timedelta(hours=1)
    form = {
        "inbox": ["core.reminder"],
        "times": "true",
        "quiet_from": f"{local - hour:%H:%M}",
        "quiet_until": f"{local + hour:%H:%M}",
    }
    assert portal.browser("owner").post("/account/notifications", form).status_code == 303
    with listen(portal, "owner") as socket:
        start = heard(socket)["seq"]
        notify(portal, "owner", "1")
        silent = heard(socket)
        notify(portal, "owner", "2", urgent=True)
        urgent = heard(socket)
    assert (silent["unread"], "text" in silent) == (1, False)
    assert (urgent["unread"], urgent["text"]) == (2, "2 waits.")
    with listen(portal, "owner", start) as socket:
        assert heard(socket)["text"] == "2 waits."


def test_the_page_that_a_notice_leads_to_marks_it_read_for_its_person_alone(portal: Portal) -> None:
    owner, colleague = portal.browser("owner"), portal.browser("colleague")
    notify(portal, "owner", "7")
    notify(portal, "owner", "77")
    notify(portal, "colleague", "7")
    assert 'data-seen="/inbox/seen"' not in owner.get("/account").text
    assert owner.post("/inbox/seen", {"path": "/x/7", "_csrf": "forged"}).status_code == 403
    assert 'data-unread="2"' in owner.get("/account").text
    assert owner.post("/inbox/seen", {"path": "/x/7"}).status_code == 204
    assert 'data-unread="1"' in owner.get("/account").text
    assert 'data-unread="1"' in colleague.get("/account").text
    assert owner.post("/inbox/seen", {"path": "/x/%"}).status_code == 204
    assert 'data-unread="1"' in owner.get("/account").text
