"""What pages of the administration do, done by commands: teams, roles, mail, the profile, leaving."""

import pytest
from sqlalchemy import select

from boxportal.kernel.database.engines import read_session
from boxportal.kernel.identity.models import Person
from boxportal.kernel.state import read_profile
from tests.cli.conftest import Run
from tests.support.portal import Portal

pytestmark = [pytest.mark.modules(), pytest.mark.parametrize("backend", ["sqlite"])]


def test_teams_are_made_changed_and_removed(portal: Portal, run: Run) -> None:
    assert run("team", "add", "Stores", "--head", "owner@acme.example", "--member", "head@acme.example").code == 0
    page = portal.browser("admin").get("/admin/teams").text
    assert "Stores" in page
    assert "Omar Owner" in page
    assert run("team", "edit", "stores", "--rename", "Depot", "--head", "", "--deputy", "head@acme.example").code == 0
    lines = {team["name"]: team for team in run("team", "list", "--json").json["data"]["teams"]}
    assert (lines["Depot"]["head"], lines["Depot"]["deputy"], lines["Depot"]["members"]) == ("", "Hans Head", 2)
    assert run("team", "add", "Depot").code == 2
    assert run("team", "edit", "Nowhere").code == 5
    assert run("team", "edit", "Depot", "--head", "nobody@acme.example").code == 5
    assert run("team", "remove", "Depot").code == 0
    assert "Depot" not in portal.browser("admin").get("/admin/teams").text


def test_roles_are_granted_what_is_said_and_nothing_else(portal: Portal, run: Run) -> None:
    run("module", "enable", "notes")
    assert run("role", "add", "Clerk", "notes.note.see=team").code == 0
    before = run("role", "show", "clerk", "--json").json["data"]["role"]["grants"]
    assert (before["notes.note.see"], before["notes.note.create"]) == ("team", "none")
    assert run("role", "edit", "Clerk", "notes.note.create=own", "--rename", "Writer").code == 0
    after = run("role", "show", "Writer", "--json").json["data"]["role"]["grants"]
    assert after == before | {"notes.note.create": "own"}
    for wrong in ("notes.note.fly=own", "notes.note.see=far", "notes.note.see"):
        assert run("role", "edit", "Writer", wrong).code == 2, wrong
    assert run("role", "remove", "Employee").code == 3
    assert run("role", "remove", "Writer").code == 0
    assert run("role", "show", "Writer").code == 5


def test_mail_server_is_set_with_its_password_sealed_and_forgotten(portal: Portal, run: Run) -> None:
    sent = ("mail", "set", "mail.acme.example", "office@acme.example", "--user", "office")
    assert run(*sent).code == 2, "a password is needed for a user"
    assert run(*sent, "--password-stdin", stdin="s3cret words\n").code == 0
    shown = run("mail", "show", "--json")
    assert (shown.json["data"]["server"]["port"], shown.json["data"]["server"]["password"]) == (587, "set")
    assert "s3cret" not in shown.out
    assert "mail.acme.example" in portal.browser("admin").get("/admin/mail").text
    assert run("mail", "set", "x", "no address").code == 2
    assert run("mail", "test", "not an address").code == 2
    assert run("mail", "off").code == 0
    assert run("mail", "show", "--json").json["data"]["server"] is None


def test_profile_changes_field_by_field(portal: Portal, run: Run) -> None:
    assert run("company", "edit", "--title", "Acme & Sons", "--phone", "+255 754 123 456").code == 0
    with read_session(portal.company.engines) as db:
        kept = read_profile(db)
    assert (kept.title, kept.phone, kept.currency) == ("Acme & Sons", "+255754123456", "TZS")
    answer = run("company", "edit", "--currency", "GOLD", "--timezone", "Mars/Base")
    assert (answer.code, "--currency" in answer.err, "--timezone" in answer.err) == (2, True, True)


def test_people_are_renamed_and_their_work_handed_over_later(portal: Portal, run: Run) -> None:
    assert run("user", "edit", "owner@acme.example", "--name", "Omar O.", "--email", "omar@acme.example").code == 0
    assert run("user", "hand-over", "omar@acme.example", "head@acme.example").code == 3
    assert run("user", "disable", "omar@acme.example").code == 0
    assert run("user", "hand-over", "omar@acme.example", "head@acme.example").code == 0
    with read_session(portal.company.engines) as db:
        person = db.scalar(select(Person).where(Person.email == "omar@acme.example"))
        assert person is not None
        assert (person.name, person.successor_id) == ("Omar O.", portal.person("head"))
