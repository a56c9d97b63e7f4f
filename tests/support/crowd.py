"""Requests that come at the same moment."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx2
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response

from boxportal.kernel.forgery import csrf_token
from tests.support.portal import BASE, Browser

TIMEOUT = 60.0


@dataclass(frozen=True)
class Sent:
    """One request of a crowd."""

    path: str
    method: str = "POST"
    json: object = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def form_of(browser: Browser, path: str, **fields: str) -> Sent:
    """A post as a page of the portal sends it."""
    token = {"_csrf": csrf_token(browser.company.key, browser.cookie)} if browser.cookie else {}
    cookie = {"cookie": f"bp_8080={browser.cookie}"} if browser.cookie else {}
    return Sent(path, form={**token, **fields}, headers={"origin": BASE, **cookie})


def call_of(token: str, path: str, json: object = None, *, method: str = "POST", key: str = "") -> Sent:
    """A call of a program with its token, and an Idempotency-Key where it has one."""
    headers = {"authorization": f"Bearer {token}"} | ({"idempotency-key": key} if key else {})
    return Sent(f"/api/v1{path}", method, json=json, headers=headers)


def at_once(client: TestClient, crowd: Sequence[Sent], *apps: FastAPI) -> list[Response]:
    """Send all together into the running application, or by turns into several; the answers in the order of sending."""

    async def all_together() -> list[Response]:
        served = apps or (client.app,)
        transports = [httpx2.ASGITransport(app, raise_app_exceptions=False) for app in served]  # type: ignore[arg-type]
        clients = [httpx2.AsyncClient(transport=t, base_url=BASE, timeout=TIMEOUT) for t in transports]
        calls = [
            clients[n % len(clients)].request(s.method, s.path, json=s.json, data=s.form, headers=s.headers)
            for n, s in enumerate(crowd)
        ]
        return list(await asyncio.gather(*calls))

    assert client.portal is not None
    return client.portal.call(all_together)
