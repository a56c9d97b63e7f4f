"""The table of what this box talked to."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.sdk.database import Base, PrimaryKey


class OutgoingCall(Base):
    """One connection that the box began for the company, or refused to begin. Kept for ninety days."""

    __tablename__ = "core_outgoing_call"
    id: Mapped[PrimaryKey]
    at: Mapped[datetime] = mapped_column(index=True)
    purpose: Mapped[str] = mapped_column(String(80))
    host: Mapped[str] = mapped_column(String(253))
    port: Mapped[int]
    address: Mapped[str] = mapped_column(String(45))
    result: Mapped[str] = mapped_column(String(8))
    said: Mapped[str] = mapped_column(String(300))
    sent: Mapped[int]
    received: Mapped[int]
    milliseconds: Mapped[int]
