"""Signed-in browsers and API tokens: who is behind a cookie or a bearer token."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from boxportal.kernel.identity.models import ApiToken, Person, PersonRole, Role, RoleGrant, SignInSession
from boxportal.sdk.access import Actor, Scope
from boxportal.sdk.database import ReadSession, WriteSession
from boxportal.sdk.module import Permission

ABSOLUTE = timedelta(days=30)
IDLE = timedelta(days=7)
TOKEN_PREFIX = "bp_"  # noqa: S105 a prefix, so that leaked tokens can be found by scanners
READING_VERBS = frozenset({"see", "export"})


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who acts, and by which session."""

    actor: Actor
    session_id: int | None
    token_id: int | None = None


def digest(secret: str) -> str:
    """What is kept of a secret of high entropy: its SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()


def start_session(db: WriteSession, person_id: int, now: datetime, *, agent: str, address: str) -> str:
    """Begin a session and return the secret for its cookie."""
    secret = secrets.token_urlsafe(32)
    db.add(
        SignInSession(
            token_hash=digest(secret),
            person_id=person_id,
            created_at=now,
            seen_at=now,
            expires_at=now + ABSOLUTE,
            idle_expires_at=now + IDLE,
            agent=agent[:200],
            address=address,
        )
    )
    return secret


def end_sessions(db: WriteSession, person_id: int, *, but: int | None = None) -> None:
    """Sign a person out everywhere, at once, but for one session."""
    mine = delete(SignInSession).where(SignInSession.person_id == person_id)
    db.change(mine if but is None else mine.where(SignInSession.id != but))


def by_cookie(db: ReadSession, secret: str, now: datetime, permissions: Mapping[str, Permission]) -> SignedIn | None:
    """Who is signed in by this cookie; None when it is unknown or has ended."""
    found = db.execute(
        select(SignInSession, Person)
        .join(Person, Person.id == SignInSession.person_id)
        .where(
            SignInSession.token_hash == digest(secret),
            SignInSession.expires_at > now,
            SignInSession.idle_expires_at > now,
            Person.state == "active",
        )
    ).first()
    if found is None:
        return None
    session, person = found
    grants = {} if person.is_admin else grants_of(db, person.id, permissions)
    return SignedIn(actor_of(person, grants), session.id)


def by_token(db: ReadSession, secret: str, now: datetime, permissions: Mapping[str, Permission]) -> SignedIn | None:
    """Whose API token this is, with the person's grants cut down to the token's scopes."""
    found = db.execute(
        select(ApiToken, Person)
        .join(Person, Person.id == ApiToken.person_id)
        .where(ApiToken.token_hash == digest(secret), Person.state == "active")
    ).first()
    if found is None or (found[0].expires_at is not None and found[0].expires_at <= now):
        return None
    token, person = found
    all_grants = dict.fromkeys(permissions, Scope.ALL) if person.is_admin else grants_of(db, person.id, permissions)
    grants = {name: scope for name, scope in all_grants.items() if in_scopes(name, token.scopes)}
    actor = Actor("token", person.id, person.name, person.email, person.language, person.timezone, False, grants)
    return SignedIn(actor, None, token.id)


def in_scopes(permission: str, scopes: list[str]) -> bool:
    """Whether a token's scopes (`crm:read`, `crm:write`, `all:read` …) cover a permission."""
    area, verb = permission.split(".", 1)[0], permission.rsplit(".", 1)[-1]
    if f"{area}:write" in scopes or "all:write" in scopes:
        return True
    return verb in READING_VERBS and (f"{area}:read" in scopes or "all:read" in scopes)


def grants_of(db: ReadSession, person_id: int, permissions: Mapping[str, Permission]) -> dict[str, Scope]:
    """How far each permission reaches for a person: the widest of their roles; a role's own grant beats the default."""
    rows = db.execute(
        select(Role.id, Role.key, RoleGrant.permission, RoleGrant.scope)
        .join(PersonRole, PersonRole.role_id == Role.id)
        .outerjoin(RoleGrant, RoleGrant.role_id == Role.id)
        .where(PersonRole.person_id == person_id)
    ).all()
    keys = {role_id: key for role_id, key, _, _ in rows}
    explicit = {(role_id, permission): scope for role_id, _, permission, scope in rows if permission}
    grants: dict[str, Scope] = {}
    for permission in permissions.values():
        for role_id, key in keys.items():
            default = permission.defaults.get(key, Scope.NONE) if key else Scope.NONE
            scope = Scope(explicit.get((role_id, permission.id), default))
            if scope > grants.get(permission.id, Scope.NONE):
                grants[permission.id] = scope
    return grants


def actor_of(person: Person, grants: Mapping[str, Scope]) -> Actor:
    return Actor(
        "person",
        person.id,
        person.name,
        person.email,
        person.language,
        person.timezone,
        person.is_admin,
        grants,
        picture_url(person.picture),
    )


def picture_url(name: str | None) -> str:
    """Where a kept picture is shown; empty without one."""
    return f"/pictures/{name}" if name else ""
