"""Reminders on records, and the last run of recurring jobs."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.sdk.database import Base, PrimaryKey


class Reminder(Base):
    """Something to tell a person at a time, about a record; told once, also after a restart or days off.

    `author_id` is the person who set it; `days_before` keeps it at a distance from the record's deadline.
    """

    __tablename__ = "core_reminder"
    __table_args__ = (
        UniqueConstraint("kind", "record_id", "due_at", "topic", "person_id"),
        Index("ix_core_reminder_due", "done_at", "due_at"),
        Index("ix_core_reminder_record", "kind", "record_id"),
    )
    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int]
    topic: Mapped[str] = mapped_column(String(80))
    person_id: Mapped[int] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int | None] = mapped_column(index=True)  # people are never deleted
    text: Mapped[str] = mapped_column(String(500))
    due_at: Mapped[datetime]
    days_before: Mapped[int | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class JobRun(Base):
    """When a recurring job ran last and is due next; claimed by raising `next_at`, so that one process runs it."""

    __tablename__ = "core_job"
    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    next_at: Mapped[datetime]
    last_at: Mapped[datetime | None]
    last_error: Mapped[str]
