"""What a module adds to the server: one typed `MODULE = Module(...)` in its `module.py`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Protocol

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute
from typing_extensions import override

from boxportal.sdk.access import Scope
from boxportal.sdk.bulk import BulkAct
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import Base
from boxportal.sdk.events import Event, RecordRef
from boxportal.sdk.list_spec import Listing
from boxportal.sdk.personal import PersonalData
from boxportal.sdk.records import TimelineEntry


class Text(Protocol):
    """A text that may be translated only when it is shown: a str, or a lazy one."""

    @override
    def __str__(self) -> str: ...


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the rail, or with `under` a tab of another entry. Shown only to who has the permission.

    With `account` it is in the person's own menu instead of the rail; `admin` shows it to administrators alone.
    `box` shows it only to administrators of the first company, who look after the whole box.
    `covers` are beginnings of further addresses, whose pages belong to the rail's entry and to none of its tabs.
    Tabs of one `group` stand together in a second row, under the group's name.
    """

    title: Text
    url: str
    permission: str
    icon: str = "circle"
    order: int = 50
    under: str = ""
    key: str = ""
    account: bool = False
    admin: bool = False
    box: bool = False
    group: Text | str = ""
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Permission:
    """Something a role can be granted; `defaults` says how far the built-in roles reach from the start."""

    id: str
    title: Text
    defaults: Mapping[str, Scope] = field(default_factory=dict)
    scoped: bool = False


def record_permissions(
    kind: str, title: Text, verbs: Sequence[str], defaults: Mapping[str, Scope]
) -> tuple[Permission, ...]:
    """One scoped permission for each verb of a record kind: `crm.deal.see`, `crm.deal.edit` and so on."""
    return tuple(Permission(f"{kind}.{verb}", title, defaults, scoped=True) for verb in verbs)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The day of a record kind that people are reminded before. The module calls `ctx.deadline_moved` when it moves."""

    column: InstrumentedAttribute[date | None]
    name: Text


@dataclass(frozen=True, slots=True)
class RecordKind:
    """Things that have a page: how to name them, where they are, and which of them an actor may see.

    `acts` are what can be done to many of them from a list.
    `follows` names the records that one came from: a deal's page shows its lead's files and history with its own.
    """

    id: str
    model: type[Base]
    title: InstrumentedAttribute[str]
    name: Text
    url: str
    visible: Callable[[ReadCtx], Select[Base]]
    icon: str = "file"
    sees: str = ""
    acts: Sequence[BulkAct] = ()
    follows: Callable[[ReadCtx, int], Sequence[RecordRef]] | None = None
    deadline: Deadline | None = None

    def address(self, record_id: int) -> str:
        return self.url.format(id=record_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListKind:
    """A list with a page at `url`: from then on people save views of it and choose its columns for themselves.

    `key` is that of its `ListSpec`, with the module's name before it. `listing` makes it ready for an actor and the
    query of an address; the list's page shows the same. `kind` is the record kind of its rows, `edits` the address with
    `{id}` where one is edited by whoever may (`<kind>.edit`), `export` the permission to export chosen rows.
    """

    key: str
    title: Text
    url: str
    permission: str
    listing: Callable[[ReadCtx, str], Listing]
    kind: str = ""
    edits: str = ""
    export: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Work at an interval, done once per company and tick however many processes serve it."""

    id: str
    run: Callable[[Ctx], None]
    every: timedelta


@dataclass(frozen=True, slots=True)
class Subscription:
    """A handler of an event. It runs inside the publisher's transaction and touches only its own module's tables."""

    event: type[Event]
    handler: Callable[[Ctx, Event], None]


@dataclass(frozen=True, slots=True)
class Due:
    """A handler of what was enqueued or a reminder that came due, by topic."""

    topic: str
    handler: Callable[[Ctx, Mapping[str, object]], None]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Work of a topic that leaves the box: no transaction is open and no gate held while the network is waited for.

    `prepare` reads what is to be done and returns the act, or None when there is nothing (any more). The act raises
    `GiveUp` for what no repetition mends; any other error is tried again later. `prepare` raises `NotYet` to be asked
    again at a time. `failed` runs in the transaction that
    marks the item as a dead letter. `forget` names the parts of the payload that are not kept once it is done.
    """

    topic: str
    prepare: Callable[[ReadCtx, int, Mapping[str, object]], Callable[[], None] | None]
    failed: Callable[[Ctx, Mapping[str, object], str], None] | None = None
    forget: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """A kind of notice that people can choose a channel for; `mail` says whether it is mailed unless they choose.

    `admin` kinds reach administrators alone.
    """

    id: str
    title: Text
    mail: bool = True
    admin: bool = False


@dataclass(frozen=True, slots=True)
class HomeCard:
    """A block of the Home page: a template and the function that fills it; None hides the block."""

    id: str
    title: Text
    template: str
    permission: str
    values: Callable[[ReadCtx], Mapping[str, object] | None]
    order: int = 50


@dataclass(frozen=True, slots=True)
class Panel:
    """A card that a module puts on the page of another module's record kind; None hides it."""

    id: str
    on: str
    title: Text
    template: str
    permission: str
    values: Callable[[ReadCtx, RecordRef], Mapping[str, object] | None]
    order: int = 50


