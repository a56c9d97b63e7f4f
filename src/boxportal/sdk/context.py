"""What a service works with: who acts, for which company, when, in which transaction."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Protocol, TypeVar, cast

from sqlalchemy import ColumnElement, Select, SQLColumnExpression
from typing_extensions import override

from boxportal.sdk.access import Actor
from boxportal.sdk.database import ReadSession, WriteSession
from boxportal.sdk.errors import NotPermitted
from boxportal.sdk.events import Event, RecordRef
from boxportal.sdk.list_kept import KeptOfList
from boxportal.sdk.outbound import Fetch
from boxportal.sdk.records import RecordSide

P = TypeVar("P")
K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class CompanyInfo:
    """What everyone may know of the company that the request is for.

    `address` is the portal's own, from the configuration, for links that leave the portal: `http://portal.local:8080`;
    `postal_address` is where the firm is.
    `door` is what links for clients and forms begin with. It is empty while clients can't come in: then no screen
    offers such a link.
    """

    name: str
    title: str
    language: str
    timezone: str
    currency: str
    country: str
    phone: str = ""
    logo: str = ""
    postal_address: str = ""
    address: str = ""
    door: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from; empty for jobs and commands.

    `is_outside` says that it came by the public door, where nobody is known; `is_straight` that it came to the portal's
    own port, with no trusted proxy between. `proved_at` is when the person last proved who they are, `stage` what their
    session still owes (`full`: nothing), `device` the secret by which their browser is known again.
    """

    address: str = ""
    agent: str = ""
    base_url: str = ""
    path: str = ""
    query: str = ""
    session_id: int | None = None
    csrf: str = ""
    is_htmx: bool = False
    takes_gzip: bool = False
    is_outside: bool = False
    is_straight: bool = False
    proved_at: datetime | None = None
    stage: str = "full"
    device: str = ""


class KernelServices(Protocol):
    """What the kernel does for a context; implemented by the kernel, wired by the application."""

    def port(self, ctx: "ReadCtx", protocol: type[P]) -> P | None: ...
    def visible(self, ctx: "ReadCtx", kind: str) -> Select[int]: ...
    def module_on(self, module_id: str) -> bool: ...
    def setting(self, ctx: "ReadCtx", model: type[P]) -> P: ...
    def save_setting(self, ctx: "Ctx", value: object) -> None: ...
    def render(self, ctx: "ReadCtx", template: str, values: Mapping[str, object]) -> str: ...
    def publish(self, ctx: "Ctx", event: Event) -> None: ...
    def enqueue(self, ctx: "Ctx", topic: str, payload: Mapping[str, object], due: datetime | None) -> None: ...
    def audit(self, ctx: "Ctx", entry: "AuditEntry") -> None: ...
    def audit_reading(self, ctx: "ReadCtx", entry: "AuditEntry") -> None: ...
    def notify(self, ctx: "Ctx", notice: "Notice") -> None: ...
    def can_mail(self, ctx: "ReadCtx") -> bool: ...
    def mail(self, ctx: "Ctx", mail: "Mail") -> None: ...
    def remind(self, ctx: "Ctx", wish: "ReminderWish") -> None: ...
    def forget_reminders(self, ctx: "Ctx", ref: RecordRef, topic: str) -> None: ...
    def follow_deadline(self, ctx: "Ctx", ref: RecordRef) -> None: ...
    def fetcher(self, ctx: "ReadCtx", purpose: str) -> Fetch: ...
    def run_in_worker(self, target: str, payload: bytes, *, seconds: float, memory_mb: int) -> bytes: ...
    def address(self, ref: RecordRef) -> str: ...
    def side(self, ctx: "ReadCtx", ref: RecordRef) -> RecordSide: ...
    def kept_of_list(self, ctx: "ReadCtx", key: str) -> KeptOfList | None: ...
    def index(self, ctx: "Ctx", refs: Sequence[RecordRef]) -> None: ...
    def unindex(self, ctx: "Ctx", refs: Sequence[RecordRef]) -> None: ...
    def forget(self, ctx: "Ctx", ref: RecordRef) -> None: ...
    def store_file(self, source: BinaryIO) -> "StoredFile": ...
    def attach(self, ctx: "Ctx", ref: RecordRef, name: str, file: "StoredFile") -> None: ...
    def draw_picture(self, content: bytes, field: str, side: int) -> bytes: ...
    def keep_picture(self, png: bytes) -> str: ...
    def picture(self, address: str) -> bytes | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line of the audit log: what was done to what, with the values before and after."""

    action: str
    ref: RecordRef | None = None
    title: str = ""
    before: Mapping[str, object] = field(default_factory=dict)
    after: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something a person should know: shown in their inbox, and mailed where the company can.

    `text` is a message id with `%(name)s` places, translated for the one who reads it; `key` makes a notice unique,
    so that a repeated event or a retried job tells a person once. `instead_of` are the keys of earlier notices to the
    same person that it takes the place of: they count as read.
    """

    to: int
    kind: str
    text: str
    values: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    ref: RecordRef | None = None
    key: str = ""
    instead_of: tuple[str, ...] = ()
    urgent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderWish:
    """Tell a person something about a record at a time; `topic` groups what is dropped together when it is settled."""

    ref: RecordRef
    to: int
    due: datetime
    text: str
    topic: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A content in the company's store: its SHA-256 in hex, and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail to one address, in plain text. `reply_to` is whom an answer reaches; else the company's own address."""

    to: str
    subject: str
    text: str
    attachments: Sequence[Attachment] = ()
    reply_to: str = ""


@dataclass(slots=True, kw_only=True)
class ReadCtx:
    """The context of everything that only reads."""

    company: CompanyInfo
    actor: Actor
    now: datetime
    services: KernelServices
    db: ReadSession
    origin: Origin = field(default_factory=Origin)
    _shared: dict[tuple[Callable[..., object], Hashable], object] = field(default_factory=dict, init=False, repr=False)

    def shared(self, make: Callable[["ReadCtx", K], R], key: K) -> R:
        """`make(ctx, key)`, made once as long as this context lives: what several parts of a page show.

        A context that writes makes it anew each time, for what it is made of may have changed meanwhile.
        """
        place = (make, key)
        if place not in self._shared:
            self._shared[place] = make(self, key)
        return cast("R", self._shared[place])

    def can(self, permission: str) -> bool:
        return self.actor.can(permission)

    def require(self, permission: str) -> None:
        """Raises: NotPermitted."""
        if not self.can(permission):
            raise NotPermitted

    def reach(self, permission: str, owner: SQLColumnExpression[int | None]) -> ColumnElement[bool]:
        """The condition on a record's owner column that a permission of the actor allows."""
        return self.actor.reach(permission, owner)

    def find(self, protocol: type[P]) -> P | None:
        """The provider of a port, or None when the module that provides it is off."""
        return self.services.port(self, protocol)

    def visible(self, kind: str) -> Select[int]:
        """The ids of the records of this kind that the actor may see; empty when its module is off."""
        return self.services.visible(self, kind)

    def side(self, ref: RecordRef) -> RecordSide:
        """What a record page shows beside its own facts: panels, files, timeline; few statements, however many rows.

        The page passes it to its template as `side` and includes `kernel/_panels.html` and `kernel/_record_side.html`;
        it has made sure itself that the record is visible.
        """
        return self.services.side(self, ref)

    def kept_of_list(self, key: str) -> KeptOfList | None:
        """The actor's saved views and columns of a list, in one statement; None where no module declares the list."""
        return self.services.kept_of_list(self, key)

    def settings(self, model: type[P]) -> P:
        """The company's settings of a module, in the module's own model."""
        return self.services.setting(self, model)

    def audit_reading(self, entry: AuditEntry) -> None:
        """Write a line of the audit log of what was only read: a list exported, a file opened; within a second."""
        self.services.audit_reading(self, entry)

    def fetcher(self, purpose: str) -> Fetch:
        """What asks other machines over HTTP, for a purpose that the administrator reads: `crm.company-check`.

        Get it in `prepare` of an `Outgoing`, and call it in the act: it needs no context any more.
        """
        return self.services.fetcher(self, purpose)

    @property
    def can_mail(self) -> bool:
        """Whether a mail server is set. Without one no screen offers to send anything."""
        return self.services.can_mail(self)


