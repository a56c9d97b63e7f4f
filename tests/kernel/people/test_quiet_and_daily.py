"""Quiet hours and the daily mail, with a real mail server."""

from datetime import UTC, datetime, timedelta

import pytest
from httpx2 import Response
from sqlalchemy import select

from boxportal.kernel.database.engines import read_session
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.notify.times import Times
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.web.render import render
from boxportal.kernel.work.recurring import run_job
from boxportal.sdk.clock import in_zone, shifted, utcnow
from tests.kernel.people.reading import errors_in, wait_until
from tests.kernel.people.test_mail import items, notify, set_server
from tests.support.mail_server import MailServer, serving
from tests.support.portal import Portal

ZONE = "Africa/Dar_es_Salaam"
DIGESTS = "core.digests"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
KINDS = ["core.mention", "core.reminder", "core.mail-failed"]


def clock(by: timedelta) -> str:
    """What the cast's clocks show then."""
    return f"{in_zone(utcnow() + by, ZONE):%H:%M}"


def choose(portal: Portal, who: str, mail: list[str], **times: str) -> Response:
    form: dict[str, object] = {"inbox": KINDS, "mail": mail, "times": str(bool(times)).lower(), **times}
    return portal.browser(who).post("/account/notifications", form)


def texts(server: MailServer) -> list[str]:
    bodies = [mail.get_body() for mail in server.got]
    return [body.get_content().replace("\r\n", "\n") for body in bodies if body is not None]


