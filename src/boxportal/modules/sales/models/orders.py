"""Orders, and what was shipped of them."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.modules.sales.models.parts import DocumentColumns, ExternalColumns, LineColumns
from boxportal.sdk.database import Base, PrimaryKey


class Order(DocumentColumns, ExternalColumns, Base):
    """The sale made formal: what was agreed, frozen, with number and date.

    `version_id` is the accepted version of a quote; a sale without a quote has none.
    """

    __tablename__ = "sales_order"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        UniqueConstraint("seller_id", "year", "sequence"),
        Index("ix_sales_order_deal_id_id", "deal_id", "id"),
    )
    id: Mapped[PrimaryKey]
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("crm_deal.id", ondelete="SET NULL"))
    seller_id: Mapped[int] = mapped_column(ForeignKey("sales_seller.id", ondelete="RESTRICT"))
    version_id: Mapped[int | None] = mapped_column(
        ForeignKey("sales_quote_version.id", ondelete="RESTRICT"), unique=True
    )
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("crm_contact.id", ondelete="SET NULL"), index=True)
    client_company_id: Mapped[int | None] = mapped_column(
        ForeignKey("crm_client_company.id", ondelete="SET NULL"), index=True
    )
    number: Mapped[str] = mapped_column(String(40))
    year: Mapped[int]
    sequence: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    ordered_on: Mapped[date]
    contract_number: Mapped[str] = mapped_column(String(80))
    accepted_by: Mapped[str] = mapped_column(String(200))
    accepted_how: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]


class OrderLine(LineColumns, Base):
    """What was ordered; invoices and shipments are counted against it."""

    __tablename__ = "sales_order_line"
    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id", ondelete="CASCADE"), index=True)


class Shipment(ExternalColumns, Base):
    """Goods that left, or a service rendered: the order's whole or a part of it."""

    __tablename__ = "sales_shipment"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        UniqueConstraint("seller_id", "year", "sequence"),
        Index("ix_sales_shipment_deal_id_id", "deal_id", "id"),
    )
    id: Mapped[PrimaryKey]
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("crm_deal.id", ondelete="SET NULL"))
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id", ondelete="RESTRICT"), index=True)
    seller_id: Mapped[int] = mapped_column(ForeignKey("sales_seller.id", ondelete="RESTRICT"))
    number: Mapped[str] = mapped_column(String(40))
    year: Mapped[int]
    sequence: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    shipped_on: Mapped[date]
    note: Mapped[str] = mapped_column(Text)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("core_person.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]


class ShipmentLine(Base):
    """How much of an ordered line left."""

    __tablename__ = "sales_shipment_line"
    id: Mapped[PrimaryKey]
    shipment_id: Mapped[int] = mapped_column(ForeignKey("sales_shipment.id", ondelete="CASCADE"), index=True)
    ordered_id: Mapped[int] = mapped_column(ForeignKey("sales_order_line.id", ondelete="RESTRICT"), index=True)
    quantity: Mapped[Decimal]
