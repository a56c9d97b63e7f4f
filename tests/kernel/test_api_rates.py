"""How often programs may ask the API."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from boxportal.app import build_app
from boxportal.kernel.companies import Box
from boxportal.kernel.web.rates import Rates
from tests.support.portal import BASE, Api, Portal

pytestmark = pytest.mark.modules()
QUOTA = 6


@pytest.fixture
def narrow(portal: Portal) -> Iterator[Portal]:
    """The portal served by a process whose file says six requests a minute."""
    (portal.data / "boxportal.toml").write_text(f"[box]\napi_per_minute = {QUOTA}\n", "utf-8")
    box = Box.open(portal.data)
    with TestClient(build_app(box), base_url=BASE, client=("127.0.0.1", 50001)) as client:
        yield replace(portal, box=box, client=client)


def statuses(api: Api, number: int) -> list[int]:
    return [api.get("/me").status_code for _ in range(number)]


def test_a_key_is_refused_above_its_rate_and_told_when_to_come_again(narrow: Portal) -> None:
    api = narrow.api("owner")
    answer = api.get("/me")
    assert answer.headers["ratelimit-policy"] == '"minute";q=6;w=60'
    assert answer.headers["ratelimit"].startswith('"minute";r=5;t=')
    assert statuses(api, QUOTA) == [200] * (QUOTA - 1) + [429]
    refused = api.get("/me")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "too_many_tries"
    assert 1 <= int(refused.headers["retry-after"]) <= 10
    assert refused.headers["ratelimit"].startswith('"minute";r=0;t=')
    assert "content-security-policy" in refused.headers


def test_each_key_has_a_count_of_its_own_and_pages_have_none(narrow: Portal) -> None:
    assert statuses(narrow.api("owner"), QUOTA) == [200] * QUOTA
    assert statuses(narrow.api("owner"), QUOTA) == [200] * QUOTA
    assert statuses(narrow.api("colleague"), 1) == [200]
    owner = narrow.browser("owner")
    assert [owner.get("/").status_code for _ in range(QUOTA * 2)] == [200] * QUOTA * 2
    assert "ratelimit" not in owner.get("/").headers


def test_guessed_keys_are_counted_by_address(narrow: Portal) -> None:
    guesses = [Api(narrow.client, f"bp_guess{n}").get("/me").status_code for n in range(QUOTA + 2)]
    assert guesses == [401] * QUOTA + [429] * 2
    assert statuses(narrow.api(), 1) == [429]


def test_a_key_that_was_known_before_works_on_beside_a_guesser(narrow: Portal) -> None:
    api = narrow.api("owner")
    assert statuses(api, 1) == [200]
    assert statuses(Api(narrow.client, "bp_wrong"), QUOTA + 1)[-1] == 429
    assert statuses(api, 1) == [200]


def test_what_was_used_comes_back_evenly() -> None:
    rates = Rates(60)
    shares = [rates.take("a", 100.0) for _ in range(62)]
    assert [share.left for share in shares[:3]] == [59, 58, 57]
    assert [bool(share.wait) for share in shares[58:]] == [False, False, True, True]
    assert shares[60].wait == pytest.approx(1.0)
    assert shares[59].reset == 60
    assert not rates.take("a", 101.0).wait
    assert rates.take("a", 101.0).wait
    assert rates.take("a", 161.0).left == 59
    assert rates.take("b", 101.0).left == 59


def test_memory_is_bounded_however_many_callers_come() -> None:
    rates = Rates(60, most=100)
    for n in range(1000):
        rates.take(n, 100.0)
    assert sum(n in rates for n in range(1000)) <= 100
    assert rates.take(999, 100.0).left == 58


def test_counting_takes_microseconds() -> None:
    rates = Rates(600)
    begun = time.perf_counter()
    for n in range(20_000):
        rates.take(n % 500, n / 1000)
    assert time.perf_counter() - begun < 1.0, "50 microseconds each, on a slow machine"
