"""The cookies that keep a browser signed in: HttpOnly, SameSite=Lax, and over https bound to the host."""

from datetime import timedelta

from fastapi import Request
from fastapi.responses import Response

from boxportal.kernel.request import cookie_name


def set_private_cookie(request: Request, answer: Response, name: str, secret: str, lasts: timedelta) -> None:
    """Let the browser keep a secret that no script reads and no other site sends."""
    answer.set_cookie(
        name,
        secret,
        max_age=int(lasts.total_seconds()),
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",
    )


def session_cookie(scheme: str, host: str, secret: str) -> str:
    """The header that sets the session's cookie when somebody signs in at this host."""
    scope = {"type": "http", "scheme": scheme, "method": "POST", "path": "/login", "query_string": b"",
             "headers": [(b"host", host.encode())]}  # fmt: skip
    request, answer = Request(scope), Response()
    set_private_cookie(request, answer, cookie_name(request), secret, timedelta(days=1))
    return answer.headers["set-cookie"]
