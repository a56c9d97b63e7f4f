"""Wrong, missing, huge and hostile values at every route: a clear answer, never a crash, never a raw marker."""

import os
import re
import time

import pytest
from httpx2 import InvalidURL, Response
from tests.support.furnished import Furnished, furnish
from tests.support.hostile import IDS, SCRIPT, Case, cases, told
from tests.support.portal import BASE, Portal
from tests.support.routes import routes_of

from boxportal.kernel.forgery import csrf_token

pytestmark = pytest.mark.slow
CASES = int(os.environ.get("HOSTILE_CASES", "1200"))
SPELLED = ("+1", "01", "1.0", "1_0", "1%20", "%D9%A3")  # other ways to write a number, which are read as that
SEED = int(os.environ.get("HOSTILE_SEED", "7"))
PATIENCE = 15  # three times what is promised, for the machine may be busy


def fields_of(portal: Portal, made: Furnished) -> dict[str, list[str]]:
    """The names of the fields of each form that the portal shows, by the address that it is sent to."""
    names: dict[str, set[str]] = {}
    for path, route in routes_of(portal):
        if "GET" in (route.methods or ()) and not path.endswith("/pdf"):
            where = made.filled(path)
            page = portal.browser("admin").get(where).text
            for head, body in re.findall(r"<form\b([^>]*)>(.*?)</form>", page, re.DOTALL):
                action = re.search(r'action="([^"?#]*)', head)
                found = re.findall(r'<(?:input|select|textarea)\b[^>]* name="([^"]+)"', body)
                names.setdefault((action and action[1]) or where, set()).update(found)
    return {action: sorted(found - {"_csrf"}) for action, found in names.items()}


def send(portal: Portal, case: Case, token: str) -> Response:
    """As the administrator, who may do everything, so that the values get as far as they can."""
    browser = portal.browser("admin")
    headers = {"origin": BASE, "cookie": f"bp_8080={browser.cookie}", "x-csrf-token": token_of(portal)} | case.headers
    if case.path.startswith("/api/"):
        headers = {"authorization": f"Bearer {token}"} | case.headers
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    return portal.client.request(
        case.method, case.path, json=case.json, content=case.content, data=case.form, headers=raw,
        follow_redirects=False,
    )  # type: ignore[arg-type]  # fmt: skip


def token_of(portal: Portal) -> str:
    return csrf_token(portal.company.key, portal.browser("admin").cookie)


# The framework leaves the temporary file of a torn upload to the garbage collector.
@pytest.mark.filterwarnings("ignore:.*SpooledTemporaryFile:pytest.PytestUnraisableExceptionWarning")
def test_no_route_crashes_on_hostile_values(portal: Portal) -> None:
    made = furnish(portal, "Marked")
    routes = [(path, route) for path, route in routes_of(portal) if not path.endswith("/pdf")]
    fields, token = fields_of(portal, made), portal.api("admin").token
    bad: dict[str, str] = {}
    tried, slowest = 0, 0.0
    for case in cases(routes, made, fields, SEED, CASES):
        began = time.monotonic()
        try:
            answer = send(portal, case, token)
        except (InvalidURL, UnicodeError):  # the client itself refuses to send it
            continue
        tried += 1
        slowest = max(slowest, took := time.monotonic() - began)
        what = complaint(answer) or ("late" if took > PATIENCE else "")
        if what:
            bad.setdefault(f"{what} {case.method} {case.path.split('?')[0][:60]}", told(case))
    assert bad == {}, "\n".join(bad.values())
    assert tried > CASES * 0.9
    assert portal.client.get("/readyz").status_code == 200
    print(f"{tried} bad requests on {portal.backend}, the slowest answered in {slowest:.2f} s")


def complaint(answer: Response) -> str:
    if answer.status_code >= 500:
        return str(answer.status_code)
    if answer.headers.get("content-type", "").startswith("text/html") and SCRIPT in answer.text:
        return "raw marker"
    if "x-injected" in answer.headers or "Traceback" in answer.text:
        return "leak"
    return ""


def test_ids_that_are_none_are_missing_pages(portal: Portal) -> None:
    made = furnish(portal, "Marked")
    for path in (*made.own, "/admin/people/1", "/admin/teams/1", "/admin/roles/1"):
        for wrong in IDS:
            if wrong in SPELLED:
                continue
            answer = portal.browser("admin").get(f"{path.rsplit('/', 1)[0]}/{wrong}")
            # 307 is the router's own: it takes a slash off the end, and stays on this host.
            missing = answer.status_code in (404, 414) or answer.headers.get("location", "").startswith(BASE)
            assert missing, (path, wrong, answer.status_code)
