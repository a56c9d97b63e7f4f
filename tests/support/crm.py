"""Acts of the CRM as a person's browser does them, and looks into its tables."""

import html
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Select, select

from boxportal.kernel.database.engines import writing
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.web.render import render
from boxportal.kernel.work.recurring import run_job
from boxportal.modules.crm.models.leads import Lead
from boxportal.sdk.context import Ctx
from tests.support.portal import Browser, Portal

T = TypeVar("T")


def id_in(location: str) -> int:
    """The id of the record that a redirect leads to."""
    found = re.search(r"/(\d+)(?:[?#].*)?$", location)
    assert found is not None, location
    return int(found[1])


def make_lead(browser: Browser, **fields: object) -> int:
    answer = browser.post("/crm/leads/new", fields)
    assert answer.status_code == 303, answer.text
    return id_in(answer.headers["location"])


def make_deal(browser: Browser, **fields: object) -> int:
    answer = browser.post("/crm/deals/new", {"currency": "TZS", **fields})
    assert answer.status_code == 303, answer.text
    return id_in(answer.headers["location"])


def make_contact(browser: Browser, **fields: object) -> int:
    answer = browser.post("/crm/contacts/new", fields)
    assert answer.status_code == 303, answer.text
    return id_in(answer.headers["location"])


def make_company(browser: Browser, **fields: object) -> int:
    answer = browser.post("/crm/companies/new", fields)
    assert answer.status_code == 303, answer.text
    return id_in(answer.headers["location"])


def shown(text: str) -> str:
    """What a page says, without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@contextmanager
def acting(portal: Portal, who: str = "owner") -> Iterator[Ctx]:
    """A transaction in which one of the cast acts by the services."""
    with writing(portal.company.engines) as session, session.begin():
        yield portal.ctx(session, who)


def rows(portal: Portal, statement: Select[T]) -> Sequence[T]:
    with writing(portal.company.engines) as session:
        return session.scalars(statement).all()


def leads(portal: Portal) -> Sequence[Lead]:
    return rows(portal, select(Lead).order_by(Lead.id))


def notices_of(portal: Portal, who: str) -> list[str]:
    """The kinds of the notices in a person's inbox, oldest first."""
    mine = select(InboxNotice).where(InboxNotice.person_id == portal.person(who)).order_by(InboxNotice.id)
    return [notice.kind for notice in rows(portal, mine)]


def remind(portal: Portal) -> None:
    """Run the job that looks for unanswered leads."""
    run_job(portal.company, render, "crm.unanswered-leads")
