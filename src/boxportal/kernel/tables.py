"""The kernel's tables about the company itself: settings, modules, revision, and the processes that serve it."""

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.sdk.database import Base, PrimaryKey


class Setting(Base):
    """One settings model of the kernel or of a module, as a JSON document. Key: the model's dotted name."""

    __tablename__ = "core_setting"
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[dict[str, object]] = mapped_column(JSON)


class EnabledModule(Base):
    """A module that is or was on. `state`: on, preparing, or off with its data kept."""

    __tablename__ = "core_module"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    since: Mapped[datetime]
    allowed: Mapped[list[str]] = mapped_column(JSON, default=list)


class Revision(Base):
    """One row whose number rises whenever the snapshot must be built anew."""

    __tablename__ = "core_revision"
    id: Mapped[PrimaryKey]
    number: Mapped[int]


class ServingProcess(Base):
    """A live server process, the revision it has applied, and what it was asked to do (`reexec`)."""

    __tablename__ = "core_process"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    applied: Mapped[int]
    seen_at: Mapped[datetime]
    wish: Mapped[str] = mapped_column(String(16), default="")


class FormUse(Base):
    """A one-time form token or an Idempotency-Key that was used, with its answer. Kept for 48 hours."""

    __tablename__ = "core_form_use"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    location: Mapped[str] = mapped_column(String(2048))
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)


class RateCount(Base):
    """How many tries a key (say an address at the sign-in) made since `since`."""

    __tablename__ = "core_rate"
    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    tries: Mapped[int]
    since: Mapped[datetime] = mapped_column(index=True)
    blocked_until: Mapped[datetime | None]
