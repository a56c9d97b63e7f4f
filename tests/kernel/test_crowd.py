"""Many requests at the same time on few threads: all are answered, none waits for what another holds."""

import asyncio
from collections import Counter

import anyio.to_thread
import httpx2
import pytest

from tests.support.portal import BASE, Portal

CROWD = 20


@pytest.mark.parametrize("threads", [1, 4])
def test_a_crowd_of_readers_and_writers_is_answered_on_few_threads(portal: Portal, threads: int) -> None:
    browser = portal.browser("owner")
    cookie = {"cookie": f"bp_8080={browser.cookie}"}
    csrf = browser.get("/inbox").text.partition('"X-CSRF-Token": "')[2].partition('"')[0]
    post = cookie | {"origin": BASE, "x-csrf-token": csrf}

    async def crowd() -> Counter[int]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = threads
        transport = httpx2.ASGITransport(portal.app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
            reads = [client.get("/inbox", headers=cookie) for _ in range(CROWD)]
            writes = [client.post("/inbox/read", headers=post) for _ in range(CROWD // 4)]
            return Counter(answer.status_code for answer in await asyncio.gather(*reads, *writes))

    assert portal.client.portal is not None
    assert portal.client.portal.call(crowd) == {200: CROWD, 303: CROWD // 4}
