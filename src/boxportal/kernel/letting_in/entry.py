"""What a request that came by a public door may reach: clients' links, forms, and what their pages are made of."""

from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from boxportal.kernel.companies import Box, Company
from boxportal.kernel.door import SCOPE_CLOSED, SCOPE_DOOR, SCOPE_OUTSIDE, Address
from boxportal.kernel.runtime import Snapshot
from boxportal.kernel.web.render import manifest

OWN_WORDS = frozenset({"door", "pictures"})
FILES = ("app.css", "bare.js", "theme.js", "icons.svg", "favicon.svg")
"""The front-end files that pages for outsiders name."""
MISSING = "/_"
"""A path that nothing answers."""
WHO = frozenset({b"cookie", b"authorization", b"host"})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request at a company's door, and the address of the door that it came by."""

    company: Company
    address: Address


class AtDoor:
    """The application as a company's own public port shows it."""

    def __init__(self, app: ASGIApp, company: str) -> None:
        self.app = app
        self.company = company

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[SCOPE_DOOR] = self.company
        await self.app(scope, receive, send)


def arrival_of(box: Box, scope: MutableMapping[str, Any], host: str) -> Arrival | None:
    """At whose door a request came in, or None when it came to the portal itself.

    At a port of its own the door is the company's whatever Host is sent. Elsewhere the Host header says it.
    """
    name = scope.get(SCOPE_DOOR)
    if name is None:
        return next(arrivals(box.companies.values(), host, box.own_names), None)
    company = box.companies[name]
    door = company.snapshot.door
    meant = door.meant_by(host, frozenset()) or next(iter(door.addresses), None)
    return Arrival(company, meant or Address("http", "closed.invalid", 80))


def arrivals(companies: Iterable[Company], host: str, own_names: frozenset[str]) -> Iterator[Arrival]:
    for company in sorted(companies, key=lambda c: (c.order, c.name)):
        meant = company.snapshot.door.meant_by(host, own_names)
        if meant is not None:
            yield Arrival(company, meant)


def narrow(scope: MutableMapping[str, Any], arrival: Arrival) -> None:
    """Make a request one of nobody's, to the door's own address; what is not for outsiders becomes a missing page.

    While the door is closed, what would be for them is a page that says so, and nothing is taken in.
    """
    address = arrival.address
    headers = [(name, value) for name, value in scope["headers"] if name not in WHO]
    scope["headers"] = [(b"host", address.netloc.encode("ascii")), *headers]
    scope["scheme"] = address.scheme if scope["type"] == "http" else {"http": "ws", "https": "wss"}[address.scheme]
    scope[SCOPE_OUTSIDE] = True
    if not is_for_outsiders(arrival.company.snapshot, scope["path"]):
        scope["path"], scope["raw_path"], scope["query_string"] = MISSING, MISSING.encode(), b""
    elif not arrival.company.snapshot.door.is_set and not scope["path"].startswith("/assets/"):
        scope[SCOPE_CLOSED] = True


def is_for_outsiders(snapshot: Snapshot, path: str) -> bool:
    """Whether a path is one that clients are given, or one that their pages are made of."""
    word, _slash, rest = path.removeprefix("/").partition("/")
    if word == "assets":
        return rest in file_names()
    return bool(rest) and (word in OWN_WORDS or word in snapshot.public or word in snapshot.resting)


@cache
def file_names() -> frozenset[str]:
    return frozenset(manifest()[name] for name in FILES)
