"""Keeps forged requests out: same origin by header, and a synchroniser token bound to the session (OWASP CSRF)."""

import base64
import hashlib
import hmac
from urllib.parse import urlsplit

from fastapi import Request

from boxportal.sdk.errors import NotPermitted

SAME = frozenset({"same-origin", "none"})


def csrf_token(company_key: bytes, cookie: str) -> str:
    """The token that belongs to a session's cookie."""
    mac = hmac.new(company_key, b"csrf:" + cookie.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:24]).decode()


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


async def require_csrf(request: Request, token: str) -> None:
    """Refuse a write without the session's token in the header or in the form.

    Raises: NotPermitted.
    """
    given = request.headers.get("x-csrf-token", "")
    if not given and "form" in request.headers.get("content-type", ""):
        given = str((await request.form()).get("_csrf", ""))
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise NotPermitted
