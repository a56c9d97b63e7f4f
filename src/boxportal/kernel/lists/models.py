"""What people keep of lists: saved views, which of them are pinned, and each person's own choice of columns."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.sdk.database import Base, PrimaryKey


class ListView(Base):
    """A view of a list under a name. `audience`: own, team, or all.

    A team that is removed leaves its views to their owners alone: without `team_id` a team's view is nobody else's.
    """

    __tablename__ = "core_list_view"
    __table_args__ = (Index("ix_core_list_view_list", "list_key", "id"),)
    id: Mapped[PrimaryKey]
    list_key: Mapped[str] = mapped_column(String(80))
    owner_id: Mapped[int] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    query: Mapped[str]
    audience: Mapped[str] = mapped_column(String(8))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("core_team.id", ondelete="SET NULL"), index=True)
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ListPin(Base):
    """A view that a person keeps in sight above the list."""

    __tablename__ = "core_list_pin"
    person_id: Mapped[int] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"), primary_key=True)
    view_id: Mapped[int] = mapped_column(
        ForeignKey("core_list_view.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class ListChoice(Base):
    """A person's columns of a list, in their order, none for the usual ones; and the view that the list opens with."""

    __tablename__ = "core_list_choice"
    person_id: Mapped[int] = mapped_column(ForeignKey("core_person.id", ondelete="CASCADE"), primary_key=True)
    list_key: Mapped[str] = mapped_column(String(80), primary_key=True)
    columns: Mapped[list[str]]
    view_id: Mapped[int | None] = mapped_column(ForeignKey("core_list_view.id", ondelete="SET NULL"), index=True)