def notices(portal: Portal, who: str) -> list[InboxNotice]:
    with read_session(portal.company.engines) as db:
        mine = select(InboxNotice).where(InboxNotice.person_id == portal.person(who))
        return list(db.scalars(mine.order_by(InboxNotice.id)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("now", "end"), [
    ("2026-01-10T20:59", None), ("2026-01-10T21:00", "2026-01-11T06:00"), ("2026-01-11T05:59", "2026-01-11T06:00"),
    ("2026-01-11T06:00", None), ("2026-03-28T22:00", "2026-03-29T05:00"), ("2026-10-24T21:00", "2026-10-25T06:00"),
])  # fmt: skip
def test_quiet_hours_go_over_midnight_and_follow_the_clocks_of_the_place(now: str, end: str | None) -> None:
    times = Times("Europe/Berlin", 22 * 60, 7 * 60)
    assert times.quiet_end(at(now)) == (at(end) if end else None)


def test_quiet_hours_of_a_day_end_on_it_and_none_are_none() -> None:
    assert Times("UTC", 12 * 60, 13 * 60).quiet_end(at("2026-01-10T12:30")) == at("2026-01-10T13:00")
    assert Times("UTC", 12 * 60, 13 * 60).quiet_end(at("2026-01-10T11:59")) is None
    assert Times("UTC").quiet_end(at("2026-01-10T12:30")) is None


def test_the_daily_mail_comes_at_its_hour_whatever_the_clocks_do() -> None:
    times = Times("Europe/Berlin", digest_at=8 * 60)
    assert times.next_digest(at("2026-03-28T06:59")) == at("2026-03-28T07:00")
    assert times.next_digest(at("2026-03-28T07:00")) == at("2026-03-29T06:00")


def test_mails_wait_until_the_quiet_hours_end_and_urgent_ones_come_through(portal: Portal) -> None:
    with serving() as server:
        set_server(portal, server)
        until = clock(HOUR)
        assert choose(portal, "owner", KINDS, quiet_from=clock(-HOUR), quiet_until=until).status_code == 303
        notify(portal, "owner", values={"what": "Tomorrow's deal"})
        notify(portal, "owner", values={"what": "The burning deal"}, urgent=True)
        wait_until(lambda: len(server.got) == 1 and bool(items(portal, "core.mail-notice")[0].leased_until is None))
        wait_until(lambda: items(portal, "core.mail-notice")[0].due_at > utcnow())
        assert server.got[0]["Subject"] == "The burning deal waits."
        waiting = items(portal, "core.mail-notice")[0]
        assert (waiting.state, waiting.attempts) == ("waiting", 0)
        assert f"{in_zone(waiting.due_at, ZONE):%H:%M}" == until
        assert [notice.is_silent for notice in notices(portal, "owner")] == [True, False]
        assert "Tomorrow&#39;s deal waits." in portal.browser("owner").get("/inbox").text
        with shifted(HOUR + MINUTE):
            wait_until(lambda: len(server.got) == 2)
            wait_until(lambda: items(portal, "core.mail-notice")[0].state == "done")
    assert server.got[1]["Subject"] == "Tomorrow's deal waits."


def test_quiet_hours_that_are_taken_back_let_the_mails_go(portal: Portal) -> None:
    with serving() as server:
        set_server(portal, server)
        choose(portal, "owner", KINDS, quiet_from=clock(-HOUR), quiet_until=clock(HOUR))
        notify(portal, "owner")
        wait_until(lambda: items(portal, "core.mail-notice")[0].due_at > utcnow())
        choose(portal, "owner", KINDS, quiet_from="", quiet_until="")
        wait_until(lambda: len(server.got) == 1)


def test_a_day_comes_in_one_mail_without_what_was_read(portal: Portal) -> None:
    with serving() as server:
        set_server(portal, server)
        choose(portal, "owner", ["core.reminder=daily", "core.mention"], digest_at=clock(30 * MINUTE))
        notify(portal, "owner", values={"what": "The read deal"})
        portal.browser("owner").post("/inbox/read")
        notify(portal, "owner", values={"what": "The first deal"}, url="/x/1")
        notify(portal, "owner", values={"what": "The second deal"}, url="")
        notify(portal, "owner", kind="core.mention", values={"what": "The mention"})
        notify(portal, "colleague", values={"what": "The colleague's deal"})
        wait_until(lambda: len(server.got) == 2)
        run_job(portal.company, render, DIGESTS)
        assert items(portal, "core.mail-digest") == []
        with shifted(31 * MINUTE):
            wait_until(lambda: len(server.got) == 3)
            wait_until(lambda: items(portal, "core.mail-digest")[0].state == "done")
        with shifted(timedelta(days=1, minutes=31)):
            run_job(portal.company, render, DIGESTS)
        assert len(items(portal, "core.mail-digest")) == 1
    daily = server.got[2]
    text = texts(server)[2]
    assert (daily["To"], daily["Subject"]) == ("owner@acme.example", "2 notices from Acme Pumps")
    assert daily["Message-ID"].startswith("<digest.")
    address = portal.company.address
    assert f"The first deal waits.\n{address}/x/1\n\nThe second deal waits.\n{address}/inbox\n" in text
    assert "The read deal" not in text
    assert "colleague" not in text
    assert sorted(str(mail["Subject"]) for mail in server.got[:2]) == [
        "The colleague's deal waits.",
        "The mention waits.",
    ]


def test_a_day_is_gathered_once_though_the_server_falls_over_before_it_is_sent(portal: Portal) -> None:
    """What was gathered stands in the outbox; a run that did not commit has taken nothing."""
    choose(portal, "owner", ["core.reminder=daily"], digest_at=clock(30 * MINUTE))
    for number in range(3):
        notify(portal, "owner", values={"what": str(number)})
    with serving() as server:
        set_server(portal, server)
        server.answer = "451 not now"
        with shifted(31 * MINUTE):
            wait_until(lambda: len(server.got) == 1)
            wait_until(lambda: items(portal, "core.mail-digest")[0].last_error != "")
            for _ in range(3):
                run_job(portal.company, render, DIGESTS)
        server.answer = ""
        with shifted(HOUR):
            wait_until(lambda: len(server.got) == 2)
            wait_until(lambda: items(portal, "core.mail-digest")[0].state == "done")
    assert [len(item.payload["notices"]) for item in items(portal, "core.mail-digest")] == [3]  # type: ignore[arg-type]
    assert server.got[0]["Message-ID"] == server.got[1]["Message-ID"]


def test_a_kind_that_is_switched_off_meanwhile_is_not_in_the_daily_mail(portal: Portal) -> None:
    choose(portal, "owner", ["core.reminder=daily"], digest_at=clock(30 * MINUTE))
    notify(portal, "owner")
    choose(portal, "owner", [])
    with shifted(31 * MINUTE):
        wait_until(lambda: notices(portal, "owner")[0].digest_at is None)
    assert items(portal, "core.mail-digest") == []


def test_another_hour_of_the_daily_mail_holds_for_what_waits_already(portal: Portal) -> None:
    choose(portal, "owner", ["core.reminder=daily"], digest_at=clock(3 * HOUR))
    notify(portal, "owner")
    choose(portal, "owner", ["core.reminder=daily"], digest_at=clock(2 * HOUR))
    (notice,) = notices(portal, "owner")
    assert notice.digest_at is not None
    assert HOUR < notice.digest_at - utcnow() < 2 * HOUR + MINUTE


def test_the_page_shows_what_was_chosen_and_says_what_is_wrong(portal: Portal) -> None:
    assert choose(portal, "owner", ["core.reminder=daily"], quiet_from="22:00", quiet_until="06:30",
                  digest_at="07:15").status_code == 303  # fmt: skip
    shown = portal.browser("owner").get("/account/notifications").text
    assert '<option value="core.reminder=daily" selected>' in shown
    for time in ("22:00", "06:30", "07:15"):
        assert f'value="{time}"' in shown
    for times, said in (
        ({"quiet_from": "22:00", "quiet_until": ""}, "Quiet hours need a beginning and an end."),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "Quiet hours can't end when they begin."),
        ({"digest_at": "25:00"}, "Type a time such as 22:00."),
    ):
        answer = choose(portal, "owner", [], **times)
        assert (answer.status_code, errors_in(answer.text)) == (422, [said])
    assert 'value="22:00"' in portal.browser("owner").get("/account/notifications").text


def test_times_are_each_persons_own(portal: Portal) -> None:
    choose(portal, "owner", KINDS, quiet_from=clock(-HOUR), quiet_until=clock(HOUR))
    notify(portal, "owner")
    notify(portal, "colleague")
    assert [n.is_silent for n in notices(portal, "owner") + notices(portal, "colleague")] == [True, False]
    with read_session(portal.company.engines) as db:
        assert len(db.scalars(select(OutboxItem).where(OutboxItem.topic == "core.mail-notice")).all()) == 2
