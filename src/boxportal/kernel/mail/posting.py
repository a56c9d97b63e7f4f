"""Sends what waits in the outbox as mail: modules' own mails, and notices to people who want them so."""

import hashlib
from collections.abc import Callable, Mapping

from boxportal.kernel.companies import Company
from boxportal.kernel.identity.models import Person
from boxportal.kernel.mail.settings import password_of
from boxportal.kernel.notify.choices import Way, mail_way
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.notify.times import times_of
from boxportal.kernel.outbound import smtp
from boxportal.kernel.outbound.letters import MOST_SUBJECT, Letter, MailSettings, compose, unpack
from boxportal.kernel.running import company_of, snapshot_of
from boxportal.sdk.context import Ctx, Mail, Notice, ReadCtx
from boxportal.sdk.errors import NotReached, NotYet
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.i18n import use_locale
from boxportal.sdk.names import clean_line

FAILED = "core.mail-failed"
Act = Callable[[], None]


def prepare_mail(ctx: ReadCtx, number: int, payload: Mapping[str, object]) -> Act:
    """Open a waiting mail, and return the act that sends it."""
    return sending(ctx, unpack(payload, company_of(ctx).vault), f"mail.{number}")


def prepare_notice(ctx: ReadCtx, _number: int, payload: Mapping[str, object]) -> Act | None:
    """Write a notice as mail, in the person's language; None when nobody waits for it (any more).

    Raises: NotYet in the person's quiet hours.
    """
    notice = ctx.db.get(InboxNotice, int(str(payload["notice"])))
    person = ctx.db.get(Person, notice.person_id) if notice else None
    if notice is None or person is None or person.state != "active" or not ctx.can_mail:
        return None
    read_already = notice.read_at is not None and not payload.get("anyway")
    if read_already or mail_way(ctx.db, person.id, notice.kind, snapshot_of(ctx).notices) is Way.OFF:
        return None
    if not payload.get("urgent"):
        let_sleep(ctx, person)
    with use_locale(person.language):
        text = clean_line(_(notice.text, **notice.values))
        link = ctx.company.address + (notice.url or "/inbox")
        body = f"{text}\n\n{link}\n\n{foot_of(ctx)}"
    mail = Mail(to=person.email, subject=text[:MOST_SUBJECT], text=body)
    return sending(ctx, Letter(mail, sender_name=ctx.company.title), f"notice.{notice.id}")


def let_sleep(ctx: ReadCtx, person: Person) -> None:
    """Raises: NotYet in the person's quiet hours."""
    if (end := times_of(ctx.db, person).quiet_end(ctx.now)) is not None:
        raise NotYet(end)


def foot_of(ctx: ReadCtx) -> str:
    """Why somebody gets this mail, and where they choose."""
    foot = _("You get this mail as a notice of %(company)s. Choose what is mailed:", company=ctx.company.title)
    return f"-- \n{foot}\n{ctx.company.address}/account/notifications\n"


def sending(ctx: ReadCtx, letter: Letter, number: str) -> Act:
    """The act that sends a letter; it needs no database any more.

    Raises: NotReached when no mail server is set now.
    """
    settings, company = ctx.settings(MailSettings), company_of(ctx)
    if not settings.is_set:
        raise NotReached(_("No mail server is set."))
    by = smtp.Sending(settings, password_of(settings, company.vault), company.guarded_ports, company.book)
    message = compose(letter, settings, f"{number}.{mark_of(company)}", ctx.now)

    def act() -> None:
        smtp.send(message, by)

    return act


def mark_of(company: Company) -> str:
    """Tells this company's Message-IDs from those of another whose rows have the same numbers."""
    return hashlib.sha256(b"message-id:" + company.key).hexdigest()[:12]


def tell_sender(ctx: Ctx, payload: Mapping[str, object], why: str) -> None:
    """A mail that can't be sent is no silent loss: who sent it is told."""
    by = int(str(payload.get("by", 0)))
    if by:
        values = {"to": str(payload["to"]), "subject": str(payload["subject"]), "why": why[:200]}
        text = _n("The mail “%(subject)s” to %(to)s could not be sent: %(why)s")
        ctx.notify(Notice(to=by, kind=FAILED, text=text, values=values))
