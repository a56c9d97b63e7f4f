"""A mail on its way: checked when written, sealed while it waits in the outbox, a MIME message when it leaves."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from pydantic import BaseModel, ConfigDict

from boxportal.kernel.secrets import Place, Vault
from boxportal.sdk.context import Attachment, Mail
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.mailaddr import MailAddressError, parse_address

TOPIC = "core.mail"
MOST_ATTACHED = 15 * 1024 * 1024
MOST_SUBJECT = 300
MOST_TEXT = 200_000
WAITING = Place("core_outbox", "payload", "mail")


class MailSettings(BaseModel):
    """The company's mail server. Without a host nothing is sent. The password is sealed."""

    model_config = ConfigDict(extra="ignore")
    host: str = ""
    port: int = 587
    security: str = "starttls"
    user: str = ""
    password: str = ""
    sender: str = ""

    @property
    def is_set(self) -> bool:
        return bool(self.host and self.sender)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it waits: `by` is the person who caused it, 0 for the system."""

    mail: Mail
    by: int = 0
    sender_name: str = field(default="")


def check_mail(mail: Mail) -> None:
    """Refuse what can't be sent, above all line breaks in what becomes a header (CWE-93).

    Raises: Invalid.
    """
    wrong: dict[str, object] = {}
    if not is_address(mail.to):
        wrong["to"] = _("This is not an e-mail address.")
    if mail.reply_to and not is_address(mail.reply_to):
        wrong["reply_to"] = _("This is not an e-mail address.")
    if not mail.subject.strip() or not mail.subject.isprintable() or len(mail.subject) > MOST_SUBJECT:
        wrong["subject"] = _("A subject is one line of up to 300 characters.")
    if len(mail.text) > MOST_TEXT:
        wrong["text"] = _("This text is too long for a mail.")
    names = [name for a in mail.attachments for name in (a.name, a.media_type)]
    if not all(name.isprintable() and name for name in names):
        wrong["attachments"] = _("A file's name can't hold line breaks.")
    elif sum(len(a.content) for a in mail.attachments) > MOST_ATTACHED:
        wrong["attachments"] = _("The files are too large for a mail: 15 MB together at most.")
    if wrong:
        raise Invalid(wrong)


def is_address(text: str) -> bool:
    try:
        return parse_address(text).address.isascii()
    except MailAddressError:
        return False


def pack(letter: Letter, vault: Vault) -> dict[str, object]:
    """The outbox item's payload. The text is sealed: it may hold a link that lets its reader in."""
    files = [[a.name, a.media_type, base64.b64encode(a.content).decode()] for a in letter.mail.attachments]
    text = vault.seal(json.dumps(letter.mail.text), WAITING)
    mail = letter.mail
    return {"to": mail.to, "subject": mail.subject, "text": text, "reply_to": mail.reply_to, "files": files,
            "by": letter.by, "sender_name": letter.sender_name}  # fmt: skip


def unpack(payload: Mapping[str, object], vault: Vault) -> Letter:
    """Read what `pack` wrote.

    Raises: RuleBroken when the box's key changed meanwhile.
    """
    files = payload["files"]
    if not isinstance(files, list):
        raise TypeError(files)
    mail = Mail(
        to=str(payload["to"]),
        subject=str(payload["subject"]),
        text=str(json.loads(vault.open(str(payload["text"]), WAITING))),
        reply_to=str(payload["reply_to"]),
        attachments=tuple(Attachment(name, kind, base64.b64decode(content)) for name, kind, content in files),
    )
    return Letter(mail, int(str(payload["by"])), str(payload["sender_name"]))


def compose(letter: Letter, settings: MailSettings, number: str, at: datetime) -> EmailMessage:
    """The MIME message. Its Message-ID is the same at every attempt, so that a repetition can be told."""
    mail = letter.mail
    message = EmailMessage()
    message["Subject"] = mail.subject
    message["From"] = Address(letter.sender_name, addr_spec=settings.sender)
    message["To"] = mail.to
    if mail.reply_to:
        message["Reply-To"] = mail.reply_to
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{number}@{settings.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    for file in mail.attachments:
        main, _slash, sub = file.media_type.partition("/")
        message.add_attachment(file.content, maintype=main, subtype=sub or "octet-stream", filename=file.name)
    return message
