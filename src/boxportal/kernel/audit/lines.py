"""Writes lines of the audit log, one at a time, in the transaction of what they tell."""

from datetime import datetime

from sqlalchemy import insert

from boxportal.kernel.audit.models import AuditLine
from boxportal.sdk.access import Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import AuditEntry
from boxportal.sdk.database import WriteSession, plain_table

_ADD = insert(plain_table(AuditLine))


def write_entry(db: WriteSession, actor: Actor, entry: AuditEntry, *, at: datetime, address: str = "") -> None:
    """Add the line of an entry."""
    line = {
        "at": at,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "address": address,
        "action": entry.action,
        "ref_kind": entry.ref.kind if entry.ref else "",
        "ref_id": entry.ref.id if entry.ref else None,
        "title": entry.title[:300],
        "before": dict(entry.before),
        "after": dict(entry.after),
    }
    db.insert(_ADD, line)


def write_line(db: WriteSession, actor: Actor, action: str, title: str = "") -> None:
    """Add the line of an act that has no request or job around it: backups, restores, commands."""
    write_entry(db, actor, AuditEntry(action=action, title=title), at=utcnow())
