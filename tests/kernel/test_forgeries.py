"""Requests that a page of another site makes a signed-in browser send, and what may come from anywhere."""

from sqlalchemy import func, select

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.database.engines import read_session
from boxportal.kernel.forgery import csrf_token
from tests.support.portal import BASE, Portal
from tests.support.routes import filled, opens_anywhere, routes_of, writing_routes

# Posts of people who are not signed in: there is no session whose token they could carry, so Origin alone holds them.
PUBLIC = frozenset({"/login", "/login/passkey", "/hello", "/invite", "/forgot", "/reset", "/sso/back"})
ANYWHERE = ["/form/{slug}"]
# For a session that owes its second step and no other; tests/kernel/test_two_steps.py forges it.
HALF = "/login/second"
# Clients' links: who has the link may answer, signed in or not.
OUTSIDE = ("/s/", "/form/", "/door/")
FORGED_ORIGINS: tuple[dict[str, str], ...] = (
    {"origin": "http://evil.test"},
    {"origin": "null"},
    {},
    {"origin": BASE, "sec-fetch-site": "cross-site"},
)


def lines(portal: Portal) -> int:
    with read_session(portal.company.engines) as db:
        return db.scalar(select(func.count()).select_from(AuditLine)) or 0


def status(portal: Portal, method: str, path: str, headers: dict[str, str], token: str) -> int:
    cookie = {"cookie": f"bp_8080={portal.browser('admin').cookie}"}
    fields = {"_csrf": token, "name": "Forged", "title": "Forged", "email": "forged@evil.test"}
    files = {"file": ("forged.txt", b"forged")} if path.endswith("/files") else None
    sent = portal.client.request(
        method, path, data=fields, files=files, headers=headers | cookie, follow_redirects=False
    )
    return sent.status_code


def test_no_route_that_writes_believes_another_site(portal: Portal) -> None:
    good = csrf_token(portal.company.key, portal.browser("admin").cookie)
    before = lines(portal)
    routes = writing_routes(portal)
    assert len(routes) > 30
    for method, path in routes:
        if path in map(filled, ANYWHERE):
            continue
        for headers in FORGED_ORIGINS:
            assert status(portal, method, path, headers, good) == 403, (method, path, headers)
    assert lines(portal) == before


def test_no_route_that_writes_believes_a_missing_or_another_persons_token(portal: Portal) -> None:
    others = csrf_token(portal.company.key, portal.browser("owner").cookie)
    before = lines(portal)
    for method, path in writing_routes(portal):
        if path in PUBLIC or path == HALF or path.startswith(OUTSIDE):
            continue
        for token in ("", others):
            assert status(portal, method, path, {"origin": BASE}, token) == 403, (method, path)
    assert lines(portal) == before


def test_only_the_public_form_takes_posts_from_anywhere(portal: Portal) -> None:
    writing = {path for path, route in routes_of(portal) if opens_anywhere(route) and route.methods != {"GET"}}
    assert writing == set(ANYWHERE)


def test_a_foreign_page_can_not_listen(portal: Portal) -> None:
    cookie = f"bp_8080={portal.browser('owner').cookie}"
    for origin in ("http://evil.test", "null", "", "https://evil.test:8080"):
        closed = ""
        try:
            with portal.client.websocket_connect(
                "ws://portal.test:8080/live", headers={"cookie": cookie, "origin": origin}
            ):
                closed = "open"
        except Exception as error:  # noqa: BLE001 the test client raises its own kinds
            closed = type(error).__name__
        assert closed == "WebSocketDisconnect", origin
