"""Keeps forged requests out: same origin by header, and a synchroniser token bound to the session (OWASP CSRF)."""

import base64
import hmac
import os
from urllib.parse import urlsplit

from fastapi import Request

from boxportal.sdk.errors import NotPermitted

BYTES = 24
SAME = frozenset({"same-origin", "none"})


def csrf_token(company_key: bytes, cookie: str) -> str:
    """A token of a session's cookie: its secret under a mask that is new each time.

    Pages are compressed; a token that stood in each of them alike could be guessed by the pages' lengths (BREACH).
    """
    secret, mask = _secret(company_key, cookie), os.urandom(BYTES)
    return base64.urlsafe_b64encode(mask + _under(mask, secret)).decode()


def is_csrf_token(given: str, company_key: bytes, cookie: str) -> bool:
    """Whether this is a token of the session, under whatever mask."""
    try:
        raw = base64.b64decode(given.encode("ascii"), b"-_", validate=True)
    except ValueError:
        return False
    return len(raw) == 2 * BYTES and hmac.compare_digest(_under(raw[:BYTES], raw[BYTES:]), _secret(company_key, cookie))


def _secret(company_key: bytes, cookie: str) -> bytes:
    return hmac.digest(company_key, b"csrf:" + cookie.encode(), "sha256")[:BYTES]


def _under(mask: bytes, text: bytes) -> bytes:
    return (int.from_bytes(mask) ^ int.from_bytes(text)).to_bytes(BYTES)


def require_same_site(request: Request) -> None:
    """Refuse a write that a page of another origin sent.

    Raises: NotPermitted.
    """
    fetch_site = request.headers.get("sec-fetch-site")
    source = request.headers.get("origin") or request.headers.get("referer")
    if fetch_site is not None and fetch_site not in SAME:
        raise NotPermitted
    if source is None:
        raise NotPermitted
    parts = urlsplit(source)
    if (parts.scheme, parts.netloc) != (request.url.scheme, request.url.netloc):
        raise NotPermitted


async def require_csrf(request: Request, company_key: bytes, cookie: str) -> None:
    """Refuse a write without the session's token in the header or in the form.

    Raises: NotPermitted.
    """
    given = request.headers.get("x-csrf-token", "")
    if not given and "form" in request.headers.get("content-type", ""):
        given = str((await request.form()).get("_csrf", ""))
    if not is_csrf_token(given, company_key, cookie):
        raise NotPermitted
