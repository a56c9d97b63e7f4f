"""The hash chain over the audit log: what a seal says, and the seals of the next lines.

A seal's hash is SHA-256 over the seal before it, its number, and everything that stands in the line.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, insert, select

from boxportal.kernel.audit.models import AuditLine, AuditSeal
from boxportal.sdk.database import ReadSession, WriteSession

START = "0" * 64
LOCK = 0x6175646974  # Postgres' advisory lock of who seals: the letters of "audit"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: how many lines are sealed, the last one's id, its hash, and when it was sealed."""

    number: int = 0
    line_id: int = 0
    hash: str = START
    at: datetime | None = None


def head_of(db: ReadSession) -> Head:
    """Where the chain ends; before the first seal, its beginning."""
    last = select(AuditSeal.number, AuditSeal.line_id, AuditSeal.hash, AuditSeal.sealed_at)
    row = db.execute(last.order_by(AuditSeal.number.desc()).limit(1)).first()
    return Head(*row) if row else Head()


def count_unsealed(db: ReadSession, head: Head) -> int:
    """How many lines wait for their seal."""
    return db.scalar(select(func.count()).select_from(AuditLine).where(AuditLine.id > head.line_id)) or 0


def hash_of(line: AuditLine, number: int, before: str) -> str:
    """The hash that seals a line as the `number`-th, after a seal of the hash `before`. 64 hexadecimal digits."""
    said = [
        before, number, line.id, line.at.astimezone(UTC).isoformat(timespec="microseconds"), line.actor_kind,
        line.actor_id, line.actor_name, line.address, line.action, line.ref_kind, line.ref_id, line.title,
        line.before, line.after,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()


def take_turn(db: WriteSession, *, waits: bool = False) -> bool:
    """Become the one who seals until the transaction ends; False when another does. SQLite has one writer anyway."""
    if db.dialect == "sqlite":
        return True
    if waits:
        db.scalar(select(func.pg_advisory_xact_lock(LOCK)))
        return True
    return bool(db.scalar(select(func.pg_try_advisory_xact_lock(LOCK))))


def seal_lines(db: WriteSession, ids: Sequence[int], now: datetime) -> int:
    """Seal these lines, in the order of their ids, after those that are sealed. The caller has taken its turn."""
    head = head_of(db)
    wanted = select(AuditLine).where(AuditLine.id.in_(ids), AuditLine.id > head.line_id).order_by(AuditLine.id)
    seals: list[dict[str, object]] = []
    number, last = head.number, head.hash
    for line in db.scalars(wanted):
        number += 1
        last = hash_of(line, number, last)
        seals.append({"number": number, "line_id": line.id, "hash": last, "sealed_at": now})
    if seals:
        db.change(insert(AuditSeal), seals)
    return len(seals)
