"""Tables of labels."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.sdk.database import Base, PrimaryKey


class Label(Base):
    """A word on a note."""

    __tablename__ = "labels_label"
    id: Mapped[PrimaryKey]
    note_id: Mapped[int] = mapped_column(ForeignKey("notes_note.id", ondelete="CASCADE"), index=True)
    word: Mapped[str] = mapped_column(String(40))
