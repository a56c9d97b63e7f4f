"""Works the outbox off: claims due items with a lease, runs each in a transaction of its own, retries with back-off."""

import random
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select, update
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.services import Renderer, Services
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import Ctx
from boxportal.sdk.database import WriteSession
from boxportal.sdk.i18n import use_locale

log = structlog.get_logger()
LEASE = timedelta(seconds=60)
MOST_AT_ONCE = 50
ATTEMPTS = 12
LONGEST_WAIT = timedelta(hours=24)


async def work_outbox(company: Company, renderer: Renderer) -> int:
    """Do what is due now; returns how many items were tried."""
    due = await run_in_threadpool(due_items, company)
    for item_id in due:
        async with company.gate.passing():
            await run_in_threadpool(work_item, company, renderer, item_id)
    return len(due)


def due_items(company: Company) -> list[int]:
    """The ids of what is due and not claimed, oldest first. Topics of modules that are off wait."""
    now = utcnow()
    topics = list(company.snapshot.due)
    with read_session(company.engines) as db:
        free = or_(OutboxItem.leased_until.is_(None), OutboxItem.leased_until < now)
        ids = db.scalars(
            select(OutboxItem.id)
            .where(OutboxItem.state == "waiting", OutboxItem.due_at <= now, free, OutboxItem.topic.in_(topics))
            .order_by(OutboxItem.due_at, OutboxItem.id)
            .limit(MOST_AT_ONCE)
        )
        return list(ids)


def work_item(company: Company, renderer: Renderer, item_id: int) -> None:
    """Claim one item, run its handler, and mark it done in the handler's own transaction."""
    now = utcnow()
    with write_session(company.engines) as db:
        if not claim(db, item_id, now):
            return
    try:
        with write_session(company.engines) as db, use_locale(company.snapshot.info.language):
            item = db.get(OutboxItem, item_id)
            due = company.snapshot.due.get(item.topic) if item else None
            if item is None or due is None:
                return
            ctx = system_ctx(company, renderer, db, now)
            due.handler(ctx, item.payload)
            item.state, item.done_at, item.leased_until = "done", now, None
    except Exception as error:  # one failing item must not stop the others: it is tried again later
        log.exception("outbox item failed", company=company.name, item=item_id)
        with write_session(company.engines) as db:
            postpone(db, item_id, now, repr(error))
        return
    for act in ctx.after_commit:
        act()


def claim(db: WriteSession, item_id: int, now: datetime) -> bool:
    free = or_(OutboxItem.leased_until.is_(None), OutboxItem.leased_until < now)
    mine = update(OutboxItem).where(OutboxItem.id == item_id, OutboxItem.state == "waiting", free)
    return db.change(mine.values(leased_until=now + LEASE, attempts=OutboxItem.attempts + 1)) == 1


def postpone(db: WriteSession, item_id: int, now: datetime, error: str) -> None:
    """Try again later: a minute, two, four … a day, with jitter; after twelve tries it is a dead letter."""
    item = db.get(OutboxItem, item_id)
    if item is None:
        return
    wait = min(timedelta(minutes=2 ** (item.attempts - 1)), LONGEST_WAIT)
    item.due_at = now + wait * (1 + random.random() / 5)  # noqa: S311 jitter, no secret
    item.last_error, item.leased_until = error[:500], None
    if item.attempts >= ATTEMPTS:
        item.state = "dead"


def system_ctx(company: Company, renderer: Renderer, db: WriteSession, now: datetime) -> Ctx:
    """A context in which the system itself acts."""
    services = Services(company, company.snapshot, renderer)
    return Ctx(company=company.snapshot.info, actor=SYSTEM, now=now, services=services, db=db)
