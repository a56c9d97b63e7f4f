"""A person's inbox, and what they want in it."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.sdk.database import Base, PrimaryKey


class InboxNotice(Base):
    """A notice to one person: a message id with its values (translated when shown), where it leads, read or not."""

    __tablename__ = "core_notice"
    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        Index("ix_core_notice_person", "person_id", "id"),
        Index("ix_core_notice_unread", "person_id", "read_at"),
    )
    id: Mapped[PrimaryKey]
    person_id: Mapped[int] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(String(500))
    values: Mapped[dict[str, str]] = mapped_column(JSON)
    url: Mapped[str] = mapped_column(String(500))
    ref_kind: Mapped[str] = mapped_column(String(40))
    ref_id: Mapped[int | None]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    digest_at: Mapped[datetime | None] = mapped_column(index=True)  # until then it waits for the daily mail
    is_silent: Mapped[bool] = mapped_column(server_default=false())  # came in quiet hours: no message on the screen


class NoticeChoice(Base):
    """What a person chose for a kind of notice; without a row the kind's default holds."""

    __tablename__ = "core_notice_choice"
    person_id: Mapped[int] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(80), primary_key=True)
    inbox: Mapped[bool]
    mail: Mapped[bool]
    daily: Mapped[bool] = mapped_column(server_default=false())


class NoticeTimes(Base):
    """When a person wants quiet, and when the daily mail; minutes since midnight by their own clock."""

    __tablename__ = "core_notice_times"
    person_id: Mapped[int] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"), primary_key=True)
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]
    digest_at: Mapped[int]
