"""The public door in tests: a portal that is no trial, and somebody who comes in from outside."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from httpx2 import Response
from sqlalchemy import select
from starlette.types import ASGIApp, Receive, Scope, Send

from boxportal.kernel.database.engines import write_session
from boxportal.kernel.door import SCOPE_DOOR, SCOPE_PEER, DoorSettings
from boxportal.kernel.module import KERNEL
from boxportal.kernel.state import DOOR, raise_revision, read_door, read_snapshot
from boxportal.kernel.tables import Setting
from boxportal.sdk.clock import utcnow
from tests.support.portal import Portal

DOOR_ADDRESS = "https://clients.acme.example"
FOREIGN = "41.59.12.7"


def leave_trial(portal: Portal) -> None:
    """As if the box were installed in a firm: nothing is offered to clients until the door is set and tested."""
    portal.company.is_trial = False
    refresh(portal)


def refresh(portal: Portal) -> None:
    portal.company.snapshot = read_snapshot(portal.company, KERNEL)


def open_door(portal: Portal, address: str = DOOR_ADDRESS, *, tested: bool = True) -> None:
    """Set the door as if it had been set and tested before, behind a proxy that the box trusts."""
    portal.company.has_proxy = True
    kept = DoorSettings(address=address, tested_at=utcnow() if tested else None, tested_from=FOREIGN if tested else "")
    with write_session(portal.company.engines) as db:
        row = db.scalar(select(Setting).where(Setting.key == DOOR))
        if row is None:
            db.add(Setting(key=DOOR, value=kept.model_dump(mode="json")))
        else:
            row.value = kept.model_dump(mode="json")
        raise_revision(db)
    leave_trial(portal)


def door_of(portal: Portal) -> DoorSettings:
    with write_session(portal.company.engines) as db:
        return read_door(db, portal.company)


@dataclass
class Outsider:
    """Somebody on the internet, whose requests arrive with their address and the Host header that they like.

    `peer` is who connects: a proxy on the box's own machine, unless said otherwise.
    """

    portal: Portal
    address: str = FOREIGN
    url: str = DOOR_ADDRESS
    peer: str = "127.0.0.1"
    at_own_port: bool = False

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Response:
        return self._send("GET", path, headers or {}, {})

    def post(
        self, path: str, data: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        return self._send("POST", path, {"origin": self.url, **(headers or {})}, data or {})

    def _send(self, method: str, path: str, headers: Mapping[str, str], data: Mapping[str, str]) -> Response:
        client = self.portal.client
        transport = client._transport  # noqa: SLF001 the address that requests come from can be set here alone
        before, transport.client = transport.client, (self.address, 50000)
        app, transport.app = transport.app, self._arriving(transport.app)
        fields = {"_once": secrets.token_hex(16), **data} if method == "POST" else None
        try:
            return client.request(
                method, f"{self.url}{path}", headers=dict(headers), data=fields, follow_redirects=False
            )
        finally:
            transport.client, transport.app = before, app

    def _arriving(self, app: ASGIApp) -> ASGIApp:
        async def arrive(scope: Scope, receive: Receive, send: Send) -> None:
            scope[SCOPE_PEER] = (self.peer, 50000)
            if self.at_own_port:
                scope[SCOPE_DOOR] = self.portal.company.name
            await app(scope, receive, send)

        return arrive
