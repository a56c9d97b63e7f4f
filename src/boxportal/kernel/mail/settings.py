"""The company's mail server: set by an administrator, tried out before it is trusted."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from boxportal.kernel.outbound import smtp
from boxportal.kernel.outbound.guard import MAX_PORT
from boxportal.kernel.outbound.letters import Letter, MailSettings, compose, is_address
from boxportal.kernel.outbox.models import OutboxItem
from boxportal.kernel.running import company_of
from boxportal.kernel.secrets import Place, Vault
from boxportal.kernel.settings import save_setting
from boxportal.sdk.context import AuditEntry, Ctx, Mail, ReadCtx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _

PASSWORD = Place("core_setting", "value", "core.MailSettings.password")
SECURITY = ("starttls", "tls", "none")
PORTS = {"starttls": 587, "tls": 465, "none": 25}
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
MOST_SECRET = 500
MAIL_TOPICS = ("core.mail", "core.mail-notice", "core.mail-digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailWish:
    """What an administrator enters. An empty password keeps the one that is there."""

    host: str
    port: str
    security: str
    user: str
    password: str
    sender: str


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A mail that could not be sent."""

    id: int
    to: str
    subject: str
    error: str
    created_at: datetime


def password_of(settings: MailSettings, vault: Vault) -> str:
    """Raises: RuleBroken when it was sealed with another key."""
    return vault.open(settings.password, PASSWORD) if settings.password else ""


def set_mail_server(ctx: Ctx, wish: MailWish) -> None:
    """Keep the settings; without a host mail is off. From now on nothing else in the own network may be reached.

    Raises: Invalid.
    """
    old = ctx.settings(MailSettings)
    new = checked(wish, old) if wish.host.strip() else MailSettings()
    if wish.host.strip() and wish.user.strip() and wish.password:
        new.password = company_of(ctx).vault.seal(wish.password, PASSWORD)
    save_setting(ctx.db, new)
    ctx.audit(AuditEntry(action="core.mail.edit", before=shown(old), after=shown(new)))


def checked(wish: MailWish, old: MailSettings) -> MailSettings:
    """Raises: Invalid, for all fields at once."""
    host, port, user = wish.host.strip(), wish.port.strip(), wish.user.strip()
    rules = {
        "host": (HOST.fullmatch(host), _("Type a name or an address, such as mail.example.org.")),
        "port": (is_port(port), _("A port is a number from 1 to 65535.")),
        "security": (wish.security in SECURITY, _("Choose how the connection is protected.")),
        "sender": (is_address(wish.sender.strip()), _("This is not an e-mail address.")),
        "user": (is_sendable(user), _("This holds characters that can't be sent.")),
        "password": (is_sendable(wish.password), _("This holds characters that can't be sent.")),
    }
    wrong: dict[str, object] = {name: text for name, (good, text) in rules.items() if not good}
    # A kept password is never sent to another server than the one that it was entered for.
    same = (host, port, wish.security, user) == (old.host, str(old.port), old.security, old.user)
    keeps = bool(old.password) and same
    if user and not wish.password and not keeps:
        wrong["password"] = _("Enter the password for this server and user.")
    if wrong:
        raise Invalid(wrong)
    return MailSettings(host=host, port=int(port), security=wish.security, user=user, sender=wish.sender.strip(),
                        password=old.password if user and not wish.password else "")  # fmt: skip


def is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_PORT)) and 0 < int(text) <= MAX_PORT


def is_sendable(text: str) -> bool:
    return len(text) <= MOST_SECRET and text.isprintable()


def shown(settings: MailSettings) -> dict[str, object]:
    """What the audit log may know: that there is a password, not which."""
    values = settings.model_dump()
    return values | {"password": "set" if settings.password else ""}


@dataclass(frozen=True, slots=True)
class Trial:
    """A test mail that is ready to go: sent outside any transaction."""

    by: smtp.Sending
    letter: Letter
    at: datetime

    def send(self) -> str:
        """Send it and return what the server answered.

        Raises: NotReached, GiveUp.
        """
        number = f"test.{int(self.at.timestamp())}"
        return smtp.send(compose(self.letter, self.by.settings, number, self.at), self.by)


def prepare_trial(ctx: Ctx, to: str) -> Trial:
    """Raises: Invalid; RuleBroken when the password can't be opened."""
    settings, company = ctx.settings(MailSettings), company_of(ctx)
    if not is_address(to.strip()):
        raise Invalid({"to": _("This is not an e-mail address.")})
    if not settings.is_set:
        raise Invalid({"": _("Save a mail server first.")})
    text = _("This is a test. The mail server of %(company)s works.", company=ctx.company.title)
    subject = _("A test from %(company)s", company=ctx.company.title)
    ctx.audit(
        AuditEntry(action="core.mail.test", after={"to": to.strip(), "host": settings.host, "port": settings.port})
    )
    mail = Mail(to=to.strip(), subject=subject, text=text + "\n")
    letter = Letter(mail, sender_name=ctx.company.title)
    by = smtp.Sending(settings, password_of(settings, company.vault), company.guarded_ports, company.book)
    return Trial(by, letter, ctx.now)


def count_waiting(ctx: ReadCtx) -> int:
    waiting = select(func.count()).where(OutboxItem.topic.in_(MAIL_TOPICS), OutboxItem.state == "waiting")
    return ctx.db.scalar(waiting) or 0


def list_undelivered(ctx: ReadCtx) -> list[Undelivered]:
    dead = select(OutboxItem).where(OutboxItem.topic == MAIL_TOPICS[0], OutboxItem.state == "dead")
    rows = ctx.db.scalars(dead.order_by(OutboxItem.id.desc()).limit(50))
    return [
        Undelivered(r.id, str(r.payload.get("to", "")), str(r.payload.get("subject", "")), r.last_error, r.created_at)
        for r in rows
    ]


def send_again(ctx: Ctx, item_id: int) -> None:
    """Try a dead mail again from the start."""
    mine = update(OutboxItem).where(
        OutboxItem.id == item_id, OutboxItem.topic == MAIL_TOPICS[0], OutboxItem.state == "dead"
    )
    ctx.db.change(mine.values(state="waiting", attempts=0, due_at=ctx.now))
    ctx.audit(AuditEntry(action="core.mail.again", after={"item": item_id}))
