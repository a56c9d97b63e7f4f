"""The second step at sign-in: set up, asked for, used once, taken away; and what a half session can't do."""

import re
from datetime import timedelta

import pytest
from httpx2 import Response
from pyotp import TOTP
from sqlalchemy import select, update

from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.identity.models import SignInSession
from boxportal.kernel.identity.sessions import digest, start_session
from boxportal.kernel.identity.step_models import KnownDevice, RecoveryCode, Totp
from boxportal.kernel.notify.models import InboxNotice
from boxportal.kernel.secrets import Place
from boxportal.sdk.clock import utcnow
from tests.support.portal import PASSWORD, Browser, Portal
from tests.support.routes import filled, routes_of

CODES = re.compile(r"<code>([A-Z0-9]{5}-[A-Z0-9]{5})</code>")
OPEN_TO_HALF = frozenset({"/login", "/login/second", "/logout"})
SQLITE = pytest.mark.parametrize("backend", ["sqlite"])  # no SQL that differs


def seed_of(portal: Portal, who: str) -> str:
    person = portal.person(who)
    with read_session(portal.company.engines) as db:
        sealed = db.scalar(select(Totp.sealed).where(Totp.person_id == person))
    return portal.company.vault.open(sealed or "", Place("core_totp", "sealed", str(person)))


def code_of(portal: Portal, who: str, later: int = 0) -> str:
    """The code that the person's app shows; each works once, so tests take the next ones."""
    return TOTP(seed_of(portal, who)).at(utcnow(), counter_offset=later)


def set_up(portal: Portal, who: str) -> list[str]:
    """Set codes from the phone up in the person's browser; returns the recovery codes."""
    browser = portal.browser(who)
    assert browser.post("/account/two-steps/phone").headers["location"] == "/account/two-steps/phone"
    shown = browser.get("/account/two-steps/phone").text
    assert seed_of(portal, who) in shown.replace(" ", "")
    done = browser.post("/account/two-steps/phone/finish", {"code": code_of(portal, who, -1)})
    assert done.status_code == 200, done.text
    codes = CODES.findall(done.text)
    assert len(codes) == 10
    return codes


def first_step(portal: Portal, who: str, device: str = "") -> Browser:
    """A browser in which the password was given, and nothing else."""
    answer = sign_in(portal, who, device=device)
    assert answer.headers["location"].startswith("/login/second"), answer.headers["location"]
    return Browser(portal.client, portal.company, cookie_in(answer))


def sign_in(portal: Portal, who: str, password: str = PASSWORD, device: str = "") -> Response:
    portal.client.cookies.clear()
    headers = {"cookie": f"bp_8080_device={device}"} if device else None
    return portal.browser().post("/login", {"email": f"{who}@acme.example", "password": password}, headers=headers)


def cookie_in(answer: Response, name: str = "bp_8080") -> str:
    return next(
        (
            c.partition("=")[2].partition(";")[0]
            for c in answer.headers.get_list("set-cookie")
            if c.startswith(f"{name}=")
        ),
        "",
    )


def test_password_alone_opens_nothing_until_the_code_is_given(portal: Portal) -> None:
    set_up(portal, "owner")
    half = first_step(portal, "owner")
    assert half.get("/inbox").headers["location"] == "/login?next=/inbox"
    assert half.get("/login?next=/inbox").headers["location"] == "/login/second?next=%2Finbox"
    assert half.post("/login/second", {"code": code_of(portal, "owner"), "_csrf": "x"}).status_code == 403
    done = half.post("/login/second", {"code": code_of(portal, "owner"), "next": "/inbox"})
    assert (done.status_code, done.headers["location"]) == (303, "/inbox")
    assert Browser(portal.client, portal.company, cookie_in(done)).get("/inbox").status_code == 200
    assert cookie_in(done) != half.cookie
    assert half.get("/login/second").headers["location"] == "/login", "the half session is gone"


@SQLITE
def test_half_session_reads_and_writes_nothing(portal: Portal) -> None:
    set_up(portal, "admin")
    half = first_step(portal, "admin")
    paths = {(method, filled(path)) for path, route in routes_of(portal) for method in route.methods or ()}
    paths = {(method, path) for method, path in paths if path not in OPEN_TO_HALF and method in ("GET", "POST")}
    assert len(paths) > 60
    for method, path in sorted(paths):
        answer = half.get(path) if method == "GET" else half.post(path, {})
        nobodys = portal.browser().get(path) if method == "GET" else portal.browser().post(path, {})
        is_sent_back = answer.headers.get("location", "").startswith("/login")
        assert is_sent_back or answer.status_code in (nobodys.status_code, 401, 403), (method, path, answer.status_code)
        assert "Amina" not in answer.text, path


def test_code_works_once_and_an_old_one_never(portal: Portal) -> None:
    set_up(portal, "owner")
    code = code_of(portal, "owner")
    assert first_step(portal, "owner").post("/login/second", {"code": code}).status_code == 303
    replayed = first_step(portal, "owner").post("/login/second", {"code": code})
    assert replayed.status_code == 422
    old = first_step(portal, "owner").post("/login/second", {"code": code_of(portal, "owner", -3)})
    wrong = first_step(portal, "owner").post("/login/second", {"code": "12345x"})
    assert old.status_code == wrong.status_code == 422


@SQLITE
def test_wrong_codes_are_throttled(portal: Portal) -> None:
    set_up(portal, "owner")
    half = first_step(portal, "owner")
    codes = [half.post("/login/second", {"code": "000000"}).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]
    assert half.post("/login/second", {"code": code_of(portal, "owner")}).status_code == 429


