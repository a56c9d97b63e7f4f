"""Tables of notes."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.sdk.database import Base, PrimaryKey


class Book(Base):
    """A book that notes stand in."""

    __tablename__ = "notes_book"
    id: Mapped[PrimaryKey]
    title: Mapped[str] = mapped_column(String(100), unique=True)


class Note(Base):
    """A note."""

    __tablename__ = "notes_note"
    id: Mapped[PrimaryKey]
    book_id: Mapped[int] = mapped_column(ForeignKey("notes_book.id", ondelete="CASCADE"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("core_person.id", ondelete="SET NULL"), index=True)
    text: Mapped[str] = mapped_column(String(500))
