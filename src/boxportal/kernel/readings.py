"""What was only read and belongs into the audit log: noted at once, written down within a second, past no gate."""

from collections import deque
from datetime import datetime

from boxportal.sdk.access import Actor
from boxportal.sdk.context import AuditEntry

MOST_WAITING = 10_000
Reading = tuple[Actor, AuditEntry, datetime, str]


class Readings:
    """The readings of one company that are not written down yet. Any thread may add some."""

    def __init__(self) -> None:
        self._waiting: deque[Reading] = deque(maxlen=MOST_WAITING)

    def add(self, actor: Actor, entry: AuditEntry, *, at: datetime, address: str) -> None:
        self._waiting.append((actor, entry, at, address))

    def take(self) -> list[Reading]:
        """Take all out."""
        taken = []
        while self._waiting:
            taken.append(self._waiting.popleft())
        return taken

    def put_back(self, readings: list[Reading]) -> None:
        self._waiting.extendleft(reversed(readings))

    def __len__(self) -> int:
        return len(self._waiting)
