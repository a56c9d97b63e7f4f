"""Rules of sign-in for everyone, administrators and roles: what holds for whom, at once, for keys to the API too."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.identity.models import Role, SignInSession
from boxportal.kernel.identity.networks import admits, line_of, read_networks
from boxportal.kernel.identity.rules import Rule, SignInRules, change_rule, rules_of
from boxportal.kernel.identity.sessions import ABSOLUTE, IDLE, digest
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import Invalid
from tests.kernel.test_two_steps import code_of, cookie_in, set_up, sign_in
from tests.support.portal import Browser, Portal

SQLITE = pytest.mark.parametrize("backend", ["sqlite"])  # no SQL that differs
AWAY = ("10.20.0.0/16",)
HERE = ("127.0.0.0/8", "10.20.0.0/16")


def let(portal: Portal, kind: str, rule: Rule) -> None:
    """Let a rule hold, as a command does."""
    with write_session(portal.company.engines) as db:
        change_rule(portal.ctx(db._session), kind, kind, rule)  # noqa: SLF001 a context of the test's own


def role(portal: Portal, key: str) -> str:
    with read_session(portal.company.engines) as db:
        return str(db.scalar(select(Role.id).where(Role.key == key)))


def session_of(portal: Portal, browser: Browser) -> SignInSession:
    with read_session(portal.company.engines) as db:
        row = db.scalar(select(SignInSession).where(SignInSession.token_hash == digest(browser.cookie)))
        assert row is not None
        return row


def test_strictest_of_several_rules_holds() -> None:
    rules = SignInRules(
        everyone=Rule(days=20, networks=("10.0.0.0/8",)),
        admins=Rule(idle_minutes=30),
        roles={5: Rule(days=10, two_steps=True, networks=("10.1.0.0/16",)), 6: Rule(days=40)},
    )
    plain, both = rules.terms(is_admin=False, roles=frozenset()), rules.terms(is_admin=True, roles=frozenset({5, 6}))
    assert (plain.absolute, plain.idle, plain.two_steps) == (timedelta(days=20), IDLE, False)
    assert (both.absolute, both.idle, both.two_steps) == (timedelta(days=10), timedelta(minutes=30), True)
    assert (admits(both.networks, "10.1.2.3"), admits(both.networks, "10.2.2.3")) == (True, False)
    usual = SignInRules().terms(is_admin=True, roles=frozenset({5}))
    assert (usual.absolute, usual.idle, usual.networks, usual.one_device) == (ABSOLUTE, IDLE, "", False)


@pytest.mark.parametrize(
    ("line", "address", "fits"),
    [
        ("", "anything", True),
        ("10.0.0.0/8", "10.1.1.1", True),
        ("10.0.0.0/8", "::ffff:10.1.1.1", True),
        ("10.0.0.0/8", "11.1.1.1", False),
        ("10.0.0.0/8", "", False),
        ("10.0.0.0/8", "testclient", False),
        ("fd00::/8", "fd00::7%eth0", True),
        ("10.0.0.0/8 fd00::/8;10.1.0.0/16", "10.2.0.1", False),
    ],
)
def test_address_fits_every_group_of_ranges(line: str, address: str, fits: bool) -> None:  # noqa: FBT001 as above
    assert admits(line, address) is fits


def test_ranges_are_read_as_people_type_them() -> None:
    assert read_networks("192.168.1.7/24, 10.0.0.7;fd00::/8", "networks") == [
        "192.168.1.0/24",
        "10.0.0.7/32",
        "fd00::/8",
    ]
    assert line_of([(), ("10.0.0.0/8", "fd00::/8"), ()]) == "10.0.0.0/8 fd00::/8"
    with pytest.raises(Invalid):
        read_networks("192.168.1.0/24 office", "networks")


def test_network_rule_holds_at_once_for_sessions_keys_and_sign_in(portal: Portal) -> None:
    owner, head, api = portal.browser("owner"), portal.browser("head"), portal.api("owner")
    let(portal, role(portal, "employee"), Rule(networks=AWAY))
    assert owner.get("/inbox").status_code == 303
    assert api.get("/crm/deals").status_code == 401
    assert head.get("/inbox").status_code == 200, "another role"
    refused = sign_in(portal, "owner")
    assert refused.status_code == 422
    assert "from here" in refused.text
    assert sign_in(portal, "owner", "a guess").text.count("from here") == 0, "it is told to the owner alone"
    let(portal, role(portal, "employee"), Rule(networks=HERE))
    assert owner.get("/inbox").status_code == 200
    assert api.get("/crm/deals").status_code == 200


@SQLITE
def test_times_hold_for_who_is_signed_in_and_who_comes_next(portal: Portal) -> None:
    owner = portal.browser("owner")
    let(portal, "everyone", Rule(days=2, idle_minutes=60))
    answer = sign_in(portal, "owner")
    assert "Max-Age=172800" in answer.headers["set-cookie"]
    for browser in (owner, Browser(portal.client, portal.company, cookie_in(answer))):
        row = session_of(portal, browser)
        assert row.expires_at <= utcnow() + timedelta(days=2)
        assert row.idle_expires_at <= utcnow() + timedelta(minutes=60)
    let(portal, "everyone", Rule(idle_minutes=5))
    with write_session(portal.company.engines) as db:
        mine = db.scalar(select(SignInSession).where(SignInSession.token_hash == digest(owner.cookie)))
        assert mine is not None
        mine.seen_at, mine.idle_expires_at = utcnow() - timedelta(minutes=6), utcnow() - timedelta(minutes=1)
    assert owner.get("/inbox").status_code == 303


@SQLITE
def test_one_device_at_a_time(portal: Portal) -> None:
    let(portal, "everyone", Rule(one_device=True))
    first = Browser(portal.client, portal.company, cookie_in(sign_in(portal, "owner")))
    assert first.get("/inbox").status_code == 200
    second = Browser(portal.client, portal.company, cookie_in(sign_in(portal, "owner")))
    assert (first.get("/inbox").status_code, second.get("/inbox").status_code) == (303, 200)


@SQLITE
def test_whoever_must_have_two_steps_is_led_to_them_and_can_do_nothing_else(portal: Portal) -> None:
    owner = portal.browser("owner")
    let(portal, role(portal, "employee"), Rule(two_steps=True))
    assert owner.get("/inbox").headers["location"] == "/login?next=/inbox", "also who is signed in already"
    assert owner.get("/login").headers["location"] == "/account/two-steps"
    entered = sign_in(portal, "owner")
    assert entered.headers["location"] == "/account/two-steps"
    browser = Browser(portal.client, portal.company, cookie_in(entered))
    for path in ("/", "/inbox", "/account", "/account/keys", "/crm/deals", "/admin/people"):
        assert browser.get(path).status_code == 303, path
    assert browser.get("/confirm").status_code == 200
    assert browser.get("/account/two-steps").status_code == 200
    assert browser.post("/account/two-steps/phone").status_code == 303
    assert browser.get("/account/two-steps/phone").status_code == 200
    done = browser.post("/account/two-steps/phone/finish", {"code": code_of(portal, "owner")})
    assert done.status_code == 200
    whole = Browser(portal.client, portal.company, cookie_in(done))
    assert whole.get("/inbox").status_code == 200
    assert browser.get("/account/two-steps").status_code == 303, "the session that could do nothing is gone"
    assert whole.post("/account/two-steps/phone/remove").status_code == 409, "the rules ask for it"
    assert portal.browser("head").get("/inbox").status_code == 200


@SQLITE
def test_rule_is_lifted_for_who_was_held_up(portal: Portal) -> None:
    owner = portal.browser("owner")
    let(portal, "everyone", Rule(two_steps=True))
    assert owner.get("/inbox").status_code == 303
    let(portal, "everyone", Rule())
    assert owner.get("/inbox").status_code == 200


@SQLITE
def test_new_role_brings_its_rules_along_for_keys(portal: Portal) -> None:
    api = portal.api("owner")
    let(portal, role(portal, "head"), Rule(networks=AWAY))
    person = {"name": "Omar Owner", "email": "owner@acme.example", "roles": [role(portal, "head")]}
    assert portal.browser("admin").post(f"/admin/people/{portal.person('owner')}", person).status_code == 303
    assert api.get("/crm/deals").status_code == 401


@SQLITE
def test_secured_people_are_not_held_up_by_the_rule(portal: Portal) -> None:
    set_up(portal, "owner")
    let(portal, "everyone", Rule(two_steps=True))
    assert portal.browser("owner").get("/inbox").status_code == 200


@SQLITE
def test_administrator_sets_a_rule_and_can_not_shut_themselves_out(portal: Portal) -> None:
    admin = portal.browser("admin")
    assert "Administrators" in admin.get("/admin/roles").text
    refused = admin.post("/admin/roles/rules/admins", {"networks": "10.20.0.0/16"})
    assert refused.status_code == 409
    assert "127.0.0.1" in refused.text
    wrong = {"days": "0", "idle_minutes": "x", "networks": "office"}
    for field, value in wrong.items():
        assert admin.post("/admin/roles/rules/admins", {field: value}).status_code == 422, field
    assert admin.post("/admin/roles/rules/admins", {"days": "10", "networks": "127.0.0.0/8"}).status_code == 303
    shown = admin.get("/admin/roles/rules/admins").text
    assert "127.0.0.0/8" in shown
    assert 'value="10"' in shown
    assert admin.get("/admin/roles/rules/999").status_code == admin.get("/admin/roles/rules/nobody").status_code == 404
    assert admin.post("/admin/roles/rules/everyone", {"two_steps": "true"}).status_code == 303
    assert admin.get("/admin/roles").status_code == 303, "their own session follows the rule too"


@SQLITE
def test_rule_of_a_removed_role_does_not_come_back_with_its_number(portal: Portal) -> None:
    admin = portal.browser("admin")
    assert admin.post("/admin/roles/new", {"title": "Guard"}).status_code == 303
    with read_session(portal.company.engines) as db:
        guard = str(db.scalar(select(Role.id).where(Role.title == "Guard")))
    assert admin.post(f"/admin/roles/rules/{guard}", {"networks": "10.20.0.0/16"}).status_code == 303
    assert admin.post(f"/admin/roles/{guard}/remove").status_code == 303
    with write_session(portal.company.engines) as db:
        assert rules_of(portal.ctx(db._session)).roles == {}  # noqa: SLF001 as above
