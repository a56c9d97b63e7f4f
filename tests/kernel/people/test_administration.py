"""Teams, roles, the company's profile and the audit log."""

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from boxportal.kernel.database.engines import read_session
from boxportal.kernel.identity.models import Role, RoleGrant, Team, TeamMember
from boxportal.kernel.pages.admin.roles import VERBS
from boxportal.kernel.pictures import redraw
from boxportal.kernel.state import read_profile
from boxportal.sdk.access import Scope
from tests.kernel.people.reading import errors_in, wait_until
from tests.support.portal import Portal

PROFILE = {"title": "Acme & Sons", "language": "ru", "timezone": "Europe/Berlin", "currency": "EUR", "country": "DE",
           "phone": "030 901820", "address": "Hauptstr. 1\n10115 Berlin"}  # fmt: skip


def role_id(portal: Portal, key: str) -> int:
    with read_session(portal.company.engines) as db:
        found = db.scalar(select(Role.id).where(Role.key == key))
        assert found is not None
        return found


def test_a_team_has_a_head_a_deputy_and_members(portal: Portal) -> None:
    head, deputy = portal.person("head"), portal.person("owner")
    form = {"name": "Field", "head": str(head), "deputy": str(deputy), "members": [str(portal.person("stranger"))]}
    assert portal.browser("admin").post("/admin/teams/new", form).status_code == 303
    with read_session(portal.company.engines) as db:
        team = db.scalar(select(Team).where(Team.name == "Field"))
        assert team is not None
        members = set(db.scalars(select(TeamMember.person_id).where(TeamMember.team_id == team.id)))
    assert (team.head_id, team.deputy_id) == (head, deputy)
    assert members == {head, deputy, portal.person("stranger")}
    page = portal.browser("admin").get("/admin/teams").text
    assert "Field" in page
    assert "Hans Head" in page


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": ""}, "Type a name"),
        ({"name": "ACME pumps"}, "a team of this name"),
        ({"head": "999"}, "works here"),
        ({"head": "2", "deputy": "2"}, "two people"),
    ],
)
def test_a_wrong_team_is_refused(portal: Portal, fields: dict[str, str], error: str) -> None:
    answer = portal.browser("admin").post("/admin/teams/new", {"name": "Field"} | fields)
    assert answer.status_code == 422
    assert any(error in text for text in errors_in(answer.text))


def test_the_last_team_stays(portal: Portal) -> None:
    admin = portal.browser("admin")
    with read_session(portal.company.engines) as db:
        first, second = db.scalars(select(Team.id).order_by(Team.id)).all()
    assert admin.post(f"/admin/teams/{second}/remove").status_code == 303
    refused = admin.post(f"/admin/teams/{first}/remove")
    assert refused.status_code == 409
    assert "only team" in refused.text


@pytest.mark.modules("crm")
def test_a_built_in_role_is_changed_at_once_and_keeps_only_what_differs(portal: Portal) -> None:
    permissions = portal.company.snapshot.permissions
    deal = permissions["crm.deal.see"]
    assert portal.actor("owner").scope("crm.deal.see") == deal.defaults["employee"]
    employee = role_id(portal, "employee")
    form = {f"scope:{p.id}": str(int(p.defaults.get("employee", Scope.NONE))) for p in permissions.values()}
    form |= {"scope:crm.deal.see": "1", "scope:crm.deal.edit": "0", "scope:no.such.thing": "3"}
    assert portal.browser("admin").post(f"/admin/roles/{employee}", form).status_code == 303
    assert portal.actor("owner").scope("crm.deal.see") == Scope.OWN
    assert portal.actor("owner").scope("crm.deal.edit") == Scope.NONE
    with read_session(portal.company.engines) as db:
        mine = select(RoleGrant.permission, RoleGrant.scope).where(RoleGrant.role_id == employee)
        kept = dict(db.execute(mine).all())
    assert kept == {"crm.deal.see": 1, "crm.deal.edit": 0}
    assert "own" in portal.browser("admin").get(f"/admin/roles/{employee}").text


