"""Comments: written by whoever sees the record; a mention tells only who may see it too."""

import re
from dataclasses import dataclass

from sqlalchemy import select

from boxportal.kernel.records.models import Comment
from boxportal.kernel.records.reach import may_see, require_visible, title_of
from boxportal.sdk.context import Ctx, Notice, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, NotPermitted
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.people import person

LONGEST = 10_000
MENTION = re.compile(r"@\[([^\]\n]{1,200})\]|@([\w.+-]{2,60})")
MOST_MENTIONS = 30


@dataclass(frozen=True, slots=True)
class Written:
    """A new comment, and whom it named in vain because they may not see the record."""

    comment: Comment
    not_told: tuple[str, ...]


def write_comment(ctx: Ctx, ref: RecordRef, text: str) -> Written:
    """Put a comment on a record and tell those whom it mentions: `@[Full Name]`, or `@start-of-address`.

    Raises: NotFound, Invalid (empty or too long).
    """
    require_visible(ctx, ref)
    text = text.strip()
    if not text:
        raise Invalid({"text": _("Type a comment.")})
    if len(text) > LONGEST:
        raise Invalid({"text": _("Use at most %(most)d characters.", most=LONGEST)})
    comment = Comment(
        kind=ref.kind,
        record_id=ref.id,
        author_id=ctx.actor.id,
        author_name=ctx.actor.name,
        text=text,
        created_at=ctx.now,
    )
    ctx.db.add(comment)
    ctx.db.flush()
    return Written(comment, tell_mentioned(ctx, ref, comment))


def tell_mentioned(ctx: Ctx, ref: RecordRef, comment: Comment) -> tuple[str, ...]:
    title = title_of(ctx, ref)
    not_told = []
    for person_id, name in mentioned(ctx, comment.text):
        if person_id == ctx.actor.id:
            continue
        if not may_see(ctx, person_id, ref):
            not_told.append(name)
            continue
        ctx.notify(
            Notice(
                to=person_id,
                kind="core.mention",
                text=_n("%(who)s mentioned you: %(title)s"),
                values={"who": ctx.actor.name, "title": title},
                url=f"{ctx.services.address(ref)}#comment-{comment.id}",
                ref=ref,
                key=f"mention:{comment.id}",
                urgent=True,
            )
        )
    return tuple(not_told)


def mentioned(ctx: ReadCtx, text: str) -> list[tuple[int, str]]:
    """Ids and names of the active people that a text mentions; a name that fits nobody is plain text."""
    found: dict[int, str] = {}
    for full, short in MENTION.findall(text)[:MOST_MENTIONS]:
        fits = person.c.name == full if full else person.c.email.startswith(f"{short.casefold()}@", autoescape=True)
        rows = ctx.db.execute(select(person.c.id, person.c.name).where(fits, person.c.state == "active").limit(2)).all()
        if len(rows) == 1:
            found[rows[0][0]] = rows[0][1]
    return list(found.items())


def remove_comment(ctx: Ctx, comment_id: int) -> RecordRef:
    """Take a comment away: its author may, and an administrator.

    Raises: NotFound, NotPermitted.
    """
    comment = one(ctx.db, select(Comment).where(Comment.id == comment_id, Comment.removed_at.is_(None)))
    ref = RecordRef(comment.kind, comment.record_id)
    require_visible(ctx, ref)
    if comment.author_id != ctx.actor.id and not ctx.actor.is_admin:
        raise NotPermitted
    comment.removed_at = ctx.now
    return ref
