"""Puts work into the outbox."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert

from boxportal.kernel.outbox.models import OutboxItem
from boxportal.sdk.database import WriteSession, plain_table

_ADD = insert(plain_table(OutboxItem))


def put(
    db: WriteSession, topic: str, payload: Mapping[str, object], *, now: datetime, due: datetime | None = None
) -> int:
    """Add one item, in the caller's transaction; returns its id. It is done after the commit, or at `due`."""
    item = {
        "topic": topic,
        "payload": dict(payload),
        "state": "waiting",
        "due_at": due or now,
        "created_at": now,
        "attempts": 0,
        "last_error": "",
    }
    return db.insert(_ADD, item)
