"""The kernel's own records that may be given a term."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select

from boxportal.kernel.identity.models import SignInSession
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.outbound.models import OutgoingCall
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.personal import Retention

Older = Callable[[datetime], tuple[ColumnElement[bool], ...]]


def plain_kind(id: str, title: Lazy, model: type[Any], older: Older) -> Retention:  # noqa: A002 what it is called there
    """A kind whose rows go by themselves."""

    def count(ctx: ReadCtx, before: datetime) -> int:
        return ctx.db.scalar(select(func.count()).select_from(model).where(*older(before))) or 0

    def remove(ctx: Ctx, before: datetime, most: int) -> int:
        ids = list(ctx.db.scalars(select(model.id).where(*older(before)).order_by(model.id).limit(most)))
        ctx.db.change(delete(model).where(model.id.in_(ids)))
        return len(ids)

    return Retention(id=id, title=title, count=count, remove=remove)


KEEPS = (
    plain_kind("core.inbox", _l("Notices in inboxes"), InboxNotice, lambda before: (InboxNotice.created_at < before,)),
    plain_kind(
        "core.sessions",
        _l("Devices that signed in so long ago: they must sign in again"),
        SignInSession,
        lambda before: (SignInSession.created_at < before,),
    ),
    plain_kind("core.outgoing", _l("The log of outgoing connections"), OutgoingCall,
               lambda before: (OutgoingCall.at < before,)),
    plain_kind("core.unsent", _l("Mails that were given up"), OutboxItem,
               lambda before: (OutboxItem.state == "dead", OutboxItem.created_at < before)),
)  # fmt: skip