@dataclass(slots=True, kw_only=True)
class Ctx(ReadCtx):
    """The context of a write: one transaction, opened and committed at the edge."""

    db: WriteSession
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    answer: "Answer | None" = None
    failed: bool = False

    @override
    def shared(self, make: Callable[[ReadCtx, K], R], key: K) -> R:
        return make(self, key)

    def save_settings(self, value: object) -> None:
        """Keep a module's settings: an instance of its settings model."""
        self.services.save_setting(self, value)

    def publish(self, event: Event) -> None:
        """Tell the subscribers, inside this transaction, each in a SAVEPOINT of its own."""
        self.services.publish(self, event)

    def enqueue(self, topic: str, payload: Mapping[str, object], due: datetime | None = None) -> None:
        """Write to the outbox what must happen after the commit (or at `due`): at least once, in order of due time."""
        self.services.enqueue(self, topic, payload, due)

    def audit(self, entry: AuditEntry) -> None:
        """Write one line of the audit log, in this transaction."""
        self.services.audit(self, entry)

    def index(self, *refs: RecordRef) -> None:
        """Bring what the search knows of these records up to date, in this transaction."""
        self.services.index(self, refs)

    def unindex(self, *refs: RecordRef) -> None:
        """Make the search forget these records."""
        self.services.unindex(self, refs)

    def forget(self, ref: RecordRef) -> None:
        """Take along what lies on a record that was deleted for good: comments, files, reminders, notices, search."""
        self.services.forget(self, ref)

    def notify(self, notice: Notice) -> None:
        """Put a notice into a person's inbox."""
        self.services.notify(self, notice)

    def mail(
        self, to: str, subject: str, text: str, attachments: Sequence[Attachment] = (), *, reply_to: str = ""
    ) -> None:
        """Send a mail after the commit: at least once, recognisable by its Message-ID.

        Raises: RuleBroken when no mail server is set; Invalid (`to`, `subject`, `attachments`) when a value can't be
        sent; TooManyTries when a person sent too many within the hour.
        """
        mail = Mail(to=to, subject=subject, text=text, attachments=tuple(attachments), reply_to=reply_to)
        self.services.mail(self, mail)

    def attach(self, ref: RecordRef, name: str, file: StoredFile) -> None:
        """Put a stored content on a record as a file. `services.store_file` stores one, outside the transaction.

        Raises: NotFound.
        """
        self.services.attach(self, ref, name, file)

    def remind(self, wish: ReminderWish) -> None:
        """Keep a reminder: it becomes a notice when due, once, also after a restart or days off."""
        self.services.remind(self, wish)

    def forget_reminders(self, ref: RecordRef, topic: str) -> None:
        """Drop a record's reminders of a topic that were not told yet."""
        self.services.forget_reminders(self, ref, topic)

    def deadline_moved(self, ref: RecordRef) -> None:
        """Put the reminders that people set before this record's deadline where it is now; after a flush."""
        self.services.follow_deadline(self, ref)


@dataclass(slots=True)
class Answer:
    """What the first use of a one-time form token or Idempotency-Key answered, kept to answer a repetition alike."""

    status: int = 0
    location: str = ""
    body: str = ""
