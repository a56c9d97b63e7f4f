"""What every save of a CRM record does: a new one stamped, stale copies refused, version raised, the change noted."""

from collections.abc import Mapping
from dataclasses import dataclass

from boxportal.modules.crm.models.records import RecordColumns
from boxportal.modules.crm.wording import in_words
from boxportal.sdk.context import AuditEntry, Ctx
from boxportal.sdk.errors import Stale

# What the search finds nothing by: a change of these alone leaves its words as they are.
NOT_SEARCHED = frozenset({"stage_id", "state", "reason", "amount", "currency", "expected_on", "responsible_id"})


@dataclass(frozen=True, slots=True)
class Saved:
    """What was saved: what was done to the record, its title, its facts before and after."""

    verb: str
    title: str
    before: Mapping[str, object]
    after: Mapping[str, object]


def keep_new(ctx: Ctx, row: RecordColumns, title: str) -> None:
    """Write a new record with its stamps, and the audit log of it. Whether the search finds it is the caller's."""
    row.created_at, row.updated_at, row.created_by, row.version = ctx.now, ctx.now, ctx.actor.id, 1
    ctx.db.add(row)
    ctx.db.flush()
    ctx.audit(AuditEntry(action=f"{row.kind}.create", ref=row.ref, title=title))


def require_version(row: RecordColumns, version: int | None, facts: Mapping[str, object]) -> None:
    """Refuse a save that began from an older copy; None means that the caller did not ask.

    Raises: Stale with the facts as they are now.
    """
    if version is not None and version != row.version:
        raise Stale(facts)


def whose(*candidates: int | None) -> int | None:
    """Whose a record is: whom the form names, else whose it was, else the actor's."""
    return next((one for one in candidates if one is not None), None)


def note_change(ctx: Ctx, row: RecordColumns, saved: Saved) -> bool:
    """Raise the version and write what differs to the audit log and the search; False when nothing does."""
    names = [name for name in saved.after if saved.before.get(name) != saved.after[name]]
    if not names:
        return False
    row.version += 1
    row.updated_at = ctx.now
    ctx.db.flush()
    before, after = in_words(ctx, names, saved.before), in_words(ctx, names, saved.after)
    action = f"{row.kind}.{saved.verb}"
    ctx.audit(AuditEntry(action=action, ref=row.ref, title=saved.title, before=before, after=after))
    if not NOT_SEARCHED.issuperset(names):
        ctx.index(row.ref)
    return True
