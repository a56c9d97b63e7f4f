"""What a passkey must sign, where passkeys work, what is refused alike. Real keys: tests/browser/test_passkeys.py."""

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from boxportal.kernel.database.engines import write_session
from boxportal.kernel.identity import challenges, passkeys
from boxportal.kernel.identity.passkey_work import check
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import Ctx, Origin
from boxportal.sdk.errors import Invalid
from tests.support.portal import Portal

pytestmark = [pytest.mark.modules()]
SQLITE = pytest.mark.parametrize("backend", ["sqlite"])  # no SQL that differs


def credential(challenge: str) -> str:
    data = base64.urlsafe_b64encode(json.dumps({"type": "webauthn.get", "challenge": challenge}).encode()).decode()
    return json.dumps({"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {"clientDataJSON": data}})


def at(ctx: Ctx, address: str) -> Ctx:
    return replace(ctx, origin=Origin(base_url=address))


def test_challenge_is_for_one_purpose_for_ten_minutes_and_once(portal: Portal) -> None:
    with write_session(portal.company.engines) as db:
        ctx = portal.ctx(db._session)  # noqa: SLF001 a context of the test's own
        challenge = challenges.new_challenge(ctx, "passkey")
        assert challenges.is_good(ctx, "passkey", challenge)
        assert not challenges.is_good(ctx, "add:1", challenge)
        assert not challenges.is_good(ctx, "passkey", challenge[:-2] + "AA")
        assert not challenges.is_good(ctx, "passkey", "")
        assert not challenges.is_good(replace(ctx, now=utcnow() + timedelta(minutes=11)), "passkey", challenge)
        assert challenges.use_up(ctx, challenge)
        assert not challenges.use_up(ctx, challenge)


@SQLITE
@pytest.mark.parametrize(
    ("address", "trouble"),
    [
        ("https://portal.local", "name"),
        ("http://localhost:8080", ""),
        ("https://localhost", ""),
        ("http://portal.test:8080", "https"),
        ("https://192.168.1.20", "address"),
        ("https://[::1]:8080", "address"),
    ],
)
def test_passkeys_work_at_names_of_the_box_over_https(portal: Portal, address: str, trouble: str) -> None:
    with write_session(portal.company.engines) as db:
        assert passkeys.place_of(at(portal.ctx(db._session), address)).trouble == trouble  # noqa: SLF001 as above


@SQLITE
def test_what_nobody_signed_is_refused_alike(portal: Portal) -> None:
    with write_session(portal.company.engines) as db:
        ctx = at(portal.ctx(db._session), "http://localhost:8080")  # noqa: SLF001 as above
        good = challenges.new_challenge(ctx, passkeys.SIGN_IN)
        for sent in ("", "[]", "{}", '{"response": 7}', '{"response": {"clientDataJSON": "!!"}}', credential("x" * 40),
                     credential(challenges.new_challenge(ctx, "add:1")), credential(good)):  # fmt: skip
            with pytest.raises(Invalid):
                passkeys.read_used(ctx, sent)
    for sent in ("", credential("x"), "{" * 500):
        assert portal.browser().post("/login/passkey", {"credential": sent}).status_code == 422
    assert portal.browser().post("/account/two-steps/passkeys", {"credential": "x"}).status_code == 303
    assert portal.browser("owner").post("/account/two-steps/passkeys", {"credential": "x"}).status_code == 422


def test_worker_says_why_something_is_refused() -> None:
    asked = {"credential": json.loads(credential("AAAA")), "challenge": "AAAA", "host": "localhost",
             "origin": "http://localhost", "public_key": "AAAA", "sign_count": 0}  # fmt: skip
    for sent in (asked, asked | {"public_key": ""}, asked | {"credential": {}}):
        assert "refused" in json.loads(check(json.dumps(sent).encode()))
