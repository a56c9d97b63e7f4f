"""Asking another machine for something over HTTP: how a module does it, and what it gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back, whatever its status. The names of `headers` are in small letters; `url` is the last one asked."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class Fetch(Protocol):
    """Ask for an address. It is called where no transaction is open: in the act of an `Outgoing`, never in a request.

    Global addresses at the usual ports are reached, and what an administrator allowed; redirects are followed three
    times, each looked at anew. All of it takes ten seconds at most, and an answer is five megabytes at most.
    Raises: NotReached, in plain words.
    """

    def __call__(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] = NO_HEADERS, body: bytes = b""
    ) -> Fetched: ...
