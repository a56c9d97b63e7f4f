"""What tests hold in their hands: a company with a fixed cast, served in-process, and browsers signed in to it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy.orm import Session

from boxportal.kernel.companies import Box, Company
from boxportal.kernel.database.engines import read_session, write_session
from boxportal.kernel.forgery import csrf_token
from boxportal.kernel.identity.models import ApiToken, Person
from boxportal.kernel.identity.sessions import TOKEN_PREFIX, actor_of, digest, grants_of, start_session
from boxportal.kernel.services import Services
from boxportal.kernel.web.render import render
from boxportal.sdk.access import SYSTEM, Actor
from boxportal.sdk.clock import utcnow
from boxportal.sdk.context import Ctx
from boxportal.sdk.database import WriteSession

BASE = "http://portal.test:8080"
PASSWORD = "correct horse staple 9"
TokenScopes = ("all:write",)


@dataclass
class Browser:
    """A person's browser: keeps the cookie, sends Origin and the CSRF token as pages of the portal do."""

    client: TestClient
    company: Company
    cookie: str = ""

    def _headers(self, extra: Mapping[str, str] | None) -> dict[str, str]:
        headers = dict(extra or {})
        if self.cookie:
            headers["cookie"] = f"bp_8080={self.cookie}"
        return headers

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Response:
        return self.client.get(path, headers=self._headers(headers), follow_redirects=False)

    def post(
        self,
        path: str,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> Response:
        fields = {"_csrf": csrf_token(self.company.key, self.cookie), **(data or {})}
        sent = {"origin": BASE, **self._headers(headers)}
        return self.client.post(path, data=fields, headers=sent, follow_redirects=False, **more)  # type: ignore[arg-type]


@dataclass
class Api:
    """A program with an API token (or none)."""

    client: TestClient
    token: str = ""

    def _headers(self, extra: Mapping[str, str] | None) -> dict[str, str]:
        headers = dict(extra or {})
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        return headers

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Response:
        return self.client.get(f"/api/v1{path}", headers=self._headers(headers), follow_redirects=False)

    def send(self, method: str, path: str, json: object = None, headers: Mapping[str, str] | None = None) -> Response:
        return self.client.request(
            method, f"/api/v1{path}", json=json, headers=self._headers(headers), follow_redirects=False
        )

    def post(self, path: str, json: object = None, headers: Mapping[str, str] | None = None) -> Response:
        return self.send("POST", path, json, headers)


@dataclass
class Portal:
    """One company that a test may do anything to."""

    data: Path
    box: Box
    app: FastAPI
    client: TestClient
    cast: dict[str, int]
    backend: str
    _cookies: dict[str, str] = field(default_factory=dict)

    @property
    def company(self) -> Company:
        return self.box.get(None)

    def person(self, who: str) -> int:
        """The id of one of the cast: admin, owner, colleague (same team), head (of that team), stranger."""
        return self.cast[who]

    def browser(self, who: str = "") -> Browser:
        """A browser in which one of the cast is signed in; nobody without a name."""
        if who and who not in self._cookies:
            with write_session(self.company.engines) as db:
                self._cookies[who] = start_session(db, self.cast[who], utcnow(), agent="test", address="127.0.0.1")
        return Browser(self.client, self.company, self._cookies.get(who, ""))

    def api(self, who: str = "", scopes: tuple[str, ...] = TokenScopes) -> Api:
        """A program with a token of one of the cast."""
        if not who:
            return Api(self.client)
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        with write_session(self.company.engines) as db:
            row = ApiToken(
                person_id=self.cast[who], name=who, scopes=list(scopes), created_at=utcnow(), token_hash=digest(secret)
            )
            db.add(row)
        return Api(self.client, secret)

    def actor(self, who: str) -> Actor:
        with read_session(self.company.engines) as db:
            person = db.get(Person, self.cast[who])
            assert person is not None
            grants = {} if person.is_admin else grants_of(db, person.id, self.company.snapshot.permissions)
            return actor_of(person, grants)

    def ctx(self, session: Session, who: str = "") -> Ctx:
        """A context for calling services directly within a session that the test opened."""
        services = Services(self.company, self.company.snapshot, render)
        actor = self.actor(who) if who else SYSTEM
        return Ctx(
            company=self.company.snapshot.info, actor=actor, now=utcnow(), services=services, db=WriteSession(session)
        )