@dataclass(frozen=True, slots=True)
class TimelineSource:
    """What a module knows of the history of a record kind: newest first, earlier than `before`, at most `limit`.

    `tells` are acts of the audit log that the source tells itself, so that the history does not say them twice.
    """

    on: str
    entries: Callable[[ReadCtx, RecordRef, datetime, int], Sequence[TimelineEntry]]
    tells: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SearchRow:
    """What can be found of a record: its title, and further words (addresses, numbers, telephone digits)."""

    id: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class SearchSource:
    """Makes a record kind searchable. `rows` reads the rows of these ids without access: the search adds that."""

    kind: str
    rows: Callable[[ReadCtx, Sequence[int]], Sequence[SearchRow]]


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that a module still needs before it is of use to all, and the page on which it is given."""

    text: Text
    url: str


@dataclass(frozen=True, slots=True)
class Tie:
    """A row that hangs on another: a deal on its contact, an activity on its record."""

    what: RecordRef
    on: RecordRef


@dataclass(frozen=True, slots=True)
class SampleData:
    """Rows to try the module with.

    `rows` names those that are there. `ties` says what of this module hangs on any sample rows: what people made, and
    sample rows themselves; so the kernel knows which of them people need. `remove` takes the rows out, with what was
    written on them, but for those that it is told to keep: they become ordinary rows. It returns how many it removed.
    """

    add: Callable[[Ctx], None]
    rows: Callable[[ReadCtx], Sequence[RecordRef]]
    ties: Callable[[ReadCtx, Collection[RecordRef]], Sequence[Tie]]
    remove: Callable[[Ctx, Collection[RecordRef]], int]
    is_there: Callable[[ReadCtx], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """Everything a module adds. Importing the file that holds it defines things and does nothing.

    `pages` has paths under `/<id>`, `api` under `/api/v1/<id>`, and `public` under the words that the manifest claims
    by `public = ["form"]`: what outsiders reach (`/form/…`). `actions` words the acts of the audit log for the
    timeline: `{"crm.deal.win": _l("won the deal")}`. `on_enable` runs once, when the module's tables were made;
    `reconcile` when it comes back on with its rows: it heard of nothing while it was off, so it drops or hands on what
    points to what is gone. It does a bounded part, says whether more is left, and doing it twice changes nothing;
    `outside` counts what lives beyond the portal (client links, forms on other sites) and rests while it is off;
    `lacking` says what it still needs while it is being prepared; `personal` brings what it knows of people, imported
    only when somebody asks.
    """

    id: str
    pages: APIRouter | None = None
    public: APIRouter | None = None
    api: APIRouter | None = None
    menu: Sequence[MenuItem] = ()
    permissions: Sequence[Permission] = ()
    records: Sequence[RecordKind] = ()
    lists: Sequence[ListKind] = ()
    jobs: Sequence[Job] = ()
    subscriptions: Sequence[Subscription] = ()
    due: Sequence[Due] = ()
    outgoing: Sequence[Outgoing] = ()
    notices: Sequence[NoticeKind] = ()
    home: Sequence[HomeCard] = ()
    panels: Sequence[Panel] = ()
    timeline: Sequence[TimelineSource] = ()
    search: Sequence[SearchSource] = ()
    actions: Mapping[str, Text] = field(default_factory=lambda: MappingProxyType({}))
    settings: type[BaseModel] | None = None
    sample: SampleData | None = None
    provides: Mapping[type, Callable[[ReadCtx], object]] = field(default_factory=lambda: MappingProxyType({}))
    on_enable: Callable[[Ctx], None] | None = None
    reconcile: Callable[[Ctx], bool] | None = None
    outside: Callable[[ReadCtx], Sequence[tuple[Text, int]]] | None = None
    lacking: Callable[[ReadCtx], Sequence[Lack]] | None = None
    personal: Callable[[], PersonalData] | None = None
