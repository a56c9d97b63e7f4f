"""What a module keeps on one person: how they are found, what is held, and what is left of it when they are erased."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ColumnElement, Row, Table, select

from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import ReadSession
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.phones import digits_of

PART = 500
"""How many values stand in one statement: SQLite takes no more than a thousand parts of a condition."""
MOST_ROWS = 10_000
SHORTEST, DIGITS = 3, 6
SECRET = re.compile(r"(^|_)(token|secret|password|hash|passkey|credential|totp|sealed)s?(_|$)")


class Fate(StrEnum):
    """What becomes of something when the person is erased."""

    REMOVED = "removed"
    EMPTIED = "emptied"  # the record stays without anything of the person
    NAMELESS = "nameless"  # others' record: it stays without the person's name, mail address and telephone
    STAYS = "stays"


@dataclass(frozen=True, slots=True)
class Match:
    """A record that a search found: a person to begin with."""

    ref: RecordRef
    what: Lazy
    name: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One person, as everything that is asked about them needs it.

    `words` are what they are known by: name, mail addresses, telephone numbers. `records` are the records of theirs,
    with what becomes of each.
    """

    ref: RecordRef
    name: str
    words: tuple[str, ...]
    records: Mapping[RecordRef, Fate] = field(default_factory=dict)

    def ids(self, kind: str, *fates: Fate) -> list[int]:
        """The ids of the records of a kind; with `fates` of these alone."""
        found = (ref.id for ref, fate in self.records.items() if ref.kind == kind and (not fates or fate in fates))
        return sorted(found)

    def without(self, text: str, instead: str) -> str:
        """A text without anything that the person is known by."""
        return without_words(text, self.words, instead)

    @property
    def sure_words(self) -> tuple[str, ...]:
        """What means nobody else: full names, mail addresses, telephone numbers; a first name alone does not."""
        return tuple(
            word for word in self.words if " " in word.strip() or "@" in word or len(digits_of(word)) >= DIGITS
        )

    def is_in(self, text: str) -> bool:
        """Whether a text names the person."""
        return self.without(text, "") != text


def without_words(text: str, words: Iterable[str], instead: str) -> str:
    """A text with other words in place of these, where they stand as words of their own, in letters of any size."""
    known = sorted({re.escape(word) for word in words if len(word) >= SHORTEST}, key=len, reverse=True)
    if not known:
        return text
    return re.sub(rf"(?<!\w)(?:{'|'.join(known)})(?!\w)", lambda _found: instead, text, flags=re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file on a record of the person."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One kind of what is held: rows in plain values, what becomes of them, and why where they stay.

    `more` says that there are so many that only the newest were read.
    """

    id: str
    title: Lazy
    rows: Sequence[Mapping[str, object]]
    fate: Fate
    why: Lazy | str = ""
    refs: Sequence[RecordRef] = ()
    files: Sequence[HeldFile] = ()
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Records of a kind that an administrator may have deleted once they are old.

    `count` says how many are older than a moment; `remove` deletes at most so many of them, the oldest first, with all
    that lies on them, and returns how many.
    """

    id: str
    title: Lazy
    count: Callable[[ReadCtx, datetime], int]
    remove: Callable[[Ctx, datetime, int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalData:
    """What a module (or the kernel) knows of people.

    `find` looks people up by what was typed; `begin` makes the subject of a found record, None for what is not its own.
    `records` adds records of the person to those that others found before. `erase` runs in the one transaction of the
    whole erasure, after the kernel took what lies on the records; it raises RuleBroken where it must not happen yet.
    `keeps` are the kinds of records that may be given a term.
    """

    id: str
    held: Callable[[ReadCtx, Subject], Sequence[Held]]
    erase: Callable[[Ctx, Subject], None]
    find: Callable[[ReadCtx, str], Sequence[Match]] | None = None
    begin: Callable[[ReadCtx, RecordRef], Subject | None] | None = None
    records: Callable[[ReadCtx, Subject], Mapping[RecordRef, Fate]] | None = None
    keeps: Sequence[Retention] = ()


def rows_of(db: ReadSession, table: Table, *where: ColumnElement[bool]) -> list[dict[str, object]]:
    """Rows of a table as plain values, without what is secret."""
    columns = [column for column in table.columns if not SECRET.search(column.name)]
    return [plain_row(row) for row in db.execute(select(*columns).where(*where).order_by(*table.primary_key.columns))]


def newest_of(db: ReadSession, table: Table, *where: ColumnElement[bool]) -> tuple[list[dict[str, object]], bool]:
    """The newest rows of a table that may have very many, and whether there are more."""
    columns = [column for column in table.columns if not SECRET.search(column.name)]
    order = [column.desc() for column in table.primary_key.columns]
    rows = db.execute(select(*columns).where(*where).order_by(*order).limit(MOST_ROWS + 1)).all()
    return [plain_row(row) for row in rows[:MOST_ROWS]], len(rows) > MOST_ROWS


def rows_by(db: ReadSession, table: Table, column: ColumnElement[int], ids: Iterable[int]) -> list[dict[str, object]]:
    """Rows of a table whose column has one of these values, some hundred at a time."""
    return [row for part in parts(ids) for row in rows_of(db, table, column.in_(part))]


def parts(ids: Iterable[int]) -> Iterator[list[int]]:
    """Split ids so that each part fits into one statement."""
    found = list(ids)
    for start in range(0, len(found), PART):
        yield found[start : start + PART]


def plain_row(row: Row[*tuple[object, ...]]) -> dict[str, object]:
    """A row as JSON can say it."""
    return {name: plain(value) for name, value in row._mapping.items()}  # noqa: SLF001 documented, in spite of its name


def plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def escaped(text: str) -> str:
    """A text to stand between the per cent signs of a LIKE whose escape character is the backslash."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
