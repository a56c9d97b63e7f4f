"""Many reminders come due and the server dies again and again: each is told once, and mailed, under one Message-ID."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from tests.support.mail_server import MailServer, serving
from tests.support.server import Server

from boxportal.kernel.companies import Box, Company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.jobs.models import Reminder
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.outbound.letters import MailSettings
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.tables import Setting
from boxportal.sdk.clock import utcnow

pytestmark = [pytest.mark.slow, pytest.mark.modules()]
REMINDERS, KILLS = int(os.environ.get("REMINDERS", "60")), int(os.environ.get("REMINDER_KILLS", "6"))
SEED = int(os.environ.get("KILL_SEED", "11"))
PATIENCE = 120 + REMINDERS


def prepare(company: Company, owner: int, port: int) -> None:
    """Reminders that are all due now, and a mail server."""
    mail = MailSettings(host="127.0.0.1", port=port, security="none", sender="portal@acme.example")
    due = utcnow() - timedelta(hours=1)
    with write_session(company.engines) as db:
        db.add(Setting(key="core.MailSettings", value=mail.model_dump()))
        for n in range(REMINDERS):
            db.add(Reminder(kind="core.person", record_id=owner, topic=f"t{n}", person_id=owner, text=f"Call {n}.",
                            due_at=due, created_at=due))  # fmt: skip


def pass_time(company: Company) -> None:
    """As if what the dead server had claimed were long past its lease."""
    with write_session(company.engines) as db:
        db.change(update(OutboxItem).values(leased_until=None).where(OutboxItem.state == "waiting"))


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "too late"
        time.sleep(0.05)


def waiting(company: Company) -> int:
    """What is not told or not mailed yet."""
    with read_session(company.engines) as db:
        untold = db.scalar(select(func.count()).select_from(Reminder).where(Reminder.done_at.is_(None))) or 0
        unsent = db.scalar(select(func.count()).select_from(OutboxItem).where(OutboxItem.state == "waiting")) or 0
    return untold + unsent


def kill_again_and_again(server: Server, company: Company, mails: MailServer) -> None:
    """A third of the kills come soon after the start, the others spread over the mails."""
    chance = random.Random(SEED)  # noqa: S311 moments to kill at are no secrets
    for n in range(KILLS):
        server.start()
        if n >= KILLS // 3:
            share = REMINDERS * (n - KILLS // 3) // KILLS
            until(lambda share=share: len(mails.got) > share)  # type: ignore[misc]  # bound at once
        time.sleep(chance.uniform(0, 1.0 if n < KILLS // 3 else 0.2))
        server.kill()
        pass_time(company)


def test_reminders_are_told_once_and_mailed_under_one_id_whatever_dies(server: Server) -> None:
    company = Box.open(server.data).get(None)
    with serving() as mails:
        prepare(company, server.cast["owner"], mails.port)
        kill_again_and_again(server, company, mails)
        server.start()
        until(lambda: waiting(company) == 0)
        server.stop()
    with read_session(company.engines) as db:
        told = Counter(str(notice.values["text"]) for notice in db.scalars(select(InboxNotice)))
        states = Counter(db.scalars(select(OutboxItem.state)))
    company.engines.dispose()
    assert told == Counter(f"Call {n}." for n in range(REMINDERS))
    assert set(states) == {"done"}
    ids: dict[str, set[str]] = {}
    for mail in mails.got:
        ids.setdefault(str(mail["Subject"]), set()).add(str(mail["Message-ID"]))
    assert ids.keys() == told.keys()
    assert [subject for subject, several in ids.items() if len(several) != 1] == []
    assert len({next(iter(several)) for several in ids.values()}) == REMINDERS
    assert len(mails.got) <= REMINDERS + KILLS, "a kill repeats the one mail that was under way, and no other"
    print(f"{REMINDERS} reminders, {KILLS} kills, {len(mails.got) - REMINDERS} mails twice")
