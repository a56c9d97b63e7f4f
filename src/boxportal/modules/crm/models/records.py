"""What every record of the CRM has in its table."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from boxportal.sdk.database import PrimaryKey, partial_index
from boxportal.sdk.events import RecordRef


def in_trash(name: str) -> Index:
    """The index of what lies in the trash alone.

    The others that serve lists begin with `deleted_at`, so that an engine without statistics takes the one that brings
    the rows in their order.
    """
    return partial_index(name, "deleted_at", "id", where="deleted_at IS NOT NULL")


class RecordColumns:
    """What every record of the CRM has: whose it is, where it came from, its version, and its place in the trash."""

    kind: ClassVar[str]

    @property
    def ref(self) -> RecordRef:
        """What everything else names the record by; only a flushed one has it."""
        return RecordRef(self.kind, self.id)

    id: Mapped[PrimaryKey]
    source: Mapped[str] = mapped_column(String(60), default="")
    external_id: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    @declared_attr
    def responsible_id(self) -> Mapped[int | None]:
        return mapped_column(ForeignKey("core_person.id", ondelete="SET NULL"))

    @declared_attr
    def created_by(self) -> Mapped[int | None]:
        return mapped_column(ForeignKey("core_person.id", ondelete="SET NULL"), index=True)

    @declared_attr
    def deleted_by(self) -> Mapped[int | None]:
        return mapped_column(ForeignKey("core_person.id", ondelete="SET NULL"), index=True)
