"""People, their sessions, tokens and links; roles and their grants; teams."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.sdk import people
from boxportal.sdk.database import Base, PrimaryKey


class Person(Base):
    """Someone who can sign in. `state`: invited, active, or left; an e-mail address names one person."""

    __table__ = people.person
    id: Mapped[int]
    email: Mapped[str]
    name: Mapped[str]
    state: Mapped[str]
    is_admin: Mapped[bool]
    password_hash: Mapped[str | None]
    language: Mapped[str]
    timezone: Mapped[str]
    phone: Mapped[str]
    picture: Mapped[str | None]
    created_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    successor_id: Mapped[int | None]


class Team(Base):
    """People who work together, with one head and a deputy."""

    __table__ = people.team
    id: Mapped[int]
    name: Mapped[str]
    head_id: Mapped[int | None]
    deputy_id: Mapped[int | None]


class TeamMember(Base):
    """A person's place in a team."""

    __table__ = people.team_member
    team_id: Mapped[int]
    person_id: Mapped[int]


class SignInSession(Base):
    """A browser's session. Only the SHA-256 of its cookie is kept; `proved_at`: when the person was last proven.

    `stage` is `full`, or what is still owed: `second`, the second step; `enrol`, to set one up. `networks`, as
    `networks.py` writes them, are where it may be used from.
    """

    __tablename__ = "core_session"
    id: Mapped[PrimaryKey]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    proved_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    idle_expires_at: Mapped[datetime]
    stage: Mapped[str] = mapped_column(String(8), server_default="full")
    idle_minutes: Mapped[int] = mapped_column(server_default=str(7 * 24 * 60))
    networks: Mapped[str] = mapped_column(Text, server_default="")
    agent: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(64))


class ApiToken(Base):
    """A person's key to the API, with scopes; only its SHA-256 is kept."""

    __tablename__ = "core_api_token"
    id: Mapped[PrimaryKey]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    networks: Mapped[str] = mapped_column(Text, server_default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class OneTimeLink(Base):
    """A link that works once: `admin`, `invite` or `reset`. Only the SHA-256 of its secret is kept."""

    __tablename__ = "core_one_time_link"
    id: Mapped[PrimaryKey]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ResetRequest(Base):
    """Someone who forgot the password and whom an administrator can help; one open request a person."""

    __tablename__ = "core_reset_request"
    person_id: Mapped[int] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"), primary_key=True)
    asked_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(64))


class Role(Base):
    """A named set of grants. The built-in ones have a `key` (employee, head) and can be changed, not removed."""

    __tablename__ = "core_role"
    id: Mapped[PrimaryKey]
    key: Mapped[str | None] = mapped_column(String(32), unique=True)
    title: Mapped[str] = mapped_column(String(100), unique=True)


class RoleGrant(Base):
    """How far a permission reaches for a role: 1 own, 2 team, 3 all. A row with 0 overrides a module's default."""

    __tablename__ = "core_role_grant"
    role_id: Mapped[int] = mapped_column(ForeignKey("core_role.id", ondelete="CASCADE"), primary_key=True)
    permission: Mapped[str] = mapped_column(String(80), primary_key=True)
    scope: Mapped[int]


class PersonRole(Base):
    """A role that a person has."""

    __tablename__ = "core_person_role"
    person_id: Mapped[int] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"), primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("core_role.id", ondelete="CASCADE"), primary_key=True, index=True)


class DirectoryPerson(Base):
    """A person whose password the directory keeps. `uid` is the entry's own, which outlives a change of name.

    `gone_at` says since when the directory has it no more: who went by that comes back by that.
    """

    __tablename__ = "core_directory_person"
    person_id: Mapped[int] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"), primary_key=True)
    uid: Mapped[str] = mapped_column(String(64), unique=True)
    login: Mapped[str] = mapped_column(String(254), index=True)
    dn: Mapped[str] = mapped_column(String(1000))
    seen_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]


class SsoPerson(Base):
    """A person who comes by the company's sign-in service; `subject` is the service's own id of them."""

    __tablename__ = "core_sso_person"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)
    person_id: Mapped[int] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(255))
