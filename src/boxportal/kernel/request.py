"""What is known of a request before its session opens: where it comes from, what it carries, what it asks for."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request

from boxportal.kernel.companies import Company
from boxportal.kernel.door import SCOPE_DOOR, SCOPE_OUTSIDE, SCOPE_PEER
from boxportal.kernel.forgery import SAME
from boxportal.kernel.runtime import Snapshot
from boxportal.sdk.clock import utcnow

API = "/api/"
SCOPE_COMPANY = "boxportal.company"
SCOPE_SNAPSHOT = "boxportal.snapshot"
SCOPE_VISIT = "boxportal.visit"


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of a request before its session opens."""

    company: Company
    snapshot: Snapshot
    now: datetime
    cookie: str
    device: str
    bearer: str
    address: str
    agent: str
    base_url: str
    path: str
    query: str
    is_htmx: bool
    takes_gzip: bool
    language: str
    is_outside: bool
    is_straight: bool


def visit_of(request: Request) -> Visit:
    """Read what the dispatcher and the headers say of a request."""
    company: Company = request.scope[SCOPE_COMPANY]
    return Visit(
        company=company,
        snapshot=request.scope[SCOPE_SNAPSHOT],
        now=utcnow(),
        cookie=request.cookies.get(cookie_name(request), ""),
        device=request.cookies.get(device_cookie(request), "")[:64],
        bearer=bearer_of(request),
        address=request.client.host if request.client else "",
        agent=request.headers.get("user-agent", "")[:200],
        base_url=f"{request.url.scheme}://{request.url.netloc}",
        path=request.url.path,
        query=request.url.query,
        is_htmx=is_part(request),
        takes_gzip=takes_gzip(request),
        language=request.headers.get("accept-language", "")[:200],
        is_outside=bool(request.scope.get(SCOPE_OUTSIDE)),
        is_straight=comes_straight(request),
    )


def is_part(request: Request) -> bool:
    """Whether htmx asked, which puts answers into the page that is there."""
    return request.headers.get("hx-request") == "true"


def comes_straight(request: Request) -> bool:
    """Whether a request came to the portal's own port, and not from a trusted proxy that names whom it speaks for."""
    peer = request.scope.get(SCOPE_PEER)
    is_forwarded = peer is not None and request.client is not None and peer[0] != request.client.host
    return SCOPE_DOOR not in request.scope and not is_forwarded


def bearer_of(request: Request) -> str:
    """The key to the API that a request brings, where such keys count."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" and takes_keys(request) else ""


def caller_of(request: Request) -> tuple[str, object]:
    """By what a request's credential is counted, should it let somebody in."""
    company: Company = request.scope[SCOPE_COMPANY]
    return company.name, digest_of(bearer_of(request) or request.cookies.get(cookie_name(request), ""))


def digest_of(credential: str) -> bytes:
    return hashlib.sha256(credential.encode()).digest()


def takes_keys(request: Request) -> bool:
    """Keys to the API open the API, and files to read: with a narrow key nobody shall make a wider one on a page."""
    path = request.url.path
    return path.startswith(API) or (request.method == "GET" and path.startswith("/files/"))


def takes_gzip(request: Request) -> bool:
    """Whether a page may be compressed: not for a page of another site, which could learn from its length (BREACH)."""
    headers = request.headers
    return "gzip" in headers.get("accept-encoding", "") and headers.get("sec-fetch-site", "none") in SAME


def cookie_name(request: Request) -> str:
    """`__Host-bp` over https; over plain http `bp_<port>`, for cookies do not tell ports apart."""
    if request.url.scheme == "https":
        return "__Host-bp"
    return f"bp_{request.url.port or 80}"


def device_cookie(request: Request) -> str:
    """The cookie by which a browser is known again, beside that of its session."""
    return f"{cookie_name(request)}_device"