def test_a_new_role_is_given_and_only_then_removed_when_nobody_has_it(portal: Portal) -> None:
    admin = portal.browser("admin")
    assert admin.post("/admin/roles/new", {"title": "Auditor"}).status_code == 303
    with read_session(portal.company.engines) as db:
        auditor = db.scalar(select(Role.id).where(Role.title == "Auditor"))
    person = {"name": "Omar Owner", "email": "owner@acme.example", "teams": "1"}
    admin.post(f"/admin/people/{portal.person('owner')}", person | {"roles": str(auditor)})
    assert admin.post(f"/admin/roles/{auditor}/remove").status_code == 409
    admin.post(f"/admin/people/{portal.person('owner')}", person | {"roles": str(role_id(portal, "employee"))})
    assert admin.post(f"/admin/roles/{auditor}/remove").status_code == 303
    assert admin.post(f"/admin/roles/{role_id(portal, 'employee')}/remove").status_code == 409
    assert admin.post("/admin/roles/new", {"title": "EMPLOYEE"}).status_code == 422


def test_the_companys_profile_is_shown_at_once_everywhere(portal: Portal) -> None:
    assert portal.browser("admin").post("/admin/company", PROFILE).status_code == 303
    assert "Acme &amp; Sons" in portal.browser().get("/login").text
    info = portal.company.snapshot.info
    assert (info.currency, info.country, info.phone) == ("EUR", "DE", "+4930901820")
    with read_session(portal.company.engines) as db:
        assert read_profile(db).address == "Hauptstr. 1\n10115 Berlin"


def test_saving_the_profile_is_said_and_the_first_team_goes_along_until_it_is_renamed(portal: Portal) -> None:
    admin = portal.browser("admin")
    answer = admin.post("/admin/company", PROFILE)
    assert "Saved." in admin.get(answer.headers["location"]).text
    with read_session(portal.company.engines) as db:
        assert db.scalars(select(Team.name).order_by(Team.id).limit(1)).all() == ["Acme & Sons"]
    assert admin.post("/admin/teams/1", {"name": "Everyone"}).status_code == 303
    admin.post("/admin/company", PROFILE | {"title": "Acme again"})
    with read_session(portal.company.engines) as db:
        assert db.scalars(select(Team.name).order_by(Team.id).limit(1)).all() == ["Everyone"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", ""), ("title", "x" * 101), ("language", "de"), ("timezone", "Mars"), ("currency", "XXX"),
     ("country", "ZZZ"), ("phone", "no"), ("address", "x" * 501)],
)  # fmt: skip
def test_a_wrong_profile_is_refused_at_its_field(portal: Portal, field: str, value: str) -> None:
    answer = portal.browser("admin").post("/admin/company", PROFILE | {"phone": "+4930901820"} | {field: value})
    assert answer.status_code == 422
    assert len(errors_in(answer.text)) == 1
    assert portal.company.snapshot.info.title == "Acme Pumps"


def picture(kind: str = "PNG", side: int = 40) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(made, kind)
    return made.getvalue()


def upload(portal: Portal, content: bytes, name: str = "logo.png") -> int:
    files = {"logo": (name, content, "image/png")}
    return portal.browser("admin").post("/admin/company", PROFILE, files=files).status_code


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_logo_is_drawn_anew(portal: Portal, kind: str) -> None:
    assert upload(portal, picture(kind, 900) + b"<script>alert(1)</script>") == 303
    address = portal.company.snapshot.info.logo
    answer = portal.client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert b"script" not in answer.content
    assert Image.open(io.BytesIO(answer.content)).size == (512, 512)
    assert f'src="{address}"' in portal.browser().get("/login").text
    portal.browser("admin").post("/admin/company", PROFILE | {"no_logo": "true"})
    wait_until(lambda: portal.company.snapshot.info.logo == "")


