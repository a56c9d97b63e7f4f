"""Contacts and client companies. Keys beside names, phones and addresses find twins by index."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from boxportal.sdk.database import Base, PrimaryKey, partial_index


def in_trash(name: str) -> Index:
    """The index of what lies in the trash alone.

    The others that serve lists begin with `deleted_at`, so that an engine without statistics takes the one that brings
    the rows in their order.
    """
    return partial_index(name, "deleted_at", "id", where="deleted_at IS NOT NULL")


class ReachColumns:
    """How to reach somebody, as typed, with the normalised keys; `language` is that of documents ("" the company's)."""

    phone: Mapped[str] = mapped_column(String(60), default="")
    phone_key: Mapped[str] = mapped_column(String(20), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    email_key: Mapped[str] = mapped_column(String(254), default="")
    address: Mapped[str] = mapped_column(String(500), default="")
    country: Mapped[str] = mapped_column(String(2), default="")
    language: Mapped[str] = mapped_column(String(8), default="")


class RecordColumns:
    """What every record of the CRM has: whose it is, where it came from, its version, and its place in the trash."""

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


class ClientCompany(ReachColumns, RecordColumns, Base):
    """A firm that buys, or may buy."""

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
