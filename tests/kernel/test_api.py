"""The kernel's part of the API, its document, and how programs are let in."""

import pytest

from tests.support.portal import Portal

pytestmark = pytest.mark.modules("crm")


def test_program_learns_whose_token_it_has_and_how_far_it_reaches(portal: Portal) -> None:
    me = portal.api("owner", ("crm:read",)).get("/me").json()
    assert (me["id"], me["name"]) == (portal.person("owner"), "Omar Owner")
    assert me["grants"]["crm.deal.see"] == "team"
    assert "crm.deal.edit" not in me["grants"]


def test_wrong_or_missing_token_is_401(portal: Portal) -> None:
    assert portal.api().get("/me").status_code == 401
    wrong = portal.client.get("/api/v1/me", headers={"authorization": "Bearer bp_wrong"})
    assert (wrong.status_code, wrong.headers["www-authenticate"]) == (401, "Bearer")


def test_people_are_paged_by_cursor(portal: Portal) -> None:
    api = portal.api("owner")
    first = api.get("/people?limit=3").json()
    second = api.get(f"/people?limit=3&cursor={first['next']}").json()
    names = [person["name"] for person in first["items"] + second["items"]]
    assert len(names) == len(set(names)) == 5
    assert second["next"] is None
    assert api.get("/people?limit=0").status_code == 422


def test_document_has_what_is_on_and_nothing_else(portal: Portal) -> None:
    document = portal.api("owner").get("/openapi.json").json()
    assert "/api/v1/me" in document["paths"]
    assert not [path for path in document["paths"] if path.startswith("/api/v1/sales")]
    assert portal.browser("owner").get("/api/v1/docs").status_code == 200
