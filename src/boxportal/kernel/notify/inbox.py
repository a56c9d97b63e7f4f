"""Puts notices into people's inboxes, once each, and tells their open screens."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, insert, or_, select, update

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.identity.models import Person
from boxportal.kernel.notify.models import InboxNotice, NoticeChoice, NoticeTimes
from boxportal.kernel.notify.times import MAIL_TOPIC, MORNING, Times
from boxportal.sdk.context import Ctx, Notice, ReadCtx
from boxportal.sdk.database import ReadSession, plain_table
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

# How a person takes a kind of notice, and whether they were told this one: one statement for each notice.
ADD = insert(plain_table(InboxNotice))
_person, _notice = plain_table(Person).c, plain_table(InboxNotice).c
_times, _choice = plain_table(NoticeTimes).c, plain_table(NoticeChoice).c
TAKER = (
    select(
        _person.timezone, _times.quiet_from, _times.quiet_until, _times.digest_at,
        _choice.inbox, _choice.mail, _choice.daily,
        exists().where(_notice.person_id == _person.id, _notice.key == bindparam("key")).label("is_told"),
    )
    .select_from(plain_table(Person))
    .outerjoin(plain_table(NoticeTimes), _times.person_id == _person.id)
    .outerjoin(plain_table(NoticeChoice), and_(_choice.person_id == _person.id, _choice.kind == bindparam("kind")))
    .where(_person.id == bindparam("person"), _person.state != "left")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """How many notices a person has not read, the number of the newest of all, and whether one leads to their page."""

    unread: int = 0
    seq: int = 0
    is_here: bool = False


def deliver(ctx: Ctx, notice: Notice, company: Company) -> None:
    """Add a notice to the inbox, unless one with the same key is there or the person works here no more."""
    key = notice.key or secrets.token_hex(16)
    ctx.db.flush()
    taker = ctx.db.execute(TAKER, {"person": notice.to, "kind": notice.kind, "key": key}).first()
    if taker is None or taker.is_told:
        return
    times = Times(
        taker.timezone, taker.quiet_from, taker.quiet_until, MORNING if taker.digest_at is None else taker.digest_at
    )  # fmt: skip
    seen, is_daily = taker.inbox is not False, bool(taker.mail and taker.daily)
    row = {
        "person_id": notice.to,
        "key": key,
        "kind": notice.kind,
        "text": notice.text,
        "values": dict(notice.values),
        "url": notice.url,
        "ref_kind": notice.ref.kind if notice.ref else "",
        "ref_id": notice.ref.id if notice.ref else None,
        "created_at": ctx.now,
        "read_at": None if seen else ctx.now,  # for the mail that may follow, and to be found again
        "digest_at": times.next_digest(ctx.now) if is_daily else None,
        "is_silent": not notice.urgent and times.quiet_end(ctx.now) is not None,
    }
    number = ctx.db.insert(ADD, row)
    if notice.instead_of:
        replaced = update(InboxNotice).where(
            InboxNotice.person_id == notice.to, InboxNotice.key.in_(notice.instead_of), InboxNotice.read_at.is_(None)
        )
        ctx.db.change(replaced.values(read_at=ctx.now))
    if not is_daily:
        ctx.enqueue(MAIL_TOPIC, {"notice": number, "anyway": not seen, "urgent": notice.urgent})
    if seen:
        news = {"topic": "inbox", "notice": number, "ref": str(notice.ref) if notice.ref else ""}
        ctx.after_commit.append(lambda: company.broker.publish(f"inbox:{notice.to}", news))


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
