"""For whom a template is being rendered: what components and filters need that no caller hands them.

Components are imported without the page's context, so that Jinja keeps them compiled and filled for the whole process
instead of running every component's file for each page; what differs from page to page reaches them from here.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """The token of the reader's session, empty without one, and their time zone."""

    csrf: str
    zone: str


_shown: ContextVar[Shown] = ContextVar("boxportal_shown")


@contextmanager
def showing(csrf: str, zone: str) -> Iterator[None]:
    """Render for one reader for the length of a block."""
    token = _shown.set(Shown(csrf, zone))
    try:
        yield
    finally:
        _shown.reset(token)


def csrf_token() -> str:
    """The token that every form of the page carries."""
    return _shown.get().csrf


def new_once() -> str:
    """A one-time token for a form."""
    return secrets.token_urlsafe(16)


def zone() -> str:
    """The reader's IANA time zone."""
    return _shown.get().zone
