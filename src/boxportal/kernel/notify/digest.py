"""Gathers a day's notices for one mail: taken from the waiting ones and put into the outbox in one transaction."""

from sqlalchemy import select

from boxportal.kernel.notify.choices import Kinds, Way, mail_way
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.context import Ctx
from boxportal.sdk.database import ReadSession

DIGEST_TOPIC = "core.mail-digest"
PEOPLE, NOTICES = 100, 1000


def gather_due(ctx: Ctx) -> None:
    """For everybody whose hour has come: one mail with what waits for it."""
    due = select(InboxNotice.person_id).where(InboxNotice.digest_at <= ctx.now).distinct()
    kinds = snapshot_of(ctx).notices
    for person_id in ctx.db.scalars(due.order_by(InboxNotice.person_id).limit(PEOPLE)).all():
        gather(ctx, person_id, kinds)


def gather(ctx: Ctx, person_id: int, kinds: Kinds) -> None:
    mine = select(InboxNotice).where(InboxNotice.person_id == person_id, InboxNotice.digest_at <= ctx.now)
    waiting = ctx.db.scalars(mine.order_by(InboxNotice.id).limit(NOTICES).with_for_update(skip_locked=True)).all()
    told: list[int] = []
    for notice in waiting:
        notice.digest_at = None
        if is_news(ctx.db, notice, kinds):
            told.append(notice.id)
    if told:
        ctx.enqueue(DIGEST_TOPIC, {"person": person_id, "notices": told})


def is_news(db: ReadSession, notice: InboxNotice, kinds: Kinds) -> bool:
    """Whether a notice still belongs into a mail. What stays out of the inbox counts as read from the beginning."""
    was_read = notice.read_at is not None and notice.read_at != notice.created_at
    return not was_read and mail_way(db, notice.person_id, notice.kind, kinds) is not Way.OFF
