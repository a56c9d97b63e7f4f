"""Columns that several documents share: lines, and what a document says of itself, its seller and its buyer."""

from decimal import Decimal

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column


class ExternalColumns:
    """What another system calls the record: unique together, so that sending it twice makes one."""

    source: Mapped[str | None] = mapped_column(String(40))
    external_id: Mapped[str | None] = mapped_column(String(120))


class LineColumns:
    """What is sold: quantity times unit price less a discount; amounts in minor units once the document is reckoned.

    `discount_percent` or `discount_amount` (minor units), never both. `net`, `tax` and `gross` are after the discount;
    `amount` is in the prices' own terms, without or with tax.
    """

    position: Mapped[int]
    product_id: Mapped[int | None] = mapped_column(ForeignKey("sales_product.id", ondelete="SET NULL"))
    description: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal]
    unit: Mapped[str] = mapped_column(String(30))
    unit_price: Mapped[Decimal]
    discount_percent: Mapped[Decimal]
    discount_amount: Mapped[int]
    tax_percent: Mapped[Decimal]
    tax_category: Mapped[str] = mapped_column(String(2))
    amount: Mapped[int]
    net: Mapped[int]
    tax: Mapped[int]
    gross: Mapped[int]


class DocumentColumns:
    """What holds for a whole document. Amounts are minor units of `currency`.

    `inclusive` (prices contain the tax) and `rounding` are the rules that it was reckoned with; `seller` and `buyer`
    are text as it stood when the document went out; `rates` holds a row for each tax rate.
    """

    currency: Mapped[str] = mapped_column(String(3))
    language: Mapped[str] = mapped_column(String(8))
    inclusive: Mapped[bool]
    rounding: Mapped[str] = mapped_column(String(8))
    seller: Mapped[dict[str, object]] = mapped_column(JSON)
    buyer: Mapped[dict[str, object]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text)
    amount: Mapped[int]
    net: Mapped[int]
    tax: Mapped[int]
    gross: Mapped[int]
    rates: Mapped[list[dict[str, object]]] = mapped_column(JSON)
