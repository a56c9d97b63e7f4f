"""Writes audit lines for acts that have no request or job around them: backups, restores, commands."""

from sqlalchemy import insert

from boxportal.kernel.audit.models import AuditLine
from boxportal.sdk.access import Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.database import WriteSession


def write_line(db: WriteSession, actor: Actor, action: str, title: str = "") -> None:
    """Add one line, in the caller's transaction."""
    line: dict[str, object] = {
        "at": utcnow(),
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "address": "",
        "action": action,
        "ref_kind": "",
        "title": title[:300],
        "before": {},
        "after": {},
    }
    db.change(insert(AuditLine).values(**line))
