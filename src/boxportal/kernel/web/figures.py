"""Counts what the requests of this process came to and how long they took, where `/metrics` is on."""

from bisect import bisect_left
from collections import Counter

EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper edges of the histogram's buckets, in seconds; one more holds what takes longer."""
KINDS = (("/api/", "api"), ("/assets/", "asset"), ("/files/", "file"))


class Figures:
    """Requests by kind and class of their status, and their durations by kind. Written on the event loop alone."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str]] = Counter()
        self.buckets: dict[str, list[int]] = {}
        self.seconds: Counter[str] = Counter()

    def note(self, path: str, status: int, seconds: float) -> None:
        """Count one request that has ended."""
        kind = next((kind for start, kind in KINDS if path.startswith(start)), "page")
        self.requests[kind, f"{status // 100}xx"] += 1
        self.buckets.setdefault(kind, [0] * (len(EDGES) + 1))[bisect_left(EDGES, seconds)] += 1
        self.seconds[kind] += seconds  # type: ignore[assignment]  # a sum of seconds, as Counter's own docs do it
