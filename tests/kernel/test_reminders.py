"""Reminders reach the inbox once; the outbox and recurring jobs do their work once in effect."""

from datetime import timedelta

from sqlalchemy import func, select

from boxportal.kernel.database.engines import writing
from boxportal.kernel.jobs.models import JobRun
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.web.render import render
from boxportal.kernel.work.recurring import due_jobs, run_job
from boxportal.sdk.clock import shifted, utcnow
from boxportal.sdk.context import Notice, ReminderWish
from boxportal.sdk.events import RecordRef
from tests.support.portal import Portal

REMINDERS = "core.reminders"


def wish(portal: Portal, *, days: int) -> ReminderWish:
    due = utcnow().replace(microsecond=0) + timedelta(days=days)
    return ReminderWish(ref=RecordRef("core.person", 1), to=portal.person("owner"), due=due, text="Call <b>", topic="t")


def notices(portal: Portal) -> int:
    with writing(portal.company.engines) as session:
        return session.scalar(select(func.count()).select_from(InboxNotice)) or 0


def test_reminder_is_told_once_after_days_off(portal: Portal) -> None:
    with writing(portal.company.engines) as session, session.begin():
        ctx = portal.ctx(session)
        same = wish(portal, days=1)
        ctx.remind(same)
        ctx.remind(same)
    with shifted(timedelta(days=3)):
        for _ in range(3):
            run_job(portal.company, render, REMINDERS)
        assert notices(portal) == 1
    with shifted(timedelta(days=4)):
        run_job(portal.company, render, REMINDERS)
    assert notices(portal) == 1
    assert "Call &lt;b&gt;" in portal.browser("owner").get("/inbox").text
    assert "Call &lt;b&gt;" not in portal.browser("colleague").get("/inbox").text


def test_settled_matter_is_not_reminded_of(portal: Portal) -> None:
    with writing(portal.company.engines) as session, session.begin():
        ctx = portal.ctx(session)
        ctx.remind(wish(portal, days=1))
    with writing(portal.company.engines) as session, session.begin():
        portal.ctx(session).forget_reminders(RecordRef("core.person", 1), "t")
    with shifted(timedelta(days=3)):
        run_job(portal.company, render, REMINDERS)
    assert notices(portal) == 0


def test_job_is_due_again_only_after_its_interval(portal: Portal) -> None:
    with shifted(timedelta(hours=1)):
        run_job(portal.company, render, REMINDERS)
        assert REMINDERS not in due_jobs(portal.company)
        with shifted(timedelta(minutes=1)):
            assert REMINDERS in due_jobs(portal.company)
    with writing(portal.company.engines) as session:
        assert session.get(JobRun, REMINDERS) is not None


def test_notice_with_the_same_key_is_told_once_and_opening_marks_it_read(portal: Portal) -> None:
    with writing(portal.company.engines) as session, session.begin():
        ctx = portal.ctx(session)
        for _ in range(2):
            ctx.notify(Notice(to=portal.person("owner"), kind="t", text="Hello", url="/account", key="k"))
    browser = portal.browser("owner")
    assert notices(portal) == 1
    with writing(portal.company.engines) as session:
        notice_id = session.scalar(select(InboxNotice.id))
    assert portal.browser("stranger").post(f"/inbox/{notice_id}/open").status_code == 404
    assert browser.post(f"/inbox/{notice_id}/open").headers["location"] == "/account"
    with writing(portal.company.engines) as session:
        assert session.scalar(select(InboxNotice.read_at)) is not None


def test_job_of_a_module_that_went_off_after_it_was_due_is_left(portal: Portal) -> None:
    run_job(portal.company, render, "notes.count")
    assert "notes.count" not in due_jobs(portal.company)
