"""Which requests are under way, by the snapshot that they began with: tables go only when nobody reads them."""

import asyncio
from collections import Counter

POLL_SECONDS = 0.01


class Visits:
    """Counts the requests of one company in this process by the revision of their snapshot."""

    def __init__(self) -> None:
        self._number: Counter[int] = Counter()

    def begin(self, revision: int) -> "Visit":
        self._number[revision] += 1
        return Visit(self._number, revision)

    async def older_ended(self, revision: int, seconds: float) -> None:
        """Wait until no request is under way that began with an older snapshot, or the time is over."""
        for _ in range(int(seconds / POLL_SECONDS)):
            if not any(older < revision for older in self._number):
                return
            await asyncio.sleep(POLL_SECONDS)


class Visit:
    """One request. It leaves at its end; one that itself waits for the others, and reads no more, leaves before."""

    def __init__(self, number: Counter[int], revision: int) -> None:
        self._number = number
        self._revision = revision
        self._left = False

    def leave(self) -> None:
        if self._left:
            return
        self._left = True
        self._number[self._revision] -= 1
        if not self._number[self._revision]:
            del self._number[self._revision]
