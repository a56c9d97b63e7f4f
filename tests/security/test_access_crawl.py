"""Everything that belongs to one person, asked for by those whom it does not concern: as if it were not there."""

import re
from collections.abc import Mapping

import pytest
from httpx2 import Response
from tests.support.furnished import Furnished, furnish
from tests.support.portal import Portal
from tests.support.routes import READING, routes_of

MARK = "Zanzibarquill"
TOLD = re.compile(MARK + r"[ .]\w")  # the records' texts go on after the mark; a search for it alone is shown again
MISSING = "900000001"
OWN_PLACES = ("{lead_id}", "{deal_id}", "{contact_id}", "{company_id}", "{activity_id}", "{quote_id}", "{order_id}",
              "{invoice_id}", "{payment_id}", "{shipment_id}", "{record_id}", "{file_id}", "{comment_id}",
              "{view_id}")  # fmt: skip
PUBLIC = ("/s/", "/form/", "/door/")
TIMELINE = {"/records/{kind}/{record_id}/timeline": "?before=2031-01-01T00:00:00"}


@pytest.fixture
def made(portal: Portal) -> Furnished:
    return furnish(portal, MARK)


def reading(portal: Portal) -> list[str]:
    return [path for path, route in routes_of(portal) if "GET" in (route.methods or ())]


def own(paths: list[str]) -> list[str]:
    return [path for path in paths if any(place in path for place in OWN_PLACES)]


def as_missing(path: str, made: Furnished) -> str:
    """The same address of a record that was never there."""
    for place in OWN_PLACES:
        path = path.replace(place, MISSING)
    return made.filled(path)


def plain(answer: Response) -> str:
    """An answer's body without what differs from one request to the next: its own address, one-time tokens."""
    body = re.sub(r'name="_once" value="[^"]*"', "", answer.text)
    return re.sub(r"\d{6,}|/\d+", "#", body)


def bearer(portal: Portal, who: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {portal.api(who).token}"}


def test_owner_sees_what_the_crawl_looks_for(portal: Portal, made: Furnished) -> None:
    owner = portal.browser("owner")
    for path in made.own:
        assert MARK in owner.get(path).text or "/payments/" in path, path
    for path in ("/search?q=" + MARK, "/crm/deals/list?_format=csv"):
        assert TOLD.search(owner.get(path).text), path
    assert TOLD.search(portal.api("owner").get("/crm/deals").text)


@pytest.mark.parametrize("who", ["stranger", ""])
def test_every_page_of_anothers_record_is_as_one_that_is_not_there(portal: Portal, made: Furnished, who: str) -> None:
    browser = portal.browser(who)
    paths = [path for path in own(reading(portal)) if not path.startswith("/api/")]
    assert len(paths) > 20
    for path in paths:
        there, nowhere = (browser.get(p + TIMELINE.get(path, "")) for p in (made.filled(path), as_missing(path, made)))
        assert there.status_code == (404 if who else 303), (path, there.status_code)
        assert (there.status_code, plain(there)) == (nowhere.status_code, plain(nowhere)), path
        assert MARK not in there.text


@pytest.mark.parametrize("who", ["stranger", ""])
def test_no_page_list_export_or_search_tells_of_anothers_records(portal: Portal, made: Furnished, who: str) -> None:
    browser = portal.browser(who)
    for path in reading(portal):
        if path.startswith((*PUBLIC, "/api/")):
            continue
        for query in ("", f"?q={MARK}", "?_format=csv", f"?typed={MARK}&before=2031-01-01T00:00:00"):
            assert not TOLD.search(browser.get(made.filled(path) + query).text), path + query


@pytest.mark.parametrize("who", ["stranger", ""])
def test_no_api_route_tells_of_anothers_records(portal: Portal, made: Furnished, who: str) -> None:
    headers = bearer(portal, who) if who else {}
    paths = [path for path in reading(portal) if path.startswith("/api/")]
    for path in paths:
        for query in ("", f"?q={MARK}"):
            answer = portal.client.get(made.filled(path) + query, headers=headers)
            assert not TOLD.search(answer.text), path
            assert answer.status_code in ((200, 404, 422) if who else (401, 404)), (path, answer.status_code)
    for path in own(paths):
        there, nowhere = (portal.client.get(p, headers=headers) for p in (made.filled(path), as_missing(path, made)))
        assert (there.status_code, there.text) == (nowhere.status_code, nowhere.text), path
        assert there.status_code == (404 if who else 401), path


@pytest.mark.parametrize("who", ["stranger", ""])
def test_nobody_changes_anothers_records(portal: Portal, made: Furnished, who: str) -> None:
    """Every post, with the form's fields empty and with some filled in: refused as for a missing record."""
    browser = portal.browser(who)
    paths = own([path for path, route in routes_of(portal) if (route.methods or set()) - READING])
    for path in paths:
        if path.startswith("/api/"):
            continue
        where = made.filled(path)
        for fields in ({}, {"title": "x", "text": "x", "name": "x", "reason": "x", "outcome": "reached"}):
            files = [("file", ("x.txt", b"x", "text/plain"))] if path.endswith("/files") else None
            answer = browser.post(where, fields, files=files)
            assert answer.status_code in ((404, 422) if who else (303, 403, 422)), (path, answer.status_code)
            assert MARK not in answer.text, path
    headers = bearer(portal, who) if who else {}
    for path, route in routes_of(portal):
        if path.startswith("/api/") and own([path]):
            for method in (route.methods or set()) - READING:
                answer = portal.client.request(method, made.filled(path), json={"title": "x"}, headers=headers)
                assert answer.status_code in ((404, 422) if who else (401, 403)), (method, path, answer.status_code)
                assert MARK not in answer.text, path
    for path in made.own:
        assert portal.browser("owner").get(path).status_code == 200, path


def test_external_ids_of_others_records_can_not_be_taken_over(portal: Portal) -> None:
    for kind, key in (("leads", "title"), ("deals", "title"), ("contacts", "name"), ("client-companies", "name")):
        path = f"/crm/{kind}/external/shop/42"
        assert portal.api("owner").send("PUT", path, {key: MARK}).status_code == 201
        answer = portal.api("stranger").send("PUT", path, {key: "Mine"})
        assert answer.status_code in (404, 409), (kind, answer.status_code)
        assert MARK not in answer.text
        assert portal.api("owner").get(f"/crm/{kind}").json()["items"][0][key] == MARK


def test_news_of_a_record_reach_its_own_people_alone(portal: Portal, made: Furnished) -> None:
    origin = {"origin": "http://portal.test:8080"}
    cookie = {"cookie": f"bp_8080={portal.browser('stranger').cookie}"}
    with portal.client.websocket_connect("ws://portal.test:8080/live", headers=origin | cookie) as live:
        first = live.receive_json()
        portal.browser("head").post(f"/records/crm.deal/{made.values['deal_id']}/comments", {"text": f"{MARK} again"})
        portal.browser("owner").post(f"/crm/deals/{made.values['deal_id']}/lose", {"reason": f"{MARK} lost"})
        portal.browser("stranger").post("/inbox/read", {})
        assert MARK not in str(first)
    page = portal.browser("stranger").get("/inbox").text
    assert MARK not in page
