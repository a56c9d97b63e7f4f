"""`boxportal user` and `boxportal token`."""

import pytest

from boxportal.kernel.database.engines import read_session
from boxportal.kernel.identity.models import Person
from tests.cli.conftest import Run
from tests.support.portal import BASE, PASSWORD, Portal

pytestmark = pytest.mark.modules()


def test_added_person_signs_in_with_the_password_from_standard_input(portal: Portal, run: Run) -> None:
    answer = run("user", "add", "New@Acme.example", "--name", "Neema New", "--role", "head", "--password-stdin",
                 stdin="correct horse staple 9\n")  # fmt: skip
    assert answer.code == 0, answer.err
    signed = portal.browser().post("/login", {"email": "new@acme.example", "password": PASSWORD})
    assert signed.status_code == 303
    line = next(p for p in run("user", "list", "--json").json["data"]["people"] if p["email"] == "new@acme.example")
    assert (line["roles"], line["teams"], line["admin"]) == ("Head", "Acme Pumps", False)


def test_wrong_people_are_refused_by_field_and_nothing_is_added(run: Run) -> None:
    add = ("user", "add", "x@acme.example", "--name", "X")
    assert run(*add).code == 2
    assert "--password-stdin" in run(*add, "--no-input").err
    assert "password" in run(*add, "--password-stdin", stdin="short\n").err
    assert run(*add, "--password-stdin", "--role", "king", stdin=PASSWORD).code == 5
    taken = run("user", "add", "owner@acme.example", "--name", "X", "--password-stdin", stdin=PASSWORD)
    assert (taken.code, "already" in taken.err) == (2, True)
    assert len(run("user", "list", "--json").json["data"]["people"]) == 5


def test_invited_person_gets_a_link_and_can_be_invited_again(portal: Portal, run: Run) -> None:
    first = run("user", "invite", "guest@acme.example", "--name", "Gina", "--json").json["data"]["link"]
    again = run("user", "invite", "guest@acme.example", "--json").json["data"]["link"]
    assert "/invite#t=" in first
    assert first != again
    assert run("user", "invite", "owner@acme.example").code == 3


def test_disabled_person_is_out_at_once_and_comes_back_by_a_new_link(portal: Portal, run: Run) -> None:
    browser, api = portal.browser("owner"), portal.api("owner")
    assert run("user", "disable", "owner@acme.example", "--successor", "colleague@acme.example").code == 0
    assert browser.get("/inbox").status_code == 303
    assert api.get("/me").status_code == 401
    assert "/invite#t=" in run("user", "enable", "owner@acme.example").out
    assert run("user", "disable", "admin@acme.example").code == 3
    assert run("user", "disable", "nobody@acme.example").code == 5


def test_roles_are_changed_and_shown(portal: Portal, run: Run) -> None:
    assert "Employee" in run("user", "role", "owner@acme.example").out
    assert run("user", "role", "owner@acme.example", "head", "--admin").code == 0
    with read_session(portal.company.engines) as db:
        person = db.get(Person, portal.person("owner"))
        assert person is not None
        assert person.is_admin
    assert run("user", "role", "owner@acme.example", "--no-admin", "--json").json["data"]["roles"] == "Head"
    assert run("user", "role", "admin@acme.example", "--no-admin").code == 3


def test_password_is_reset_by_a_link_and_sessions_are_ended(portal: Portal, run: Run) -> None:
    assert "/reset#t=" in run("user", "reset-password", "owner@acme.example").out
    browser = portal.browser("owner")
    assert len(run("user", "sessions", "owner@acme.example", "--json").json["data"]["sessions"]) == 1
    assert run("user", "sessions", "owner@acme.example", "--end").code == 0
    assert browser.get("/inbox").status_code == 303


def test_dry_run_checks_all_and_keeps_nothing(run: Run) -> None:
    answer = run("user", "invite", "dry@acme.example", "--name", "Dry", "--dry-run")
    assert (answer.code, "dry run" in answer.out) == (0, True)
    assert run("user", "invite", "owner@acme.example", "--dry-run").code == 3
    assert len(run("user", "list", "--json").json["data"]["people"]) == 5


def test_token_works_until_it_is_revoked_and_its_secret_is_shown_once(portal: Portal, run: Run) -> None:
    answer = run("token", "create", "owner@acme.example", "--name", "till", "--scope", "all:read", "--json")
    secret = answer.json["data"]["token"]
    headers = {"authorization": f"Bearer {secret}"}
    assert portal.client.get(f"{BASE}/api/v1/me", headers=headers).status_code == 200
    listed = run("token", "list", "--json")
    assert secret not in listed.out
    number = str(listed.json["data"]["tokens"][0]["id"])
    assert run("token", "revoke", number).code == 0
    assert portal.client.get(f"{BASE}/api/v1/me", headers=headers).status_code == 401
    assert run("token", "revoke", number).code == 5
    assert run("token", "create", "owner@acme.example", "--name", "x", "--scope", "chess:read").code == 2
    lines = run("audit", "list", "--action", "core.token", "--json").json["data"]["lines"]
    assert {line["actor"]["kind"] for line in lines} == {"system"}
