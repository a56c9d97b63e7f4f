"""People and their passwords from a real directory (slapd), through the pages and the commands."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from boxportal.kernel.database.engines import read_session
from boxportal.kernel.identity.models import Person, PersonRole, Role, SignInSession, Team, TeamMember
from boxportal.kernel.secrets import Vault
from tests.cli.conftest import Ran, run_in
from tests.kernel.people.reading import errors_in
from tests.support.portal import PASSWORD, Portal
from tests.support.slapd import BASE, Slapd, running_slapd

pytestmark = pytest.mark.modules()
SECRET = "harbour plum 92 x"
LOOKS_UP = f"cn=portal,ou=service,{BASE}"


@pytest.fixture
def directory() -> Iterator[Slapd]:
    with running_slapd() as found:
        yield found


def form(directory: Slapd, **more: object) -> dict[str, object]:
    fields: dict[str, object] = {
        "kind": "ldap", "host": "127.0.0.1", "port": str(directory.port), "security": "tls", "ca": directory.ca,
        "user": LOOKS_UP, "password": "look-up-7", "base": BASE, "adds": "true", "teams": "true", "on": "true",
    }  # fmt: skip
    return fields | more


def set_up(portal: Portal, directory: Slapd, **more: object) -> None:
    answer = portal.browser("admin").post("/admin/directory", form(directory, **more))
    assert answer.status_code == 303, errors_in(answer.text)


def sync(portal: Portal, *words: str) -> Ran:
    return run_in(portal.data, "directory", "sync", *words)


def sign_in(portal: Portal, name: str, password: str) -> int:
    return portal.browser().post("/login", {"email": name, "password": password}).status_code


def people(portal: Portal) -> dict[str, Person]:
    with read_session(portal.company.engines) as db:
        return {person.email: person for person in db.scalars(select(Person))}


def roles_of(portal: Portal, email: str) -> list[str]:
    with read_session(portal.company.engines) as db:
        mine = select(Role.key).join(PersonRole, PersonRole.role_id == Role.id).join(Person)
        return sorted(str(key) for key in db.scalars(mine.where(Person.email == email)))


def teams_of(portal: Portal, email: str) -> list[str]:
    with read_session(portal.company.engines) as db:
        mine = (
            select(Team.name)
            .join(TeamMember, TeamMember.team_id == Team.id)
            .join(Person, Person.id == TeamMember.person_id)
        )
        return sorted(db.scalars(mine.where(Person.email == email)))


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_somebody_signs_in_with_the_directorys_password_and_becomes_a_person(
    portal: Portal, directory: Slapd, security: str
) -> None:
    directory.person("neema", "Neema Said", mail="neema@example.org", department="Sales", password=SECRET)
    port = directory.port if security == "tls" else directory.plain_port
    set_up(portal, directory, security=security, port=str(port))
    assert "user name" in portal.browser().get("/login").text
    assert sign_in(portal, "neema@example.org", "wrong one 123") == 422
    assert sign_in(portal, "neema@example.org", "") == 422
    assert "neema@example.org" not in people(portal)
    assert sign_in(portal, "neema@example.org", SECRET) == 303
    assert sign_in(portal, "neema", SECRET) == 303
    neema = people(portal)["neema@example.org"]
    assert (neema.name, neema.state, neema.is_admin, neema.password_hash) == ("Neema Said", "active", False, None)
    assert teams_of(portal, "neema@example.org") == ["Sales"]


def test_a_name_with_marks_of_a_filter_finds_nobody_else(portal: Portal, directory: Slapd) -> None:
    directory.person("neema", "Neema Said", mail="neema@example.org", password=SECRET)
    set_up(portal, directory)
    for name in ("*", "nee*", "neema)(uid=*", "*)(objectClass=*", "neema\\2a"):
        assert sign_in(portal, name, SECRET) == 422, name


def test_passwords_of_the_portal_go_on_for_people_of_the_portal(portal: Portal, directory: Slapd) -> None:
    directory.person("owner", "Somebody Else", mail=people_email(portal, "admin"), password=SECRET)
    set_up(portal, directory)
    assert sync(portal).code == 0
    assert sign_in(portal, people_email(portal, "admin"), SECRET) == 422  # an administrator is not taken over
    assert sign_in(portal, people_email(portal, "admin"), PASSWORD) == 303
    shown = portal.browser("admin").get("/admin/directory").text
    assert "administrator here" in shown


def people_email(portal: Portal, who: str) -> str:
    with read_session(portal.company.engines) as db:
        found = db.get(Person, portal.person(who))
        assert found is not None
        return found.email


def test_people_groups_and_departments_follow_the_directory(portal: Portal, directory: Slapd) -> None:
    neema = directory.person("neema", "Neema Said", mail="neema@example.org", department="Sales", password=SECRET)
    directory.person("juma", "Juma Ali", mail="juma@example.org", department="Stock")
    directory.person("ghost", "No Mail")
    inner = directory.group("sellers", neema)
    outer = directory.group("leaders", inner)
    set_up(portal, directory, roles=f"{outer} = Head", admins=inner)
    said = run_in(portal.data, "directory", "sync", "--json").json["data"]
    assert (said["found"], said["added"], said["gone"]) == (3, 2, 0)
    assert any("ghost" in why for why in said["left"])
    assert (people(portal)["neema@example.org"].is_admin, roles_of(portal, "neema@example.org")) == (True, ["head"])
    assert (people(portal)["juma@example.org"].is_admin, roles_of(portal, "juma@example.org")) == (False, [])
    again = run_in(portal.data, "directory", "sync", "--json").json["data"]
    assert (again["added"], again["changed"], again["gone"]) == (0, 0, 0)
    directory.change(neema, departmentNumber=["Stock"], cn=["Neema Said-Ali"])
    directory.change(inner, member=[LOOKS_UP])
    assert sync(portal).code == 0
    assert people(portal)["neema@example.org"].name == "Neema Said-Ali"
    assert (people(portal)["neema@example.org"].is_admin, roles_of(portal, "neema@example.org")) == (False, [])
    assert teams_of(portal, "neema@example.org") == ["Stock"]


def test_a_group_that_is_missing_takes_nobodys_rights(portal: Portal, directory: Slapd) -> None:
    neema = directory.person("neema", "Neema Said", mail="neema@example.org", password=SECRET)
    group = directory.group("sellers", neema)
    set_up(portal, directory, roles=f"{group} = Head", admins=group)
    assert sync(portal).code == 0
    directory.remove(group)
    refused = sync(portal)
    assert (refused.code, "cn=sellers" in refused.err) == (3, True)
    assert sign_in(portal, "neema", SECRET) == 303
    assert (people(portal)["neema@example.org"].is_admin, roles_of(portal, "neema@example.org")) == (True, ["head"])


def test_an_empty_answer_lets_nobody_go(portal: Portal, directory: Slapd) -> None:
    directory.person("neema", "Neema Said", mail="neema@example.org", password=SECRET)
    set_up(portal, directory)
    assert sync(portal).code == 0
    set_up(portal, directory, filter="(uid=nobody)")
    assert sync(portal).code == 3
    assert people(portal)["neema@example.org"].state == "active"


def test_a_secret_that_can_not_be_opened_keeps_nobody_of_the_portal_out(portal: Portal, directory: Slapd) -> None:
    set_up(portal, directory)
    (portal.data / "master.key").write_bytes(bytes(32))
    portal.company.vault = Vault(bytes(32), portal.company.name)
    assert sign_in(portal, people_email(portal, "admin"), PASSWORD) == 303
    assert sign_in(portal, "nobody@example.org", PASSWORD) == 422


def test_who_is_gone_from_the_directory_is_out_at_once_and_comes_back_with_it(portal: Portal, directory: Slapd) -> None:
    neema = directory.person("neema", "Neema Said", mail="neema@example.org", password=SECRET)
    set_up(portal, directory)
    assert sign_in(portal, "neema", SECRET) == 303
    uid = people(portal)["neema@example.org"].id
    directory.person("other", "Other Person", mail="other@example.org")
    directory.change(neema, employeeType=["left"])
    set_up(portal, directory, filter="(&(objectClass=inetOrgPerson)(!(employeeType=left)))")
    assert sync(portal).code == 0
    assert people(portal)["neema@example.org"].state == "left"
    with read_session(portal.company.engines) as db:
        assert db.scalars(select(SignInSession).where(SignInSession.person_id == uid)).all() == []
    assert sign_in(portal, "neema", SECRET) == 422
    directory.change(neema, employeeType=[])
    assert sync(portal).code == 0
    assert people(portal)["neema@example.org"].state == "active"
    assert sign_in(portal, "neema", SECRET) == 303


def test_many_who_vanish_at_once_stay_until_somebody_says_so(portal: Portal, directory: Slapd) -> None:
    for number in range(7):
        directory.person(f"p{number}", f"Person {number}", mail=f"p{number}@example.org")
    set_up(portal, directory)
    assert sync(portal).code == 0
    set_up(portal, directory, filter="(uid=p0)")
    refused = sync(portal)
    assert refused.code == 3
    assert "--all-may-go" in refused.err
    assert people(portal)["p3@example.org"].state == "active"
    assert "--all-may-go" in portal.browser("admin").get("/admin/directory").text
    assert sync(portal, "--all-may-go").code == 0
    assert (people(portal)["p0@example.org"].state, people(portal)["p3@example.org"].state) == ("active", "left")


def test_a_test_shows_who_is_found_and_changes_nothing(portal: Portal, directory: Slapd) -> None:
    directory.person("neema", "Neema Said", mail="neema@example.org", department="Sales")
    set_up(portal, directory)
    shown = portal.browser("admin").post("/admin/directory/test")
    assert (shown.status_code, "Neema Said" in shown.text) == (200, True)
    assert "neema@example.org" not in people(portal)
    assert "neema" in run_in(portal.data, "directory", "test").out


WRONG: list[tuple[dict[str, object], str]] = [
    ({"host": "a b"}, "dc1.example.org"), ({"port": "0"}, "1 to 65535"), ({"base": "nonsense"}, "DC=example"),
    ({"filter": "(uid=x"}, "not a filter"), ({"security": "none"}, "protected"), ({"ca": "no certificate"}, "PEM"),
    ({"roles": "cn=x = Nobody"}, "no role"), ({"password": ""}, "Enter the password"), ({"admins": "IT"}, "CN=IT"),
]  # fmt: skip


def test_what_is_wrong_is_told_at_the_field_and_the_form_keeps_the_rest(portal: Portal) -> None:
    nowhere = Slapd(port=636, plain_port=389, ca="")
    for wrong, words in WRONG:
        answer = portal.browser("admin").post("/admin/directory", form(nowhere, **wrong))
        assert answer.status_code == 422
        told = errors_in(answer.text)
        assert len(told) == 1, told
        assert words in told[0]
        assert LOOKS_UP in answer.text
        assert "look-up-7" not in answer.text


def test_an_untrusted_or_silent_directory_is_told_in_a_sentence(portal: Portal, directory: Slapd) -> None:
    directory.person("neema", "Neema Said", mail="neema@example.org", password=SECRET)
    set_up(portal, directory, ca="")
    assert portal.browser("admin").post("/admin/directory/test").status_code == 422
    assert sign_in(portal, "neema", SECRET) == 422
    set_up(portal, directory, password="wrong-password")
    assert "does not accept" in portal.browser("admin").post("/admin/directory/test").text
    failed = sync(portal)
    assert failed.code == 3
    assert len(failed.err.strip().splitlines()) == 1


def test_a_password_of_the_directory_is_not_changed_here(portal: Portal, directory: Slapd) -> None:
    directory.person("neema", "Neema Said", mail="neema@example.org", password=SECRET)
    set_up(portal, directory)
    browser = portal.browser()
    signed = browser.post("/login", {"email": "neema", "password": SECRET})
    browser.cookie = str(signed.cookies["bp_8080"])
    assert "kept in the company" in browser.get("/account/password").text
    refused = browser.post("/account/password", {"current": SECRET, "password": "another long one 77"})
    assert refused.status_code == 422
