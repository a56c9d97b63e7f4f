"""Who sells: the firm's legal details, its number series, tax rates and products."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from boxportal.modules.sales.models.parts import ExternalColumns
from boxportal.sdk.database import Base, PrimaryKey, partial_index


class Seller(Base):
    """A firm that issues documents. They copy these details as text, so that they stand still.

    `logo` is the address of a picture, "" for the company's own; new deals have the `is_usual` one. The `is_sample` one
    sells the sample deals, so that trying things out spends none of the firm's numbers; nobody is offered it.
    """

    __tablename__ = "sales_seller"
    __table_args__ = (
        # Of all sellers one, also when two people say the first one at once.
        partial_index("uq_sales_seller_usual", "is_usual", where="is_usual", unique=True),
    )
    id: Mapped[PrimaryKey]
    legal_name: Mapped[str] = mapped_column(String(200))
    tax_number: Mapped[str] = mapped_column(String(60))
    registration_number: Mapped[str] = mapped_column(String(60))
    vat_payer: Mapped[bool]
    country: Mapped[str] = mapped_column(String(2))
    address: Mapped[str] = mapped_column(Text)
    bank: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(40))
    signatory: Mapped[str] = mapped_column(String(200))
    logo: Mapped[str] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(3))
    inclusive: Mapped[bool]
    rounding: Mapped[str] = mapped_column(String(8))
    paper: Mapped[str] = mapped_column(String(8))
    payment_days: Mapped[int]
    valid_days: Mapped[int]
    is_usual: Mapped[bool]
    is_sample: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 the base class declares it so


class DealSeller(Base):
    """Which seller a deal has; without a row the usual one."""

    __tablename__ = "sales_deal_seller"
    deal_id: Mapped[int] = mapped_column(
        ForeignKey("crm_deal.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    seller_id: Mapped[int] = mapped_column(ForeignKey("sales_seller.id", ondelete="RESTRICT"), index=True)


class NumberSeries(Base):
    """The numbers of one kind of document in one year: `next` is taken under a row lock, so none is lost or doubled."""

    __tablename__ = "sales_series"
    __table_args__ = (UniqueConstraint("seller_id", "kind", "year"),)
    id: Mapped[PrimaryKey]
    seller_id: Mapped[int] = mapped_column(ForeignKey("sales_seller.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    year: Mapped[int]
    next: Mapped[int]


class TaxRate(Base):
    """A tax rate that lines can name. Lines copy its percentage and category (UNTDID 5305)."""

    __tablename__ = "sales_tax_rate"
    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(60), unique=True)
    percent: Mapped[Decimal]
    category: Mapped[str] = mapped_column(String(2))
    is_default: Mapped[bool]
    is_active: Mapped[bool]


class Product(ExternalColumns, Base):
    """Goods or a service with a price. A price without a currency is in whatever the document is in."""

    __tablename__ = "sales_product"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_sales_product_name_id", "name", "id"),
        Index("ix_sales_product_code", "code", "id"),
    )
    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(200))
    code: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(String(30))
    price: Mapped[Decimal | None]
    currency: Mapped[str] = mapped_column(String(3))
    tax_rate_id: Mapped[int | None] = mapped_column(ForeignKey("sales_tax_rate.id", ondelete="SET NULL"))
    is_active: Mapped[bool]
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 the base class declares it so
