"""Puts notices into people's inboxes, once each, and tells their open screens."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, exists, func, or_, select, update

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.identity.models import Person
from boxportal.kernel.notify.choices import Way, mail_way, wants_inbox
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.notify.times import MAIL_TOPIC, times_of
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.context import Ctx, Notice, ReadCtx
from boxportal.sdk.database import ReadSession
from boxportal.sdk.i18n import gettext, ngettext

News = dict[str, object]
MOST_MISSED = 100

MINE = InboxNotice.person_id == bindparam("person")
UNREAD = select(func.count()).select_from(InboxNotice).where(MINE, InboxNotice.read_at.is_(None))
# Of a page, or of a place in it; `place` is as long as the page's own address with a mark behind it.
LEADS_HERE = or_(
    InboxNotice.url == bindparam("path"),
    func.substr(InboxNotice.url, 1, bindparam("length")).in_([bindparam("place"), bindparam("asked")]),
)
STANDING = select(
    UNREAD.scalar_subquery().label("unread"),
    select(func.coalesce(func.max(InboxNotice.id), 0)).where(MINE).scalar_subquery().label("seq"),
    exists().where(MINE, InboxNotice.read_at.is_(None), LEADS_HERE).label("is_here"),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How many notices a person has not read, the number of the newest of all, and whether one leads to their page."""

    unread: int = 0
    seq: int = 0
    is_here: bool = False


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
    times = times_of(ctx.db, person)
    row.is_silent = not notice.urgent and times.quiet_end(ctx.now) is not None
    is_daily = mail_way(ctx.db, notice.to, notice.kind, snapshot_of(ctx).notices) is Way.DAILY
    row.digest_at = times.next_digest(ctx.now) if is_daily else None
    seen = wants_inbox(ctx.db, notice.to, notice.kind)
    if not seen:  # kept as read, for the mail that may follow, and to be found again
        row.read_at = ctx.now
    ctx.db.add(row)
    ctx.db.flush()
    if notice.instead_of:
        replaced = update(InboxNotice).where(
            InboxNotice.person_id == notice.to, InboxNotice.key.in_(notice.instead_of), InboxNotice.read_at.is_(None)
        )
        ctx.db.change(replaced.values(read_at=ctx.now))
    if not is_daily:
        ctx.enqueue(MAIL_TOPIC, {"notice": row.id, "anyway": not seen, "urgent": notice.urgent})
    if seen:
        news = {"topic": "inbox", "notice": row.id, "ref": str(notice.ref) if notice.ref else ""}
        ctx.after_commit.append(lambda: company.broker.publish(f"inbox:{notice.to}", news))
    return row


def standing_of(ctx: ReadCtx) -> Standing:
    """How the actor's inbox stands, for the page that they ask for."""
    return standing_in(ctx.db, ctx.actor.id, ctx.origin.path)


def standing_in(db: ReadSession, person_id: int | None, path: str = "") -> Standing:
    values = {"person": person_id, "path": path, "length": len(path) + 1, "place": f"{path}#", "asked": f"{path}?"}
    return Standing(*db.rows(STANDING, values)[0])


def news_of(company: Company, person_id: int | None, *, notice: object = None, since: int | None = None) -> News:
    """How the inbox of a person stands, in a transaction of its own, and what a screen that is open says of it.

    That is the text and the address of a new notice, or of what came after the notice `since`: of one the notice, of
    several their number. What came in quiet hours is not said. In the current language.
    """
    said = select(InboxNotice).where(MINE, InboxNotice.read_at.is_(None), InboxNotice.is_silent.is_(False))
    with read_session(company.engines) as db:
        standing = standing_in(db, person_id)
        news: News = {"unread": standing.unread, "seq": standing.seq}
        if notice is not None:
            found = db.execute(said.where(InboxNotice.id == notice), {"person": person_id}).scalars().all()
        elif since is not None and since < standing.seq:
            missed = said.where(InboxNotice.id > since).order_by(InboxNotice.id.desc()).limit(MOST_MISSED)
            found = db.execute(missed, {"person": person_id}).scalars().all()
        else:
            return news
    return news | words_for(found)


def words_for(found: Sequence[InboxNotice]) -> News:
    if not found:
        return {}
    if len(found) == 1:
        return {"text": gettext(found[0].text, **found[0].values), "url": found[0].url or "/inbox"}
    text = ngettext("%(num)s new notice in your inbox.", "%(num)s new notices in your inbox.", len(found),
                    num=len(found))  # fmt: skip
    return {"text": text, "url": "/inbox"}


def leads_to(path: str) -> ColumnElement[bool]:
    """Notices of a page, or of a place in it."""
    places = (InboxNotice.url.startswith(f"{path}{mark}", autoescape=True) for mark in "#?")
    return or_(InboxNotice.url == path, *places)


def mark_read(ctx: Ctx, company: Company, notice_id: int | None = None, *, path: str = "") -> None:
    """Mark one notice, those that lead to the page at `path`, or all, as read; the person's open screens follow."""
    mine = update(InboxNotice).where(InboxNotice.person_id == ctx.actor.id, InboxNotice.read_at.is_(None))
    if path:
        mine = mine.where(leads_to(path))
    if notice_id is not None:
        mine = mine.where(InboxNotice.id == notice_id)
    ctx.db.change(mine.values(read_at=ctx.now))
    ctx.after_commit.append(lambda: company.broker.publish(f"inbox:{ctx.actor.id}", {"topic": "inbox"}))
