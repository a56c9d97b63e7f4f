"""Hands one message to the company's mail server (RFC 5321), encrypted as the settings say."""

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

from typing_extensions import Buffer, override

from boxportal.kernel.outbound.book import Book, Call
from boxportal.kernel.outbound.guard import Target, connect, tls_context
from boxportal.kernel.outbound.letters import MailSettings
from boxportal.sdk.errors import GiveUp, NotReached
from boxportal.sdk.i18n import gettext as _

PURPOSE = "core.mail"
SECONDS = 20.0
ALTOGETHER = 120.0
PERMANENT = range(500, 600)
Answer = tuple[int, bytes]


class GuardedSmtp(smtplib.SMTP):
    """smtplib over a connection that the guard opened: its own would look the name up a second time."""

    def __init__(self, target: Target, tls: ssl.SSLContext | None, own_name: str, call: Call, line: "Line") -> None:
        self._target = target
        self._line = line
        self._call = call
        self._tls = tls
        super().__init__(target.host, target.port, local_hostname=own_name, timeout=SECONDS)

    def _get_socket(self, host: str, _port: int, timeout: float) -> socket.socket:
        opened = connect(self._target, timeout)
        self._line.hold(opened)
        self._call.address = str(opened.getpeername()[0])
        return self._tls.wrap_socket(opened, server_hostname=host) if self._tls else opened

    @override
    def send(self, s: Buffer | str) -> None:
        self._call.sent += len(s) if isinstance(s, str) else memoryview(s).nbytes
        super().send(s)

    @override
    def getreply(self) -> Answer:
        answer = super().getreply()
        self._call.received += len(answer[1]) + len("250 \r\n")
        return answer


@dataclass(frozen=True, slots=True)
class Sending:
    """What a message goes out with: the opened password, the portal's ports, and the book that notes the connection."""

    settings: MailSettings
    password: str
    own_ports: frozenset[int]
    book: Book


def send(message: EmailMessage, by: Sending) -> str:
    """Send a message and return the server's answer.

    Raises: GiveUp when the server refuses for good; NotReached for what may be better later.
    """
    with by.book.call(PURPOSE, by.settings.host, by.settings.port) as call:
        return hand_over(message, by.settings, by.password, by.own_ports, call)


def hand_over(
    message: EmailMessage, settings: MailSettings, password: str, own_ports: frozenset[int], call: Call
) -> str:
    """As `send`.

    Raises: GiveUp when the server refuses for good; NotReached for what may be better later.
    """
    target = Target(settings.host, settings.port, named=True, own_ports=own_ports)
    try:
        with opened(target, settings, call) as server:
            if settings.user:
                server.login(settings.user, password)
            return deliver(server, message)
    except smtplib.SMTPResponseException as error:
        text = said((error.smtp_code, as_bytes(error.smtp_error)))
        raise (GiveUp(text) if error.smtp_code in PERMANENT and not is_setup(error) else NotReached(text)) from error
    except smtplib.SMTPNotSupportedError as error:
        text = _("%(host)s does not offer what the settings ask for: %(why)s", **told(settings, error))
        raise NotReached(text) from error
    except smtplib.SMTPException as error:
        raise NotReached(_("%(host)s ended the connection: %(why)s", **told(settings, error))) from error
    except ssl.SSLError as error:
        raise NotReached(_("%(host)s can't be talked to encrypted: %(why)s", **told(settings, error))) from error
    except OSError as error:
        raise NotReached(_("%(host)s stopped answering: %(why)s", **told(settings, error))) from error


def told(settings: MailSettings, error: Exception) -> dict[str, object]:
    return {"host": settings.host, "why": " ".join(str(error).split())[:300]}


@contextlib.contextmanager
def opened(target: Target, settings: MailSettings, call: Call) -> Iterator[GuardedSmtp]:
    """A connection that has greeted the server, and is encrypted when the settings ask for it."""
    tls = tls_context() if settings.security != "none" else None
    own_name = settings.sender.rpartition("@")[2]
    direct = tls if settings.security == "tls" else None
    with ended_in_time() as line, GuardedSmtp(target, direct, own_name, call, line) as server:
        server.ehlo()
        if settings.security == "starttls":
            server.starttls(context=tls)
            server.ehlo()
        yield server


@contextlib.contextmanager
def ended_in_time() -> Iterator["Line"]:
    """A server that answers byte by byte keeps each wait short: the whole talk, with its greeting, has its end too."""
    line = Line()
    timer = threading.Timer(ALTOGETHER, line.cut)
    timer.daemon = True
    timer.start()
    try:
        yield line
    finally:
        timer.cancel()
        line.let_go()


class Line:
    """The connection below a talk, which another thread may cut while this one waits in it."""

    def __init__(self) -> None:
        self._held: socket.socket | None = None
        self._is_cut = False

    def hold(self, opened: socket.socket) -> None:
        """Keep a copy: the talk's own becomes another object when it is encrypted."""
        self._held = opened.dup()
        if self._is_cut:
            self.cut()

    def cut(self) -> None:
        self._is_cut = True
        if self._held is not None:
            with contextlib.suppress(OSError):
                self._held.shutdown(socket.SHUT_RDWR)

    def let_go(self) -> None:
        if self._held is not None:
            self._held.close()


def deliver(server: smtplib.SMTP, message: EmailMessage) -> str:
    """One envelope to one address.

    Raises: SMTPResponseException with the server's own words.
    """
    sender = parseaddr(str(message["From"]))[1]
    for answer in (server.mail(sender), server.rcpt(str(message["To"]))):
        require_accepted(answer)
    answer = server.data(message.as_bytes(policy=SMTP))
    require_accepted(answer)
    return said(answer)


def require_accepted(answer: Answer) -> None:
    if not 200 <= answer[0] < 300:  # noqa: PLR2004 RFC 5321, 4.2.1: completed
        raise smtplib.SMTPResponseException(*answer)


def is_setup(error: smtplib.SMTPResponseException) -> bool:
    """Whether the server refused us and not the mail: a wrong password is mended in the settings, and then sent."""
    return isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError | smtplib.SMTPHeloError)


def said(answer: Answer) -> str:
    """What the server answered, for people: one line, nothing that could draw on the page."""
    text = answer[1].decode("utf-8", "replace")
    return f"{answer[0]} {' '.join(text.split())}"[:400]


def as_bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
