"""Contacts and client companies. Keys beside names, phones and addresses find twins by index."""

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.contracts.crm import CLIENT_COMPANY, CONTACT
from boxportal.modules.crm.models.records import RecordColumns, in_trash
from boxportal.sdk.database import Base, PrimaryKey


class ReachColumns:
    """How to reach somebody, as typed, with the normalised keys; `language` is that of documents ("" the company's)."""

    phone: Mapped[str] = mapped_column(String(60), default="")
    phone_key: Mapped[str] = mapped_column(String(20), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    email_key: Mapped[str] = mapped_column(String(254), default="")
    address: Mapped[str] = mapped_column(String(500), default="")
    country: Mapped[str] = mapped_column(String(2), default="")
    language: Mapped[str] = mapped_column(String(8), default="")


class ClientCompany(ReachColumns, RecordColumns, Base):
    """A firm that buys, or may buy."""

    kind = CLIENT_COMPANY
    __tablename__ = "crm_client_company"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_crm_client_company_live", "deleted_at", "id"),
        in_trash("ix_crm_client_company_trash"),
        Index("ix_crm_client_company_responsible", "responsible_id", "deleted_at", "id"),
        Index("ix_crm_client_company_name_key", "deleted_at", "name_key", "id"),
        Index("ix_crm_client_company_phone_key", "phone_key"),
        Index("ix_crm_client_company_email_key", "email_key"),
    )
    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200))
    tax_number: Mapped[str] = mapped_column(String(40), default="")
    website: Mapped[str] = mapped_column(String(200), default="")


class Contact(ReachColumns, RecordColumns, Base):
    """A person on the client's side."""

    kind = CONTACT
    __tablename__ = "crm_contact"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_crm_contact_live", "deleted_at", "id"),
        in_trash("ix_crm_contact_trash"),
        Index("ix_crm_contact_responsible", "responsible_id", "deleted_at", "id"),
        Index("ix_crm_contact_name_key", "deleted_at", "name_key", "id"),
        Index("ix_crm_contact_phone_key", "phone_key"),
        Index("ix_crm_contact_email_key", "email_key"),
    )
    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(200))
    position: Mapped[str] = mapped_column(String(120), default="")
    client_company_id: Mapped[int | None] = mapped_column(
        ForeignKey("crm_client_company.id", ondelete="SET NULL"), index=True
    )
