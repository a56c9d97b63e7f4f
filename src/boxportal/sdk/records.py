"""What every record page shows beside its own facts: panels of other modules, files, and one timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from boxportal.sdk.events import RecordRef

SAMPLE = "sample"
"""Where sample rows come from; no program may call itself so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field that an act changed, as text before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One line in the history of a record. `body` is what somebody wrote; `comment_id` lets its author remove it."""

    at: datetime
    icon: str
    text: str
    who: str = ""
    url: str = ""
    body: str = ""
    changes: tuple[Change, ...] = ()
    comment_id: int | None = None
    can_remove: bool = False


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file of the record."""

    id: int
    name: str
    size: int
    who: str
    at: datetime
    can_remove: bool


@dataclass(frozen=True, slots=True)
class ShownReminder:
    """A reminder on the record that was not told yet: when, as the reader's clocks show it, and whom but the reader."""

    id: int
    text: str
    at: str
    whom: str


@dataclass(frozen=True, slots=True)
class ShownPanel:
    """A card that another module puts on the page: a template, and the values that it gets as `values`."""

    id: str
    title: str
    template: str
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class RecordSide:
    """Everything that `kernel/_panels.html` and `kernel/_record_side.html` show of a record."""

    ref: RecordRef
    panels: Sequence[ShownPanel] = ()
    files: Sequence[AttachedFile] = ()
    timeline: Sequence[TimelineEntry] = ()
    older: str = ""
    reminders: Sequence[ShownReminder] = ()
