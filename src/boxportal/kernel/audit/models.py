"""Who did what, from where, before and after. Rows are only ever added; whole old days may go, and leave their hash."""

from datetime import date, datetime

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.sdk.database import Base, Id, PrimaryKey


class AuditLine(Base):
    """One act. The names are copied, so that the line stands when the person or the record is gone."""

    __tablename__ = "core_audit"
    __table_args__ = (Index("ix_core_audit_ref", "ref_kind", "ref_id", "id"), Index("ix_core_audit_at", "at"))
    id: Mapped[PrimaryKey]
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[int | None] = mapped_column(index=True)
    actor_name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(80), index=True)
    ref_kind: Mapped[str] = mapped_column(String(40))
    ref_id: Mapped[int | None]
    title: Mapped[str] = mapped_column(String(300))
    before: Mapped[dict[str, object]] = mapped_column(JSON)
    after: Mapped[dict[str, object]] = mapped_column(JSON)


class AuditSeal(Base):
    """A line's place in the hash chain. `number` counts from 1 without a gap; a line without a seal still waits."""

    __tablename__ = "core_audit_seal"
    number: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    line_id: Mapped[int] = mapped_column(unique=True)  # no foreign key: the seal of a line that is gone tells of it
    hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]


class AuditDay(Base):
    """A day (UTC) whose lines were dropped: the last seal of it, after which the chain goes on."""

    __tablename__ = "core_audit_day"
    day: Mapped[date] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    line_id: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    lines: Mapped[int]
    dropped_at: Mapped[datetime]
