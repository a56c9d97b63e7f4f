"""Where a person may be named in passing: notices, mails that went out, answers kept for repetition, counted tries."""

import json
from collections.abc import Sequence

from sqlalchemy import Column, ColumnElement, Table, Text, cast, delete, or_, select

from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.records.models import Comment
from boxportal.kernel.tables import FormUse, RateCount
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import plain_table
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.personal import Fate, Held, Subject, escaped, plain_row, without_words

PLACES: Sequence[tuple[Table, tuple[str, ...], object]] = (
    (plain_table(InboxNotice), ("values", "url"), _l("Notices that name the person")),
    (plain_table(OutboxItem), ("payload", "last_error"), _l("Mails and other work that was sent or waits")),
    (plain_table(FormUse), ("body", "location"), _l("Answers kept for 48 hours, in case a program asks again")),
    (plain_table(RateCount), ("key",), _l("Counted tries to sign in")),
)


def naming(subject: Subject, columns: Sequence[Column[object]]) -> ColumnElement[bool] | None:
    """The condition that a column names the person; None for who is known by nothing."""
    spelled = {form for word in subject.sure_words for form in (word, json.dumps(word)[1:-1])}
    alike = [
        cast(column, Text).ilike(f"%{escaped(form)}%", escape="\\") for column in columns for form in sorted(spelled)
    ]
    return or_(*alike) if alike else None


def mentions(ctx: ReadCtx, subject: Subject) -> list[Held]:
    """What names the person, and goes."""
    found: list[Held] = []
    for table, names, title in PLACES:
        where = naming(subject, [table.c[name] for name in names])
        if where is not None:
            rows = [plain_row(row) for row in ctx.db.execute(select(table).where(where))]
            found.append(Held(id=f"{table.name}-named", title=title, rows=rows, fate=Fate.REMOVED))  # type: ignore[arg-type]
    return found


def erase_mentions(ctx: Ctx, subject: Subject, instead: str) -> None:
    """Delete what names the person in passing, and take the name out of comments on what stays."""
    for table, names, _title in PLACES:
        where = naming(subject, [table.c[name] for name in names])
        if where is not None:
            ctx.db.change(delete(table).where(where))
    for comment in comments_naming(ctx, subject):
        comment.text = without_words(comment.text, subject.sure_words, instead)
        comment.author_name = without_words(comment.author_name, subject.sure_words, instead)


def comments_naming(ctx: ReadCtx, subject: Subject) -> Sequence[Comment]:
    """Comments anywhere in whose text, or as whose author, the person stands."""
    table = plain_table(Comment)
    where = naming(subject, [table.c.text, table.c.author_name])
    return [] if where is None else ctx.db.scalars(select(Comment).where(where)).all()
