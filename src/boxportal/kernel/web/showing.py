"""For whom a template is being rendered: what components and filters need that no caller hands them.

Components are imported without the page's context, so that Jinja keeps them compiled and filled for the whole process
instead of running every component's file for each page; what differs from page to page reaches them from here.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import count


@dataclass(frozen=True, slots=True)
class Shown:
    """The token of the reader's session, empty without one, their time zone, and what one-time tokens are made of."""

    csrf: str
    zone: str
    seed: str
    numbers: Iterator[int]


_shown: ContextVar[Shown] = ContextVar("boxportal_shown")


@contextmanager
def showing(csrf: str, zone: str) -> Iterator[None]:
    """Render for one reader for the length of a block."""
    token = _shown.set(Shown(csrf, zone, secrets.token_urlsafe(16), count(1)))
    try:
        yield
    finally:
        _shown.reset(token)


def csrf_token() -> str:
    """The token that every form of the page carries."""
    return _shown.get().csrf


def new_once() -> str:
    """A one-time token for a form: what is random in it is the page's, for a page has many forms."""
    shown = _shown.get()
    return f"{shown.seed}-{next(shown.numbers)}"


def zone() -> str:
    """The reader's IANA time zone."""
    return _shown.get().zone
