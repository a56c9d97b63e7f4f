"""How often a caller of the API may ask: one number a caller, in the memory of this process.

The generic cell rate algorithm: for each caller the moment at which all that it used has come back.
"""

import math
import threading
from dataclasses import dataclass

WINDOW = 60.0
MOST_CALLERS = 20_000


@dataclass(frozen=True, slots=True)
class Share:
    """What a caller has left of `quota` requests a minute; `reset` is the seconds until all of it is back.

    `wait` is 0.0, or the seconds until the next request is let through.
    """

    quota: int
    left: int
    reset: int
    wait: float = 0.0


class Rates:
    """Counts requests by caller. A minute's quota may be used at once; it comes back evenly."""

    def __init__(self, a_minute: int, most: int = MOST_CALLERS) -> None:
        self.quota = a_minute
        self._step = WINDOW / a_minute if a_minute else 0.0
        self._most = most
        self._full_at: dict[object, float] = {}
        self._lock = threading.Lock()

    def __contains__(self, caller: object) -> bool:
        return caller in self._full_at

    def take(self, caller: object, now: float) -> Share:
        """Count one request at `now`, in seconds of a clock that never goes back; a refused one is not counted."""
        with self._lock:
            used_until = max(self._full_at.get(caller, now), now) + self._step
            if used_until - now > WINDOW + self._step / 1000:
                wait = used_until - now - WINDOW
                return Share(self.quota, 0, math.ceil(used_until - self._step - now), wait)
            if caller not in self._full_at and len(self._full_at) >= self._most:
                self._drop(now)
            self._full_at[caller] = used_until
        left = int((WINDOW - (used_until - now)) / self._step + 0.001)
        return Share(self.quota, left, math.ceil(used_until - now))

    def give_back(self, caller: object) -> None:
        """Take a request off the count that turned out to be somebody else's."""
        with self._lock:
            if caller in self._full_at:
                self._full_at[caller] -= self._step

    def _drop(self, now: float) -> None:
        """Forget who has all of the quota again; if nobody has, the half that came first."""
        for caller in [one for one, full_at in self._full_at.items() if full_at <= now]:
            del self._full_at[caller]
        if len(self._full_at) >= self._most:
            for caller in list(self._full_at)[: self._most // 2]:
                del self._full_at[caller]
