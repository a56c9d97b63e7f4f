"""Signed-in browsers and API tokens: who is behind a cookie or a bearer token."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Row, bindparam, delete, or_, select, update
from sqlalchemy.sql import FromClause

from boxportal.kernel.identity.models import ApiToken, PersonRole, Role, RoleGrant, SignInSession
from boxportal.kernel.identity.networks import admits
from boxportal.sdk.access import Actor, Scope
from boxportal.sdk.database import ReadSession, WriteSession
from boxportal.sdk.module import Permission
from boxportal.sdk.people import person
from boxportal.sdk.web import ENROL, FULL, SECOND

ABSOLUTE = timedelta(days=30)
IDLE = timedelta(days=7)
SHORT = {SECOND: timedelta(minutes=10), ENROL: timedelta(hours=1)}
"""How long a session lasts that still owes something."""
TOKEN_PREFIX = "bp_"  # noqa: S105 a prefix, so that leaked tokens can be found by scanners
READING_VERBS = frozenset({"see", "export"})
SCOPES = tuple(Scope)

_session, _token = SignInSession.__table__, ApiToken.__table__
_role, _grant, _has = Role.__table__, RoleGrant.__table__, PersonRole.__table__
_ROLES = (
    person.c.is_admin,
    _role.c.id.label("role_id"),
    _role.c.key.label("role_key"),
    _grant.c.permission,
    _grant.c.scope,
)
_WHO = (*(c for c in person.c if c.name in ("id", "name", "email", "language", "timezone", "picture")), *_ROLES)


def _with_roles(start: FromClause) -> FromClause:
    """Each role of a person with each of its grants; a person without roles has one row, empty there."""
    roles = start.outerjoin(_has, _has.c.person_id == person.c.id).outerjoin(_role, _role.c.id == _has.c.role_id)
    return roles.outerjoin(_grant, _grant.c.role_id == _role.c.id)


BY_COOKIE = (
    select(_session.c.id.label("session_id"), _session.c.proved_at, _session.c.stage, _session.c.networks, *_WHO)
    .select_from(_with_roles(_session.join(person, person.c.id == _session.c.person_id)))
    .where(
        _session.c.token_hash == bindparam("hash"),
        _session.c.expires_at > bindparam("now"),
        _session.c.idle_expires_at > bindparam("now"),
        person.c.state == "active",
    )
)
BY_TOKEN = (
    select(_token.c.id.label("token_id"), _token.c.scopes, _token.c.networks, *_WHO)
    .select_from(_with_roles(_token.join(person, person.c.id == _token.c.person_id)))
    .where(
        _token.c.token_hash == bindparam("hash"),
        or_(_token.c.expires_at.is_(None), _token.c.expires_at > bindparam("now")),
        person.c.state == "active",
    )
)
GRANTS = select(*_ROLES).select_from(_with_roles(person)).where(person.c.id == bindparam("person"))


class Known(Protocol):
    """A person's row, however it was read."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def timezone(self) -> str: ...
    @property
    def is_admin(self) -> bool: ...
    @property
    def picture(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who acts, and by which session."""

    actor: Actor
    session_id: int | None
    token_id: int | None = None
    proved_at: datetime | None = None
    stage: str = FULL


def digest(secret: str) -> str:
    """What is kept of a secret of high entropy: its SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a session lasts and from where it may be used, by the rules for its person."""

    absolute: timedelta = ABSOLUTE
    idle: timedelta = IDLE
    networks: str = ""
    one_device: bool = False
    two_steps: bool = False


PLAIN = Terms()


def start_session(
    db: WriteSession,
    person_id: int,
    now: datetime,
    *,
    agent: str,
    address: str,
    terms: Terms = PLAIN,
    stage: str = FULL,
) -> str:
    """Begin a session and return the secret for its cookie."""
    secret = secrets.token_urlsafe(32)
    life = SHORT.get(stage, terms.absolute)
    db.add(
        SignInSession(
            token_hash=digest(secret),
            person_id=person_id,
            created_at=now,
            seen_at=now,
            proved_at=now,
            expires_at=now + life,
            idle_expires_at=now + min(life, terms.idle),
            idle_minutes=int(terms.idle.total_seconds() // 60),
            networks=terms.networks,
            stage=stage,
            agent=agent[:200],
            address=address,
        )
    )
    return secret


def note_seen(db: WriteSession, seen: Mapping[int, datetime]) -> None:
    """Note when each session was last used; from then on it may be idle for as long as its person's rules say."""
    lasting = select(SignInSession.id, SignInSession.idle_minutes).where(SignInSession.id.in_(seen))
    for session_id, minutes in db.execute(lasting).all():
        at = seen[session_id]
        one = update(SignInSession).where(SignInSession.id == session_id)
        db.change(one.values(seen_at=at, idle_expires_at=at + timedelta(minutes=minutes)))


def prove_again(db: WriteSession, session_id: int, now: datetime) -> None:
    """Note that the person of a session has just proved who they are."""
    db.change(update(SignInSession).where(SignInSession.id == session_id).values(proved_at=now))


def end_sessions(db: WriteSession, person_id: int, *, but: int | None = None) -> None:
    """Sign a person out everywhere, at once, but for one session."""
    mine = delete(SignInSession).where(SignInSession.person_id == person_id)
    db.change(mine if but is None else mine.where(SignInSession.id != but))


def by_cookie(
    db: ReadSession,
    secret: str,
    now: datetime,
    permissions: Mapping[str, Permission],
    address: str,
    *,
    stages: Sequence[str] = (FULL,),
) -> SignedIn | None:
    """Who is signed in by this cookie; None when it is unknown, has ended, or may not be used from this address.

    A session that still owes something is found only where its stage is asked for; it brings no rights along.
    One statement, run for every request.
    """
    found = db.rows(BY_COOKIE, {"hash": digest(secret), "now": now})
    if not found:
        return None
    who = found[0]
    if who.stage not in stages or not admits(who.networks, address):
        return None
    actor = actor_of(who, grants_from(found, permissions)) if who.stage == FULL else powerless(who)
    return SignedIn(actor, who.session_id, proved_at=who.proved_at, stage=who.stage)


def powerless(who: Known) -> Actor:
    """Somebody whose sign-in is not finished: known, with no rights."""
    return Actor("person", who.id, who.name, who.email, who.language, who.timezone, False, {}, picture_url(who.picture))


OWN_SEE, OWN_EDIT = "core.own.see", "core.own.edit"
"""What a key may do to what is its person's own: everybody's, so on no page of roles."""
ADMIN_SEE, ADMIN_EDIT = "core.admin.see", "core.admin.edit"
"""What an administrator's key may do to the portal itself; no role gives it."""


def by_token(
    db: ReadSession, secret: str, now: datetime, permissions: Mapping[str, Permission], address: str
) -> SignedIn | None:
    """Whose API token this is, with the person's grants cut down to the token's scopes. One statement."""
    found = db.rows(BY_TOKEN, {"hash": digest(secret), "now": now})
    if not found or not admits(found[0].networks, address):
        return None
    who = found[0]
    all_grants = dict.fromkeys(permissions, Scope.ALL) if who.is_admin else grants_from(found, permissions)
    all_grants |= dict.fromkeys((OWN_SEE, OWN_EDIT, *((ADMIN_SEE, ADMIN_EDIT) if who.is_admin else ())), Scope.ALL)
    grants = {name: scope for name, scope in all_grants.items() if in_scopes(name, who.scopes)}
    actor = Actor("token", who.id, who.name, who.email, who.language, who.timezone, False, grants)
    return SignedIn(actor, None, who.token_id)


def in_scopes(permission: str, scopes: list[str]) -> bool:
    """Whether a token's scopes (`crm:read`, `crm:write`, `all:read` …) cover a permission."""
    area, verb = permission.split(".", 1)[0], permission.rsplit(".", 1)[-1]
    if f"{area}:write" in scopes or "all:write" in scopes:
        return True
    return verb in READING_VERBS and (f"{area}:read" in scopes or "all:read" in scopes)


def grants_of(db: ReadSession, person_id: int, permissions: Mapping[str, Permission]) -> dict[str, Scope]:
    """How far each permission reaches for a person: the widest of their roles; a role's own grant beats the default."""
    return grants_from(db.rows(GRANTS, {"person": person_id}), permissions)


def grants_from(rows: Sequence[Row[*tuple[object, ...]]], permissions: Mapping[str, Permission]) -> dict[str, Scope]:
    """The same from rows of roles with their grants; an administrator needs none."""
    if not rows or rows[0].is_admin:
        return {}
    keys = {row.role_id: row.role_key for row in rows if row.role_id is not None}
    explicit = {(row.role_id, row.permission): SCOPES[row.scope] for row in rows if row.permission is not None}
    grants: dict[str, Scope] = {}
    for name, permission in permissions.items():
        defaults = permission.defaults
        reached = max(
            (explicit.get((role, name), defaults.get(key or "", Scope.NONE)) for role, key in keys.items()),
            default=Scope.NONE,
        )
        if reached:
            grants[name] = reached
    return grants


def actor_of(who: Known, grants: Mapping[str, Scope]) -> Actor:
    return Actor(
        "person",
        who.id,
        who.name,
        who.email,
        who.language,
        who.timezone,
        who.is_admin,
        grants,
        picture_url(who.picture),
    )


def picture_url(name: str | None) -> str:
    """Where a kept picture is shown; empty without one."""
    return f"/pictures/{name}" if name else ""
