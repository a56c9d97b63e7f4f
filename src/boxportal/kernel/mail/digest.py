"""The daily mail: what came since the last one, in the person's language, with a link each."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from boxportal.kernel.identity.models import Person
from boxportal.kernel.mail.posting import Act, foot_of, let_sleep, sending
from boxportal.kernel.notify.digest import is_news
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.outbound.letters import MOST_SUBJECT, Letter
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.context import Mail, ReadCtx
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import ngettext, use_locale
from boxportal.sdk.names import clean_line

LINES = 50


def prepare_digest(ctx: ReadCtx, number: int, payload: Mapping[str, object]) -> Act | None:
    """Write the mail; None when all of it was read meanwhile, or the person works here no more.

    Raises: NotYet in the person's quiet hours.
    """
    person = ctx.db.get(Person, int(str(payload["person"])))
    if person is None or person.state != "active" or not ctx.can_mail:
        return None
    notices = unread_of(ctx, payload)
    if not notices:
        return None
    let_sleep(ctx, person)
    with use_locale(person.language):
        subject = ngettext("%(num)s notice from %(company)s", "%(num)s notices from %(company)s", len(notices),
                           num=len(notices), company=ctx.company.title)  # fmt: skip
        body = body_of(ctx, notices)
    mail = Mail(to=person.email, subject=clean_line(subject)[:MOST_SUBJECT], text=body)
    return sending(ctx, Letter(mail, sender_name=ctx.company.title), f"digest.{number}")


def unread_of(ctx: ReadCtx, payload: Mapping[str, object]) -> list[InboxNotice]:
    """Those of the notices that are still there and unread, the oldest first."""
    ids = payload["notices"]
    if not isinstance(ids, list):
        raise TypeError(ids)
    kinds = snapshot_of(ctx).notices
    found = ctx.db.scalars(select(InboxNotice).where(InboxNotice.id.in_(ids)).order_by(InboxNotice.id)).all()
    return [notice for notice in found if is_news(ctx.db, notice, kinds)]


def body_of(ctx: ReadCtx, notices: Sequence[InboxNotice]) -> str:
    parts = [
        f"{clean_line(_(notice.text, **notice.values))}\n{ctx.company.address}{notice.url or '/inbox'}"
        for notice in notices[:LINES]
    ]
    if (more := len(notices) - LINES) > 0:
        parts.append(
            ngettext("And %(num)s more:", "And %(num)s more:", more, num=more) + f"\n{ctx.company.address}/inbox"
        )
    return "\n\n".join([*parts, foot_of(ctx)])
