"""Comments on any record, and files that lie with it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.sdk.database import Base, PrimaryKey


class Comment(Base):
    """What somebody wrote on a record. A removed one keeps its place without its text."""

    __tablename__ = "core_comment"
    __table_args__ = (Index("ix_core_comment_record", "kind", "record_id", "id"),)
    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("core_person.id", ondelete="SET NULL"), index=True)
    author_name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class RecordFile(Base):
    """A file on a record: its name is only metadata, its content is a blob found by SHA-256."""

    __tablename__ = "core_file"
    __table_args__ = (Index("ix_core_file_record", "kind", "record_id", "id"),)
    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(255))
    blob: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("core_person.id", ondelete="SET NULL"), index=True)
    author_name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
