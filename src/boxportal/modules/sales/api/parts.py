"""What several documents of the API share: lines, amounts, and where a record comes from."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from boxportal.modules.sales.forms import MAX_NUMBER, LineRow
from boxportal.modules.sales.lines import discount_words
from boxportal.modules.sales.models.parts import DocumentColumns, LineColumns
from boxportal.modules.sales.taxes import require_rate, tax_key
from boxportal.sdk.api import Input, MoneyValue, RowId, own_source
from boxportal.sdk.context import Ctx
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.names import clean_text

Number = Annotated[Decimal, Field(gt=-MAX_NUMBER, lt=MAX_NUMBER, decimal_places=6)]
Language = Literal["en", "ru", "sw"]
Words = Annotated[str, AfterValidator(clean_text)]


class TaxIn(Input):
    """A tax rate: its percentage, and its category of UNTDID 5305 (S standard, Z zero, E exempt, O outside the tax)."""

    percent: Annotated[Decimal, Field(ge=0, le=1000, decimal_places=6)]
    category: Annotated[str, Field(pattern="^[A-Z]{1,2}$")] = "S"


class LineIn(Input):
    """What is sold. A product's name or code as description brings its price, unit and tax along.

    `unit_price` is in major units (12.50), `discount_amount` in minor ones (1250); without `tax` the usual rate counts.
    """

    description: Annotated[Words, Field(min_length=1, max_length=2000)]
    quantity: Number = Decimal(1)
    unit: Annotated[Words, Field(max_length=30)] = ""
    unit_price: Number | None = None
    discount_percent: Annotated[Decimal, Field(ge=0, le=100, decimal_places=6)] = Decimal(0)
    discount_amount: Annotated[int, Field(ge=0, le=10**15)] = 0
    tax: TaxIn | None = None
    ordered_id: RowId | None = None


class LineOut(BaseModel):
    """A line as it is kept; amounts are minor units of the document's currency."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    product_id: int | None
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    discount_percent: Decimal
    discount_amount: int
    tax_percent: Decimal
    tax_category: str
    amount: int
    net: int
    tax: int
    gross: int


class SumsOut(BaseModel):
    """What a document adds up to."""

    net: MoneyValue
    tax: MoneyValue
    gross: MoneyValue


class Origin(Input):
    """Where a record comes from: (source, external_id) is unique together."""

    source: Annotated[str, Field(max_length=40), AfterValidator(own_source)] | None = None
    external_id: Annotated[str, Field(max_length=120)] | None = None

    def name(self) -> tuple[str, str | None] | None:
        """Both together as a record keeps them; None where the body says neither."""
        return None if self.source is None and self.external_id is None else (self.source or "", self.external_id)


class Comes(Protocol):
    """A record that keeps where it comes from."""

    source: str | None
    external_id: str | None


class DayIn(Input):
    """A day; without one today."""

    on: date | None = None


def rows_from(lines: Sequence[LineIn], currency: str) -> list[LineRow]:
    """Lines as the services take them.

    Raises: Invalid that names the line.
    """
    return [_row(line, number, currency) for number, line in enumerate(lines)]


def sums_of(document: DocumentColumns) -> SumsOut:
    return SumsOut(
        net=money(document.net, document.currency),
        tax=money(document.tax, document.currency),
        gross=money(document.gross, document.currency),
    )


def money(amount: int, currency: str) -> MoneyValue:
    return MoneyValue(amount=amount, currency=currency)


def lines_out(lines: Sequence[LineColumns]) -> list[LineOut]:
    return [LineOut.model_validate(line) for line in lines]


def keep_origin(ctx: Ctx, record: Comes, origin: Origin) -> None:
    """Note what another system calls the record.

    Raises: RuleBroken when it has another name already; IntegrityError when that name is another's: the edge answers
    409 to both.
    """
    name = origin.name()
    if name is None:
        return
    if record.external_id is not None and (record.source, record.external_id) != name:
        raise RuleBroken(_l("Another program knows this record by another id already."))
    record.source, record.external_id = name
    ctx.db.flush()


def _row(line: LineIn, number: int, currency: str) -> LineRow:
    if line.discount_percent and line.discount_amount:
        raise Invalid({f"lines.{number}.discount_amount": _l("A line has a percentage off or an amount, not both.")})
    if line.tax:
        require_rate(line.tax.percent, line.tax.category)
    return LineRow(
        description=line.description,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        discount=discount_words(line.discount_percent, line.discount_amount, currency),
        tax=tax_key(line.tax.percent, line.tax.category) if line.tax else "",
        ordered_id=line.ordered_id,
    )