@SQLITE
def test_half_session_ends_after_ten_minutes(portal: Portal) -> None:
    set_up(portal, "owner")
    half = first_step(portal, "owner")
    with write_session(portal.company.engines) as db:
        row = db.scalar(select(SignInSession).where(SignInSession.token_hash == digest(half.cookie)))
        assert row is not None
        assert row.expires_at <= utcnow() + timedelta(minutes=10)
        row.expires_at = utcnow() - timedelta(seconds=1)
    assert half.post("/login/second", {"code": code_of(portal, "owner")}).headers["location"] == "/login"


def test_recovery_code_works_once_and_its_owner_is_told(portal: Portal) -> None:
    codes = set_up(portal, "owner")
    typed = codes[0].lower().replace("-", " ")
    assert first_step(portal, "owner").post("/login/second", {"code": typed}).status_code == 303
    assert first_step(portal, "owner").post("/login/second", {"code": codes[0]}).status_code == 422
    assert first_step(portal, "owner").post("/login/second", {"code": codes[1]}).status_code == 303
    with read_session(portal.company.engines) as db:
        told = db.scalars(select(InboxNotice.text).where(InboxNotice.person_id == portal.person("owner"))).all()
        kept = db.scalars(select(RecoveryCode.code_hash)).all()
    assert len(told) == 2
    assert not any(code.replace("-", "") in " ".join(kept) for code in codes)


@SQLITE
def test_codes_of_another_person_and_older_sets_do_not_work(portal: Portal) -> None:
    theirs, mine = set_up(portal, "colleague"), set_up(portal, "owner")
    assert first_step(portal, "owner").post("/login/second", {"code": theirs[0]}).status_code == 422
    browser = portal.browser("owner")
    renewed = CODES.findall(browser.post("/account/two-steps/codes").text)
    assert len(renewed) == 10
    assert first_step(portal, "owner").post("/login/second", {"code": mine[0]}).status_code == 422
    assert first_step(portal, "owner").post("/login/second", {"code": renewed[0]}).status_code == 303


@SQLITE
def test_new_second_step_ends_other_sessions_and_a_new_password_asks_on_trusted_devices_again(portal: Portal) -> None:
    with write_session(portal.company.engines) as db:
        other = start_session(db, portal.person("owner"), utcnow(), agent="", address="127.0.0.1")
    set_up(portal, "owner")
    assert Browser(portal.client, portal.company, other).get("/inbox").status_code == 303
    assert portal.browser("owner").get("/inbox").status_code == 200
    done = first_step(portal, "owner").post("/login/second", {"code": code_of(portal, "owner"), "trust": "true"})
    device = cookie_in(done, "bp_8080_device")
    assert sign_in(portal, "owner", device=device).headers["location"] == "/", "a trusted device is not asked"
    assert sign_in(portal, "owner").headers["location"].startswith("/login/second"), "another one is"
    with write_session(portal.company.engines) as db:
        db.change(update(KnownDevice).values(trusted_until=utcnow() - timedelta(seconds=1)))
    assert sign_in(portal, "owner", device=device).headers["location"].startswith("/login/second")


@SQLITE
def test_administrator_helps_who_lost_the_phone_and_they_are_told(portal: Portal) -> None:
    set_up(portal, "owner")
    admin, path = portal.browser("admin"), f"/admin/people/{portal.person('owner')}"
    assert "Lost the phone?" in admin.get(path).text
    assert portal.browser("head").post(f"{path}/two-steps").status_code == 404
    assert admin.post(f"{path}/two-steps").status_code == 303
    assert sign_in(portal, "owner").headers["location"] == "/"
    assert admin.post(f"{path}/two-steps").status_code == 409
    with read_session(portal.company.engines) as db:
        told = db.scalars(select(InboxNotice.text).where(InboxNotice.person_id == portal.person("owner"))).all()
        assert db.scalars(select(Totp)).all() == []
        assert db.scalars(select(RecoveryCode)).all() == []
    assert len(told) == 1


@SQLITE
def test_dangerous_act_asks_for_the_code_too(portal: Portal) -> None:
    set_up(portal, "owner")
    browser = portal.browser("owner")
    with write_session(portal.company.engines) as db:
        db.change(update(SignInSession).values(proved_at=utcnow() - timedelta(hours=1)))
    assert browser.post("/account/two-steps/phone/remove").status_code == 403
    wrong = browser.post("/confirm", {"password": PASSWORD, "next": "/account"})
    assert wrong.status_code == 422
    right = browser.post("/confirm", {"password": PASSWORD, "code": code_of(portal, "owner"), "next": "/account"})
    assert right.headers["location"] == "/account"
    assert browser.post("/account/two-steps/phone/remove").status_code == 303
    assert sign_in(portal, "owner").headers["location"] == "/"


@SQLITE
def test_whoever_guesses_elsewhere_does_not_make_the_owner_wait(portal: Portal) -> None:
    device = cookie_in(sign_in(portal, "owner"), "bp_8080_device")
    assert device
    for _ in range(10):
        sign_in(portal, "owner", "a guess")
    assert sign_in(portal, "owner").status_code == 429, "from anywhere else the account has to wait"
    assert sign_in(portal, "owner", device=device).status_code == 303
    codes = [sign_in(portal, "owner", "a guess", device).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429], "a stolen device's cookie is counted too"
    with read_session(portal.company.engines) as db:
        known = db.execute(select(KnownDevice.person_id, KnownDevice.token_hash)).all()
    assert [row.person_id for row in known] == [portal.person("owner")]
    assert device not in {row.token_hash for row in known}
