"""The CRM over the API: programs create, change, move and close, each thing once."""

import pytest
from tests.support.portal import Portal

pytestmark = pytest.mark.modules("crm")


def test_program_takes_a_request_to_a_won_deal(portal: Portal) -> None:
    api = portal.api("owner")
    made = api.post(
        "/crm/leads", {"request": "Two pumps", "name": "Ann", "email": "ann@x.example", "phone": "0754 123 456"}
    )
    assert made.status_code == 201, made.text
    lead = made.json()
    assert made.headers["location"] == f"/api/v1/crm/leads/{lead['id']}"
    assert (lead["title"], lead["status"], lead["responsible_id"]) == ("Two pumps", "new", portal.person("head"))
    money = {"amount": 1_240_000, "currency": "TZS"}
    deal = api.post(f"/crm/leads/{lead['id']}/convert", {"amount": money}).json()
    assert (deal["amount"], deal["state"], deal["lead_id"]) == (money, "open", lead["id"])
    stages = api.get("/crm/pipelines").json()["items"][0]["stages"]
    quoted = next(stage for stage in stages if stage["milestone"] == "quoted")
    moved = api.post(f"/crm/deals/{deal['id']}/move", {"stage_id": quoted["id"]}).json()
    assert moved["stage_id"] == quoted["id"]
    won = api.post(f"/crm/deals/{deal['id']}/win").json()
    assert won["state"] == "won"
    contact = api.get(f"/crm/contacts/{won['contact_id']}").json()
    assert (contact["name"], contact["email"]) == ("Ann", "ann@x.example")
    assert api.get(f"/crm/leads/{lead['id']}").json()["status"] == "converted"


def test_creation_with_the_same_key_is_done_once(portal: Portal) -> None:
    api = portal.api("owner")
    key = {"idempotency-key": "abc"}
    first = api.post("/crm/deals", {"title": "Pumps"}, key)
    again = api.post("/crm/deals", {"title": "Pumps"}, key)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert api.post("/crm/deals", {"title": "Other"}, key).status_code == 409
    assert len(api.get("/crm/deals").json()["items"]) == 1


def test_external_id_creates_once_and_then_changes(portal: Portal) -> None:
    api = portal.api("owner")
    for collection, key in (("leads", "title"), ("deals", "title"), ("contacts", "name"), ("client-companies", "name")):
        path = f"/crm/{collection}/external/shop/42"
        made = api.send("PUT", path, {key: "First"})
        changed = api.send("PUT", path, {key: "Second"})
        assert (made.status_code, changed.status_code) == (201, 200), collection
        assert changed.json()["id"] == made.json()["id"]
        assert changed.json()[key] == "Second"
        assert len(api.get(f"/crm/{collection}").json()["items"]) == 1
        twin = api.post(f"/crm/{collection}", {key: "Twin", "source": "shop", "external_id": "42"})
        assert twin.status_code == 409


def test_source_or_id_that_is_too_long_is_refused_by_its_name(portal: Portal) -> None:
    api = portal.api("owner")
    for collection, key in (("leads", "title"), ("deals", "title"), ("contacts", "name"), ("client-companies", "name")):
        for name, longest in (("source", 60), ("external_id", 120)):
            path = f"/crm/{collection}"
            assert api.post(path, {key: "Fits", name: "s" * longest}).status_code == 201, collection
            refused = api.post(path, {key: "Long", name: "s" * (longest + 1)})
            assert (refused.status_code, name in refused.text) == (422, True), collection


def test_change_with_an_old_etag_is_412_and_says_what_stands(portal: Portal) -> None:
    api = portal.api("owner")
    made = api.post("/crm/deals", {"title": "Pumps"})
    path = f"/crm/deals/{made.json()['id']}"
    etag = {"if-match": api.get(path).headers["etag"]}
    assert api.send("PATCH", path, {"title": "Valves"}, etag).status_code == 200
    stale = api.send("PATCH", path, {"title": "Mine"}, etag)
    assert stale.status_code == 412
    assert stale.json()["theirs"]["title"] == "Valves"
    assert api.send("PATCH", path, {"title": "Mine"}, {"if-match": "x"}).status_code == 422


def test_patch_changes_only_what_is_sent(portal: Portal) -> None:
    api = portal.api("owner")
    body = {"name": "Ann", "position": "Buyer", "email": "ann@x.example"}
    contact = api.post("/crm/contacts", body).json()
    changed = api.send("PATCH", f"/crm/contacts/{contact['id']}", {"position": "Head"}).json()
    assert (changed["name"], changed["position"], changed["email"]) == ("Ann", "Head", "ann@x.example")


@pytest.mark.parametrize(
    "body", [{}, {"title": 5}, {"title": "x", "id": 9}, {"title": "x", "version": 3}, [], "x", None]
)
def test_bad_bodies_are_422_with_problem_json(portal: Portal, body: object) -> None:
    answer = portal.api("owner").post("/crm/deals", body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 422


def test_stranger_and_narrow_token_get_404_and_nothing_tells_that_it_exists(portal: Portal) -> None:
    deal = portal.api("owner").post("/crm/deals", {"title": "Pumps"}).json()
    path = f"/crm/deals/{deal['id']}"
    stranger = portal.api("stranger")
    assert stranger.get(path).status_code == stranger.get("/crm/deals/999999").status_code == 404
    assert stranger.get(path).json() == stranger.get("/crm/deals/999999").json()
    assert stranger.send("PATCH", path, {"title": "x"}).status_code == 404
    assert stranger.post(f"{path}/win").status_code == 404
    assert stranger.get("/crm/deals").json()["items"] == []
    reader = portal.api("owner", ("crm:read",))
    assert reader.get(path).status_code == 200
    assert reader.send("PATCH", path, {"title": "x"}).status_code == 404
    assert portal.api("owner", ("sales:write",)).get(path).status_code == 404


def test_list_is_paged_newest_first_and_each_row_comes_once(portal: Portal) -> None:
    api = portal.api("owner")
    made = [api.post("/crm/leads", {"title": f"L{n}"}).json()["id"] for n in range(5)]
    seen: list[int] = []
    cursor: str | None = "0"
    while cursor is not None:
        page = api.get(f"/crm/leads?limit=2&cursor={cursor}").json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert seen == made[::-1]


def test_activity_is_planned_and_done(portal: Portal) -> None:
    api = portal.api("owner")
    deal = api.post("/crm/deals", {"title": "Pumps"}).json()
    body = {"kind": "call", "record_kind": "crm.deal", "record_id": deal["id"], "due_at": "2031-01-02T10:00:00+03:00"}
    activity = api.post("/crm/activities", body).json()
    assert activity["due_at"] == "2031-01-02T07:00:00Z"
    done = api.post(f"/crm/activities/{activity['id']}/done", {"result": "agreed"}).json()
    assert done["result"] == "agreed"
    assert done["done_at"]
    assert portal.api("stranger").post("/crm/activities", body).status_code == 404
    assert api.post("/crm/activities", body | {"due_at": "2031-01-02T10:00:00"}).status_code == 422
