"""Sample rows of every module that is on: to try the portal with, and taken out again in one step."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.jobs.models import Reminder
from boxportal.kernel.records.models import Comment, RecordFile
from boxportal.kernel.records.reminding import TOPIC
from boxportal.kernel.services import Renderer
from boxportal.kernel.work.outbox import system_ctx
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import use_locale
from boxportal.sdk.module import SampleData, Tie


@dataclass(frozen=True, slots=True)
class Removal:
    """What taking the sample rows out is about.

    How many there are, how many rows that people made hang on them, and which of the sample rows those need.
    """

    rows: int
    own: int
    kept: frozenset[RecordRef]


@dataclass(frozen=True, slots=True)
class Removed:
    """How many sample rows went, and how many became ordinary ones."""

    rows: int
    kept: int


@contextmanager
def acting(company: Company, renderer: Renderer) -> Iterator[Ctx]:
    """The system acts for the company, in one transaction."""
    with write_session(company.engines) as db, use_locale(company.snapshot.info.language):
        yield system_ctx(company, renderer, db, utcnow())


def samples_of(company: Company) -> list[SampleData]:
    """What the modules that are on can add, each after what it requires."""
    return [module.sample for module in company.snapshot.modules.values() if module.sample is not None]


def has_sample(ctx: ReadCtx, samples: Sequence[SampleData]) -> bool:
    """Whether any sample row is there."""
    return any(sample.is_there(ctx) for sample in samples)


def add_sample(ctx: Ctx, samples: Sequence[SampleData]) -> bool:
    """Add the sample rows; False when there are some already."""
    if not samples or has_sample(ctx, samples):
        return False
    for sample in samples:
        sample.add(ctx)
    ctx.audit(AuditEntry(action="core.sample.add"))
    return True


def removal_of(ctx: ReadCtx, samples: Sequence[SampleData]) -> Removal:
    """What would go, and what people's own rows need of it."""
    rows = {ref for sample in samples for ref in sample.rows(ctx)}
    ties = [*written_on(ctx, rows), *(tie for sample in samples for tie in sample.ties(ctx, rows))]
    kept: set[RecordRef] = set()
    while more := {tie.on for tie in ties if tie.on in rows and (tie.what in kept or tie.what not in rows)} - kept:
        kept |= more
    own = {tie.what for tie in ties if tie.what not in rows}
    return Removal(rows=len(rows), own=len(own), kept=frozenset(kept))


def remove_sample(ctx: Ctx, samples: Sequence[SampleData], *, everything: bool = False) -> Removed:
    """Take the sample rows out; those that people's own rows need become ordinary ones, but with `everything`."""
    keep = frozenset() if everything else removal_of(ctx, samples).kept
    removed = sum(sample.remove(ctx, keep) for sample in reversed(samples))
    if removed or keep:
        ctx.audit(AuditEntry(action="core.sample.remove", after={"rows": removed, "kept": len(keep)}))
    return Removed(removed, len(keep))


def written_on(ctx: ReadCtx, rows: Collection[RecordRef]) -> list[Tie]:
    """What people said on these records, the files that they put there, and the reminders that they wait for."""
    said = [
        Tie(RecordRef(f"core.{word}", row_id), RecordRef(kind, record_id))
        for word, table in (("comment", Comment), ("file", RecordFile))
        for kind in {ref.kind for ref in rows}
        for row_id, record_id in ctx.db.execute(
            select(table.id, table.record_id).where(
                table.kind == kind,
                table.record_id.in_([ref.id for ref in rows if ref.kind == kind]),
                table.author_id.is_not(None),
                table.removed_at.is_(None),
            )
        )
    ]
    waiting = select(Reminder.id, Reminder.kind, Reminder.record_id).where(
        Reminder.topic.startswith(TOPIC), Reminder.done_at.is_(None)
    )
    return said + [
        Tie(RecordRef("core.reminder", row_id), on)
        for row_id, kind, record_id in ctx.db.execute(waiting)
        if (on := RecordRef(kind, record_id)) in rows
    ]
