"""Offers: a deal's lines, quotes with their versions, the client's links and questions."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.modules.sales.models.parts import DocumentColumns, ExternalColumns, LineColumns
from boxportal.sdk.database import Base, PrimaryKey


class DealLine(LineColumns, Base):
    """A line of a deal, still free to change; the next quote or invoice is made from them."""

    __tablename__ = "sales_deal_line"
    id: Mapped[PrimaryKey]
    deal_id: Mapped[int] = mapped_column(ForeignKey("crm_deal.id", ondelete="CASCADE"), index=True)


class Quote(ExternalColumns, Base):
    """An offer. What stands in it is its newest version's; state, sum and term are kept here too, for lists.

    A quote outlives its deal: what went to a client is not forgotten.
    """

    __tablename__ = "sales_quote"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        UniqueConstraint("seller_id", "year", "sequence"),
        Index("ix_sales_quote_deal_id_id", "deal_id", "id"),
        Index("ix_sales_quote_state_id", "state", "id"),
    )
    id: Mapped[PrimaryKey]
    deal_id: Mapped[int | None] = mapped_column(ForeignKey("crm_deal.id", ondelete="SET NULL"))
    seller_id: Mapped[int] = mapped_column(ForeignKey("sales_seller.id", ondelete="RESTRICT"))
    number: Mapped[str] = mapped_column(String(40))
    year: Mapped[int]
    sequence: Mapped[int]
    title: Mapped[str] = mapped_column(String(300))
    latest: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    currency: Mapped[str] = mapped_column(String(3))
    gross: Mapped[int]
    valid_until: Mapped[date | None]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("core_person.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]


class QuoteVersion(DocumentColumns, Base):
    """One version of a quote: draft, sent, accepted, declined or replaced. Sent ones never change again."""

    __tablename__ = "sales_quote_version"
    __table_args__ = (UniqueConstraint("quote_id", "version"),)
    id: Mapped[PrimaryKey]
    quote_id: Mapped[int] = mapped_column(ForeignKey("sales_quote.id", ondelete="CASCADE"))
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    valid_until: Mapped[date | None]
    sent_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(200))
    decided_how: Mapped[str] = mapped_column(String(40))
    comment: Mapped[str] = mapped_column(Text)


class QuoteLine(LineColumns, Base):
    """A line of a quote's version."""

    __tablename__ = "sales_quote_line"
    id: Mapped[PrimaryKey]
    version_id: Mapped[int] = mapped_column(ForeignKey("sales_quote_version.id", ondelete="CASCADE"), index=True)


class ClientLink(Base):
    """A private address for a client. Only the token's hash is kept; whoever has the token may open the page."""

    __tablename__ = "sales_client_link"
    id: Mapped[PrimaryKey]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    version_id: Mapped[int | None] = mapped_column(ForeignKey("sales_quote_version.id", ondelete="CASCADE"), index=True)
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("sales_invoice.id", ondelete="CASCADE"), index=True)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("core_person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Question(Base):
    """What a client asked on their page, and what was answered by mail; `answer` is empty while nothing was."""

    __tablename__ = "sales_question"
    id: Mapped[PrimaryKey]
    link_id: Mapped[int] = mapped_column(ForeignKey("sales_client_link.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(Text, server_default="")
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("core_person.id", ondelete="SET NULL"), index=True)
