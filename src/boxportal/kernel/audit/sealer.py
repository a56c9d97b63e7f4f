"""Seals the lines of the audit log that were committed, a batch a transaction, in the order of their numbers.

Postgres gives a line its number before the line's transaction ends, so that a lower number may become visible after a
higher one. The chain goes on over a hole only when nobody is left who could still fill it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, takewhile

from sqlalchemy import BigInteger, String, cast, func, select

from boxportal.kernel.audit.chain import Head, count_unsealed, head_of, seal_lines, take_turn
from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.sdk.clock import utcnow
from boxportal.sdk.database import ReadSession

BATCH = 500
PATIENCE = 5.0
PAUSE = 0.2


@dataclass(slots=True)
class Hole:
    """A number that is missing before lines that are there.

    `top` is the highest line seen when the hole was found, `over` the transaction before which all must have ended.
    """

    after: int
    top: int
    over: int | None = None


class Sealer:
    """Remembers the holes that it waits for, between one turn and the next."""

    def __init__(self) -> None:
        self._hole: Hole | None = None

    def ready(self, company: Company) -> Sequence[int]:
        """The lines that can be sealed now. Two look-ups by key when there is nothing to do."""
        with read_session(company.engines) as db:
            head = head_of(db)
            waiting = select(AuditLine.id).where(AuditLine.id > head.line_id).order_by(AuditLine.id)
            ids = db.scalars(waiting.limit(BATCH)).all()
            return ids if db.dialect == "sqlite" else self._final(db, head, ids)

    def _final(self, db: ReadSession, head: Head, ids: Sequence[int]) -> Sequence[int]:
        """Those of the lines before which no other line can appear any more."""
        whole = [pair[0] for pair in takewhile(lambda p: p[0] == p[1], zip(ids, count(head.line_id + 1), strict=False))]
        if whole or not ids:
            self._hole = None
            return whole
        hole = self._hole
        if hole is None or hole.after != head.line_id:
            self._hole = Hole(head.line_id, db.scalar(select(func.max(AuditLine.id))) or 0)
            return []
        if hole.over is None:  # a turn later: who took a number before it has also begun to write
            hole.over = snapshot_edge(db, "pg_snapshot_xmax")
            return []
        if snapshot_edge(db, "pg_snapshot_xmin") < hole.over:
            return []
        return [one for one in ids if one <= hole.top]


def snapshot_edge(db: ReadSession, edge: str) -> int:
    """The first transaction that has not ended (xmin), or the first that has not begun (xmax), as Postgres sees it."""
    found = getattr(func, edge)(func.pg_current_snapshot())
    return int(db.scalar(select(cast(cast(found, String), BigInteger))) or 0)


def seal_batch(company: Company, ids: Sequence[int], *, waits: bool = False) -> int:
    """Seal these lines in one transaction; 0 when another process is at it. The caller has passed the gate."""
    with write_session(company.engines) as db:
        return seal_lines(db, ids, utcnow()) if take_turn(db, waits=waits) else 0


def seal_all(company: Company) -> int:
    """Seal what is there, for commands. Returns how many lines still wait, behind a transaction that does not end."""
    sealer, end = Sealer(), time.monotonic() + PATIENCE
    while True:
        if ids := sealer.ready(company):
            seal_batch(company, ids, waits=True)
            continue
        with read_session(company.engines) as db:
            left = count_unsealed(db, head_of(db))
        if not left or time.monotonic() > end:
            return left
        time.sleep(PAUSE)
