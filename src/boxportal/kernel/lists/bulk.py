"""Acts on many rows of a list: which rows are meant, and what became of each.

Rows are done in batches, each in a transaction of its own, so that the writers' gate is free in between; within a batch
each row has a SAVEPOINT: what one row refuses undoes that row alone, and is told with its reason.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from boxportal.kernel.lists.views import list_kind, listing_of
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.bulk import BulkAct
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.database import MAX_ID
from boxportal.sdk.decimals import format_number
from boxportal.sdk.errors import DomainError, Invalid, NotFound, NotPermitted, Stale
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.lists import read_state, row_keys
from boxportal.sdk.lists_web import list_env
from boxportal.sdk.module import RecordKind

MOST, BATCH = 1_000, 50
MARK = ":"


@dataclass(frozen=True, slots=True)
class RowKey:
    """A row of a list, in the version that the person saw; without one its version does not matter."""

    id: int
    version: int | None = None

    @override
    def __str__(self) -> str:
        return str(self.id) if self.version is None else f"{self.id}{MARK}{self.version}"


@dataclass(frozen=True, slots=True)
class Refused:
    """A row to which the act was not done, and why."""

    id: int
    title: str
    reason: str


@dataclass(slots=True)
class Outcome:
    """What became of the rows so far."""

    done: list[int] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def add(self, part: "Outcome") -> None:
        self.done += part.done
        self.refused += part.refused

    def as_text(self) -> str:
        """As a batch's answer keeps it, for the form that comes twice."""
        return json.dumps([self.done, [[one.id, one.title, one.reason] for one in self.refused]], ensure_ascii=False)

    @classmethod
    def of_text(cls, text: str) -> "Outcome":
        done, refused = json.loads(text)
        return cls(done, [Refused(*one) for one in refused])


def read_rows(texts: Iterable[str]) -> list[RowKey]:
    """Rows as forms send them: `12:3,13:1`, or without a version. Raises: Invalid."""
    keys: dict[int, RowKey] = {}
    for text in (part for one in texts for part in one.split(",") if part):
        row_id, _mark, version = text.partition(MARK)
        if not (is_number(row_id) and (not version or is_number(version))):
            raise Invalid({"": _("Choose rows of the list.")})
        keys[int(row_id)] = RowKey(int(row_id), int(version) if version else None)
    if not keys:
        raise Invalid({"": _("Choose rows of the list.")})
    if len(keys) > MOST:
        raise too_many()
    return list(keys.values())


def is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_ID)) and 0 < int(text) <= MAX_ID


def too_many() -> Invalid:
    most = format_number(MOST)
    return Invalid({"": _("At most %(most)s rows at once. Filter the list first.", most=most)})


def matching_rows(ctx: ReadCtx, key: str, query: str) -> list[RowKey]:
    """All rows that an address of the list leaves, in their versions. Raises: NotFound, Invalid for more than 1,000."""
    listing = listing_of(ctx, key, query)
    state = read_state(listing.spec, query, list_env(ctx, listing.choices))
    found = [RowKey(row_id, version) for row_id, version in row_keys(ctx.db, listing.base, state, most=MOST + 1)]
    if len(found) > MOST:
        raise too_many()
    if not found:
        raise Invalid({"": _("Choose rows of the list.")})
    return found


def rows_kind(ctx: ReadCtx, key: str) -> RecordKind:
    """The record kind of a list's rows. Raises: NotFound."""
    kind = snapshot_of(ctx).kinds.get(list_kind(ctx, key).kind)
    if kind is None:
        raise NotFound
    return kind


def act_of(ctx: ReadCtx, key: str, act_id: str) -> BulkAct:
    """An act that the rows' kind declares. Raises: NotFound, also where the actor may not do it to any."""
    act = next((one for one in rows_kind(ctx, key).acts if one.id == act_id), None)
    if act is None or not ctx.can(act.permission):
        raise NotFound
    return act


def titles_of(ctx: ReadCtx, key: str, ids: Sequence[int]) -> Mapping[int, str]:
    """The titles of those of the rows that the actor may see."""
    kind = rows_kind(ctx, key)
    identity = kind.model.__table__.c.id
    rows = ctx.db.execute(kind.visible(ctx).with_only_columns(identity, kind.title).where(identity.in_(ids)))
    return {row[0]: str(row[1] or "") for row in rows}


def run_batch(ctx: Ctx, key: str, act_id: str, rows: Sequence[RowKey], value: str) -> Outcome:
    """Do the act to each of the rows, within this transaction. Raises: NotFound for an act that is not there."""
    act = act_of(ctx, key, act_id)
    titles = titles_of(ctx, key, [row.id for row in rows])
    outcome = Outcome()
    for row in rows:
        waiting = len(ctx.after_commit)
        try:
            with ctx.db.savepoint():
                act.run(ctx, row.id, row.version, value)
                ctx.db.flush()
        except DomainError as error:
            del ctx.after_commit[waiting:]
            outcome.refused.append(Refused(row.id, titles.get(row.id, ""), reason_of(error)))
        else:
            outcome.done.append(row.id)
    return outcome


def reason_of(error: DomainError) -> str:
    """Why a row was refused, for the person."""
    if isinstance(error, NotFound | NotPermitted):
        return _("It is not there any more, or this may not be done to it.")
    if isinstance(error, Stale):
        return _("Somebody changed it meanwhile.")
    if isinstance(error, Invalid):
        return " ".join(str(text) for text in error.fields.values())
    return str(error)
