"""How tries are counted: slower and slower, never locked out, and by what an attacker can't change."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from boxportal.kernel.database.engines import write_session
from boxportal.kernel.identity.throttle import WINDOW, count_or_refuse
from boxportal.sdk.clock import utcnow
from boxportal.sdk.errors import TooManyTries
from boxportal.sdk.ipaddr import network_of
from tests.support.portal import Portal

NOW = utcnow()  # not a day of the past: the portal forgets what it counted yesterday


def wait_after(portal: Portal, at: datetime, most: int = 3) -> int:
    """Try once; how many seconds one has to wait, 0 when the try was taken."""
    with write_session(portal.company.engines) as db:
        try:
            count_or_refuse(db, at, {"key": most})
        except TooManyTries as error:
            return error.retry_after
    return 0


def test_delays_double_up_to_the_window_and_never_lock_out(portal: Portal) -> None:
    at = NOW
    assert [wait_after(portal, at) for _ in range(4)] == [0, 0, 0, 60]
    waits = []
    for _ in range(7):
        at += timedelta(seconds=wait_after(portal, at))
        assert wait_after(portal, at) == 0, "after its delay one try is always taken"
        waits.append(wait_after(portal, at))
    assert waits == [120, 240, 480, 900, 900, 900, 900]


def test_a_quiet_window_forgets(portal: Portal) -> None:
    assert [wait_after(portal, NOW) for _ in range(4)] == [0, 0, 0, 60]
    later = NOW + timedelta(minutes=1) + WINDOW
    assert [wait_after(portal, later) for _ in range(4)] == [0, 0, 0, 60]


def test_tries_at_the_same_time_are_all_counted(portal: Portal) -> None:
    if portal.backend == "sqlite":  # one writer at a time: the gate of the application, here in its stead
        taken = [wait_after(portal, NOW, most=5) for _ in range(20)]
    else:
        with ThreadPoolExecutor(10) as pool:
            taken = list(pool.map(lambda _number: wait_after(portal, NOW, most=5), range(20)))
    assert taken.count(0) == 5


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("10.0.0.1", "10.0.0.2", False),
    ],
)
def test_an_ipv6_client_is_its_network(one: str, other: str, same: bool) -> None:  # noqa: FBT001 a parameter of the test
    assert (network_of(one) == network_of(other)) is same


def test_a_forged_forwarding_header_and_another_spelling_change_nothing(portal: Portal) -> None:
    codes = []
    for number in range(11):
        name = ("owner@acme.example", " OWNER@acme.example", "Owner@ACME.example ")[number % 3]
        headers = {"x-forwarded-for": f"10.0.0.{number}", "x-real-ip": f"10.0.0.{number}"}
        answer = portal.browser().post("/login", {"email": name, "password": "wrong"}, headers=headers)
        codes.append(answer.status_code)
    assert codes == [422] * 10 + [429]


def test_one_address_can_not_try_many_accounts(portal: Portal) -> None:
    codes = [
        portal.browser().post("/login", {"email": f"someone{n}@acme.example", "password": "wrong"}).status_code
        for n in range(31)
    ]
    assert codes == [422] * 30 + [429]
