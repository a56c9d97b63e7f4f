"""Paper and money after the sale: invoices with their lines, and payments."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.modules.sales.models.parts import DocumentColumns, ExternalColumns, LineColumns
from boxportal.sdk.database import Base, PrimaryKey


class Invoice(DocumentColumns, ExternalColumns, Base):
    """A proforma, a tax invoice or a credit note.

    A draft has no number and may change or go; an issued one stands still but for `paid` and `credited` (minor units),
    which follow from the payments and credit notes, and `is_open` from those; `prepaid` is what was paid when it was
    issued. A credit note's amounts are positive and count against the invoice that `corrects_id` names, and its `paid`
    is what was paid back; `replaces_id` leads from a corrected draft to what it takes the place of.
    """

    __tablename__ = "sales_invoice"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        UniqueConstraint("seller_id", "kind", "year", "sequence"),
        Index("ix_sales_invoice_deal_id_id", "deal_id", "id"),
        Index("ix_sales_invoice_is_open_due_on", "is_open", "due_on"),
    )
    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("crm_deal.id", ondelete="SET NULL"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("sales_order.id", ondelete="RESTRICT"), index=True)
    seller_id: Mapped[int] = mapped_column(ForeignKey("sales_seller.id", ondelete="RESTRICT"))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("sales_invoice.id", ondelete="RESTRICT"), index=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("sales_invoice.id", ondelete="SET NULL"), index=True)
    reason: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(String(40))
    year: Mapped[int | None]
    sequence: Mapped[int | None]
    title: Mapped[str] = mapped_column(String(300))
    issued_on: Mapped[date | None]
    supplied_on: Mapped[date | None]
    due_on: Mapped[date | None]
    prepaid: Mapped[int]
    paid: Mapped[int]
    credited: Mapped[int]
    is_open: Mapped[bool]
    told_overdue_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()
    created_by: Mapped[int | None] = mapped_column(ForeignKey("core_person.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 the base class declares it so


class InvoiceLine(LineColumns, Base):
    """A line of an invoice; `ordered_id` is the line of the order that it charges."""

    __tablename__ = "sales_invoice_line"
    id: Mapped[PrimaryKey]
    invoice_id: Mapped[int] = mapped_column(ForeignKey("sales_invoice.id", ondelete="CASCADE"), index=True)
    ordered_id: Mapped[int | None] = mapped_column(ForeignKey("sales_order_line.id", ondelete="RESTRICT"), index=True)


class CreditedLine(Base):
    """Which line of an invoice a line of a credit note takes back."""

    __tablename__ = "sales_credited_line"
    credit_line_id: Mapped[int] = mapped_column(
        ForeignKey("sales_invoice_line.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    invoice_line_id: Mapped[int] = mapped_column(ForeignKey("sales_invoice_line.id", ondelete="RESTRICT"), index=True)


class Payment(ExternalColumns, Base):
    """Money that came in, for an invoice or (an advance) for a deal without one yet. Minor units.

    A negative amount is a refund, for the credit note that it names.
    """

    __tablename__ = "sales_payment"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_sales_payment_deal_id_id", "deal_id", "id"),
    )
    id: Mapped[PrimaryKey]
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("crm_deal.id", ondelete="SET NULL"))
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("sales_invoice.id", ondelete="RESTRICT"), index=True)
    seller_id: Mapped[int | None] = mapped_column(ForeignKey("sales_seller.id", ondelete="RESTRICT"), index=True)
    title: Mapped[str] = mapped_column(String(300))
    amount: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    paid_on: Mapped[date]
    method: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("core_person.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
