"""What must happen after a commit, as rows: claimed with a lease, done at least once, retried, dead letters kept."""

from datetime import datetime

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.sdk.database import Base, PrimaryKey


class OutboxItem(Base):
    """One piece of work. `state`: waiting, done or dead; a claimed one has a lease in the future."""

    __tablename__ = "core_outbox"
    __table_args__ = (Index("ix_core_outbox_due", "state", "due_at"),)
    id: Mapped[PrimaryKey]
    topic: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, object]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(8))
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int]
    last_error: Mapped[str]
    done_at: Mapped[datetime | None]
