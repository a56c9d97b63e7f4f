"""Puts notices into people's inboxes, once each, and tells their open screens."""

import secrets

from sqlalchemy import bindparam, func, select, update

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.identity.models import Person
from boxportal.kernel.notify.choices import wants_inbox
from boxportal.kernel.notify.models import InboxNotice
from boxportal.sdk.context import Ctx, Notice, ReadCtx
from boxportal.sdk.i18n import gettext

MAIL_TOPIC = "core.mail-notice"
UNREAD = (
    select(func.count())
    .select_from(InboxNotice)
    .where(InboxNotice.person_id == bindparam("person"), InboxNotice.read_at.is_(None))
)


def deliver(ctx: Ctx, notice: Notice, company: Company) -> InboxNotice | None:
    """Add a notice to the inbox, unless one with the same key is there or the person works here no more."""
    person = ctx.db.get(Person, notice.to)
    if person is None or person.state == "left":
        return None
    key = notice.key or secrets.token_hex(16)
    twin = select(InboxNotice.id).where(InboxNotice.person_id == notice.to, InboxNotice.key == key)
    if ctx.db.scalar(twin) is not None:
        return None
    row = InboxNotice(
        person_id=notice.to,
        key=key,
        kind=notice.kind,
        text=notice.text,
        values=dict(notice.values),
        url=notice.url,
        ref_kind=notice.ref.kind if notice.ref else "",
        ref_id=notice.ref.id if notice.ref else None,
        created_at=ctx.now,
    )
    seen = wants_inbox(ctx.db, notice.to, notice.kind)
    if not seen:  # kept as read, for the mail that may follow, and to be found again
        row.read_at = ctx.now
    ctx.db.add(row)
    ctx.db.flush()
    ctx.enqueue(MAIL_TOPIC, {"notice": row.id, "anyway": not seen})
    if seen:
        news = {"topic": "inbox", "notice": row.id}
        ctx.after_commit.append(lambda: company.broker.publish(f"inbox:{notice.to}", news))
    return row


def unread_count(ctx: ReadCtx) -> int:
    """How many notices the actor has not read."""
    return ctx.db.scalar(UNREAD.params(person=ctx.actor.id)) or 0


def unread_of(company: Company, person_id: int | None) -> int:
    """The same for a person whose screen is open, in a transaction of its own."""
    with read_session(company.engines) as db:
        return db.scalar(UNREAD.params(person=person_id)) or 0


def news_of(company: Company, person_id: int | None, notice_id: object) -> dict[str, str]:
    """The text and the address of a new notice, in the current language, for a screen that is open."""
    mine = select(InboxNotice).where(InboxNotice.person_id == person_id, InboxNotice.id == notice_id)
    with read_session(company.engines) as db:
        notice = db.scalar(mine)
    return {"text": gettext(notice.text, **notice.values), "url": notice.url or "/inbox"} if notice else {}


def mark_read(ctx: Ctx, company: Company, notice_id: int | None = None) -> None:
    """Mark one notice, or all, as read; all open screens of the person follow."""
    mine = update(InboxNotice).where(InboxNotice.person_id == ctx.actor.id, InboxNotice.read_at.is_(None))
    ctx.db.change((mine if notice_id is None else mine.where(InboxNotice.id == notice_id)).values(read_at=ctx.now))
    ctx.after_commit.append(lambda: company.broker.publish(f"inbox:{ctx.actor.id}", {"topic": "inbox"}))
