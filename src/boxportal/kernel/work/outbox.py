"""Works the outbox off: claims due items with a lease, runs each in a transaction of its own, retries with back-off.

What leaves the box (`Outgoing`) is done without a transaction and without the gate: claim, act, mark as done.
"""

import random
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from starlette.concurrency import run_in_threadpool

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.services import Renderer, Services
from boxportal.sdk.access import SYSTEM
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import ReadSession, WriteSession
from boxportal.sdk.errors import GiveUp, NotYet
from boxportal.sdk.i18n import use_locale
from boxportal.sdk.logs import get_logger
from boxportal.sdk.module import Outgoing

log = get_logger()
LEASE = timedelta(seconds=60)
OUTGOING_LEASE = timedelta(minutes=3)
MOST_AT_ONCE = 50
ATTEMPTS = 12
LONGEST_WAIT = timedelta(hours=24)


async def work_outbox(company: Company, renderer: Renderer) -> int:
    """Do what is due now; returns how many items were tried."""
    due = await run_in_threadpool(due_items, company, company.snapshot.due)
    for item_id in due:
        async with company.gate.passing():
            await run_in_threadpool(work_item, company, renderer, item_id)
    return len(due)


async def send_outgoing(company: Company, renderer: Renderer) -> int:
    """Send what is due now, one by one; returns how many items were tried."""
    due = await run_in_threadpool(due_items, company, company.snapshot.outgoing)
    for item_id in due:
        async with company.gate.passing():
            mine = await run_in_threadpool(claim_outgoing, company, item_id)
        if mine:
            error = await run_in_threadpool(act_on, company, renderer, item_id)
            async with company.gate.passing():
                await run_in_threadpool(settle, company, renderer, item_id, error)
    return len(due)


def claim_outgoing(company: Company, item_id: int) -> bool:
    with write_session(company.engines) as db:
        return claim(db, item_id, utcnow(), OUTGOING_LEASE)


def act_on(company: Company, renderer: Renderer, item_id: int) -> Exception | None:
    """Prepare in a read transaction, end it, and only then act. Returns what went wrong."""
    try:
        act = prepared(company, renderer, item_id)
        if act is not None:
            with use_locale(company.snapshot.info.language):
                act()
    except (GiveUp, NotYet) as error:
        return error
    except Exception as error:  # noqa: BLE001 one failing item must not stop the others: it is tried again later
        log.warning("outgoing item failed", company=company.name, item=item_id, error=repr(error))
        return error
    return None


def prepared(company: Company, renderer: Renderer, item_id: int) -> Callable[[], None] | None:
    with read_session(company.engines) as db, use_locale(company.snapshot.info.language):
        item = db.get(OutboxItem, item_id)
        outgoing = company.snapshot.outgoing.get(item.topic) if item else None
        if item is None or outgoing is None:
            return None
        return outgoing.prepare(reading_ctx(company, renderer, db), item.id, item.payload)


def settle(company: Company, renderer: Renderer, item_id: int, error: Exception | None) -> None:
    """Mark an outgoing item: done (and forget what need not be kept), for later, or dead."""
    now = utcnow()
    with write_session(company.engines) as db, use_locale(company.snapshot.info.language):
        item = db.get(OutboxItem, item_id)
        outgoing = company.snapshot.outgoing.get(item.topic) if item else None
        if item is None or outgoing is None:
            return
        ctx = system_ctx(company, renderer, db, now)
        if error is None:
            item.state, item.done_at, item.leased_until, item.last_error = "done", now, None, ""
        elif isinstance(error, NotYet):
            item.due_at, item.leased_until, item.attempts = error.due, None, item.attempts - 1
        else:
            postpone(db, item_id, now, str(error) or repr(error), for_good=isinstance(error, GiveUp))
        if item.state == "dead" and outgoing.failed:
            outgoing.failed(ctx, item.payload, item.last_error)
        if item.state == "done":
            item.payload = without(item.payload, outgoing)
    for act in ctx.after_commit:
        act()


def without(payload: Mapping[str, object], outgoing: Outgoing) -> dict[str, object]:
    return {name: value for name, value in payload.items() if name not in outgoing.forget}


def due_items(company: Company, topics: Collection[str]) -> list[int]:
    """The ids of what is due and not claimed, oldest first. Topics of modules that are off wait."""
    now = utcnow()
    with read_session(company.engines) as db:
        free = or_(OutboxItem.leased_until.is_(None), OutboxItem.leased_until < now)
        ids = db.scalars(
            select(OutboxItem.id)
            .where(OutboxItem.state == "waiting", OutboxItem.due_at <= now, free, OutboxItem.topic.in_(list(topics)))
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


def claim(db: WriteSession, item_id: int, now: datetime, lease: timedelta = LEASE) -> bool:
    free = or_(OutboxItem.leased_until.is_(None), OutboxItem.leased_until < now)
    mine = update(OutboxItem).where(OutboxItem.id == item_id, OutboxItem.state == "waiting", free)
    return db.change(mine.values(leased_until=now + lease, attempts=OutboxItem.attempts + 1)) == 1


def postpone(db: WriteSession, item_id: int, now: datetime, error: str, *, for_good: bool = False) -> None:
    """Try again later: a minute, two, four … a day, with jitter; after twelve tries it is a dead letter."""
    item = db.get(OutboxItem, item_id)
    if item is None:
        return
    wait = min(timedelta(minutes=2 ** (item.attempts - 1)), LONGEST_WAIT)
    item.due_at = now + wait * (1 + random.random() / 5)  # noqa: S311 jitter, no secret
    item.last_error, item.leased_until = error[:500], None
    if for_good or item.attempts >= ATTEMPTS:
        item.state = "dead"


def reading_ctx(company: Company, renderer: Renderer, db: ReadSession) -> ReadCtx:
    """A context in which the system itself only reads."""
    services = Services(company, company.snapshot, renderer)
    return ReadCtx(company=company.snapshot.info, actor=SYSTEM, now=utcnow(), services=services, db=db)


def system_ctx(company: Company, renderer: Renderer, db: WriteSession, now: datetime) -> Ctx:
    """A context in which the system itself acts."""
    services = Services(company, company.snapshot, renderer)
    return Ctx(company=company.snapshot.info, actor=SYSTEM, now=now, services=services, db=db)
