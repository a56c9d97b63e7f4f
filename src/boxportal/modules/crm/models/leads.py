"""Leads: requests that came in; and the public forms that they come by."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.contracts.crm import LEAD
from boxportal.modules.crm.models.records import RecordColumns, in_trash
from boxportal.sdk.database import Base, PrimaryKey


class WebForm(Base):
    """A form on a public page. `turn` names who is responsible in turn; with one person it is fixed.

    `sites` are the origins whose pages may show it; `secret` signs the moment at which a page of it was opened.
    """

    __tablename__ = "crm_web_form"
    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    intro: Mapped[str] = mapped_column(String(1000))
    thanks: Mapped[str] = mapped_column(String(1000))
    fields: Mapped[list[str]] = mapped_column(JSON)
    consent: Mapped[str] = mapped_column(String(1000))
    sites: Mapped[list[str]] = mapped_column(JSON)
    turn: Mapped[list[int]] = mapped_column(JSON)
    next_turn: Mapped[int]
    is_active: Mapped[bool]
    secret: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class Lead(RecordColumns, Base):
    """A request with whatever is known of the one who asks.

    `status`: new, working, converted, dropped, spam, or quarantined (a doubtful post: nobody was told of it).
    `answered_at` is the first answer; until then `remind_at` says when the responsible person, then the head, is told.
    A lead that "Spam" took out keeps the one it was like in `spam_of`, and its status in `status_before`, for undo.
    """

    kind = LEAD
    __tablename__ = "crm_lead"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_crm_lead_live", "deleted_at", "id"),
        Index("ix_crm_lead_waiting", "responsible_id", "status", "answered_at", "deleted_at", "id"),
        in_trash("ix_crm_lead_trash"),
        Index("ix_crm_lead_status", "status", "deleted_at", "id"),
        Index("ix_crm_lead_responsible", "responsible_id", "deleted_at", "id"),
        Index("ix_crm_lead_phone_key", "phone_key"),
        Index("ix_crm_lead_email_key", "email_key"),
        Index("ix_crm_lead_name_key", "name_key"),
        Index("ix_crm_lead_remind_at", "remind_at"),
        Index("ix_crm_lead_form", "form_id", "created_at"),
        Index("ix_crm_lead_address_from", "address_from", "created_at"),
    )
    id: Mapped[PrimaryKey]
    title: Mapped[str] = mapped_column(String(200))
    request: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(String(200), default="")
    name_key: Mapped[str] = mapped_column(String(200), default="")
    company_key: Mapped[str] = mapped_column(String(200), default="")
    company_name: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(60), default="")
    phone_key: Mapped[str] = mapped_column(String(20), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    email_key: Mapped[str] = mapped_column(String(254), default="")
    language: Mapped[str] = mapped_column(String(8), default="")
    status: Mapped[str] = mapped_column(String(12))
    status_before: Mapped[str] = mapped_column(String(12), default="")
    spam_of: Mapped[int | None] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    reminders: Mapped[int] = mapped_column(default=0)
    consent: Mapped[str] = mapped_column(String(1000), default="")
    consent_at: Mapped[datetime | None]
    address_from: Mapped[str] = mapped_column(String(64), default="")
    form_id: Mapped[int | None] = mapped_column(ForeignKey("crm_web_form.id", ondelete="SET NULL"))
    client_company_id: Mapped[int | None] = mapped_column(
        ForeignKey("crm_client_company.id", ondelete="SET NULL"), index=True
    )
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("crm_contact.id", ondelete="SET NULL"), index=True)