def bomb() -> bytes:
    """A PNG of 60,000 × 60,000 pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rows + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"<html><script>alert(1)</script>", b"GIF89a", b"",
     bomb(), b"\0" * (10 * 1024 * 1024 + 1), b"BM" + b"\0" * 100],
    ids=["svg", "html", "cut", "empty", "bomb", "huge", "bmp"],
)  # fmt: skip
def test_what_is_no_picture_is_refused_and_the_profile_stays(portal: Portal, content: bytes) -> None:
    assert upload(portal, content) == 422
    assert portal.company.snapshot.info.title == "Acme Pumps"
    assert not (portal.company.files / "pictures").exists()


MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


def test_the_drawing_process_has_little_memory(tmp_path: Path) -> None:
    """As many pixels as are allowed, in a picture that must be held whole several times over."""
    large = tmp_path / "large.png"
    Image.new("L", (6300, 6300)).save(large, "PNG")
    drawing = [sys.executable, "-I", str(redraw.__file__), "512"]
    with large.open("rb") as sent:
        # Measured by a small process in between: one forked from this large one counts as large as this one.
        done = subprocess.run([sys.executable, "-c", MEASURE, *drawing], stdin=sent, capture_output=True, check=True)
    code, most = done.stderr.split()[-2:]
    assert int(code) in (0, 1)
    assert int(most) < redraw.MEMORY / 1024


ODD_NAMES = ["../company.db", "..%2f..%2fsecrets%2fcompany.key", "x.png", "a" * 40 + ".png", "a%00.png"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_no_other_file_is_served_as_a_picture(portal: Portal, name: str) -> None:
    assert portal.browser("admin").get(f"/pictures/{name}").status_code == 404


def test_the_audit_log_tells_who_did_what_and_can_be_filtered(portal: Portal) -> None:
    admin = portal.browser("admin")
    admin.post("/admin/teams/new", {"name": "Field"})
    portal.browser("owner").post("/account", {"name": "Omar O.", "language": "en", "timezone": "UTC"})
    everything = admin.get("/admin/audit").text
    assert "added the team" in everything
    assert "changed the own profile" in everything
    owner = admin.get(f"/admin/audit?person={portal.person('owner')}").text
    assert "changed the own profile" in owner
    assert "added the team" not in owner
    teams = admin.get("/admin/audit?action=core.team").text
    assert "added the team" in teams
    assert "changed the own profile" not in teams
    record = admin.get(f"/admin/audit?record=core.person:{portal.person('owner')}").text
    assert "changed the own profile" in record
    assert "added the team" not in record
    assert "No line fits" in admin.get("/admin/audit?action=%25").text


def test_the_audit_log_pages_by_key(portal: Portal) -> None:
    admin = portal.browser("admin")
    for number in range(60):
        admin.post("/account", {"name": f"Amina {number}", "language": "en", "timezone": "UTC"})
    first = admin.get("/admin/audit").text
    assert "Amina 58<" in first
    assert "Amina 0<" not in first
    following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = admin.get(following).text
    assert "Amina 0<" in second
    assert "Amina 58<" not in second


@pytest.mark.parametrize("query", ["before=x", "before=-1", "before=99999999999999999999", "person=x", "record=%00",
                                   "record=core.person:99999999999999999999999", "action=" + "x" * 500])  # fmt: skip
def test_odd_questions_to_the_audit_log_get_an_answer(portal: Portal, query: str) -> None:
    assert portal.browser("admin").get(f"/admin/audit?{query}").status_code in (200, 422)


def test_every_permission_of_the_modules_has_a_word_for_its_verb(portal: Portal) -> None:
    verbs = {permission.rsplit(".", 1)[-1] for permission in portal.company.snapshot.permissions}
    assert verbs <= set(VERBS)
