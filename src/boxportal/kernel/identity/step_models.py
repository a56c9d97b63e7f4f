"""What a second step at sign-in needs: seeds, recovery codes, and devices that are known."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.sdk.database import Base, PrimaryKey


class Totp(Base):
    """A person's seed of one-time codes (RFC 6238), sealed. `last_step` is the time step of the last code used."""

    __tablename__ = "core_totp"
    person_id: Mapped[int] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int]


class RecoveryCode(Base):
    """A code for the day when the phone is lost; only its keyed hash is kept, and it works once."""

    __tablename__ = "core_recovery_code"
    id: Mapped[PrimaryKey]
    person_id: Mapped[int] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    used_at: Mapped[datetime | None]


class KnownDevice(Base):
    """A browser in which a person signed in before; only the SHA-256 of its cookie is kept.

    Until `trusted_until` it is not asked for the second step.
    """

    __tablename__ = "core_known_device"
    __table_args__ = (UniqueConstraint("token_hash", "person_id"),)
    id: Mapped[PrimaryKey]
    token_hash: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"), index=True)
    agent: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    trusted_until: Mapped[datetime | None]


class Passkey(Base):
    """A person's key on one of their devices (WebAuthn); `host` is the name of the portal that it was made for."""

    __tablename__ = "core_passkey"
    id: Mapped[PrimaryKey]
    person_id: Mapped[int] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"), index=True)
    credential_hash: Mapped[str] = mapped_column(String(64), unique=True)
    credential: Mapped[str] = mapped_column(Text)
    public_key: Mapped[str] = mapped_column(Text)
    sign_count: Mapped[int]
    host: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
