"""What people type: the models of this module's forms."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from boxportal.sdk.forms import Choices, Help, Label, MailText, PhoneText, Widget
from boxportal.sdk.i18n import LANGUAGE_NAMES, plazy
from boxportal.sdk.i18n import lazy as _l
from boxportal.sdk.money import Money

MAX_NUMBER = Decimal(10) ** 12
CATEGORIES = (
    ("S", _l("Standard")), ("L", _l("Reduced")), ("Z", _l("Zero rate")), ("E", _l("Exempt")),
    ("AE", _l("Reverse charge")), ("G", plazy("tax", "Export")), ("O", _l("Outside the tax")),
)  # fmt: skip
METHODS = (
    ("bank", _l("Bank transfer")), ("cash", _l("Cash")), ("card", _l("Card")), ("mobile", _l("Mobile money")),
    ("other", _l("Other")),
)  # fmt: skip
WAYS = (
    ("phone", _l("By telephone")), ("mail", _l("By mail")), ("paper", _l("Signed on paper")),
    ("meeting", _l("In person")),
)  # fmt: skip


Language = Annotated[str, Label(_l("Language of the document")), Choices(tuple(LANGUAGE_NAMES.items()))]


class SellerForm(BaseModel):
    """The seller's details: asked once, changed later on their own page."""

    legal_name: Annotated[str, Label(_l("Legal name of your firm")), Field(max_length=200)]
    address: Annotated[str, Label(_l("Address")), Widget("textarea", lines=3), Field(max_length=1000)] = ""
    country: Annotated[str, Label(_l("Country")), Choices(), Field(pattern=r"^([A-Z]{2})?$")] = ""
    tax_number: Annotated[str, Label(_l("Tax number")), Field(max_length=60)] = ""
    registration_number: Annotated[str, Label(_l("Registration number")), Field(max_length=60)] = ""
    vat_payer: Annotated[bool, Label(_l("The firm charges VAT")), Widget("switch")] = False
    bank: Annotated[
        str,
        Label(_l("Bank accounts")),
        Help(_l("As they shall stand on invoices: bank, account number, code. An empty line parts two accounts.")),
        Widget("textarea", lines=3),
        Field(max_length=2000),
    ] = ""
    email: Annotated[MailText | None, Label(_l("E-mail"))] = None
    phone: Annotated[PhoneText, Label(_l("Telephone")), Field(max_length=40)] = ""
    signatory: Annotated[str, Label(_l("Who signs")), Field(max_length=200)] = ""
    currency: Annotated[str, Label(_l("Currency")), Choices()]
    inclusive: Annotated[bool, Label(_l("Prices include tax")), Widget("switch")] = False
    rounding: Annotated[
        Literal["total", "line"],
        Label(_l("Tax is rounded")),
        Choices((("total", _l("Once for each rate")), ("line", _l("Line by line")))),
    ] = "total"
    paper: Annotated[Literal["a4", "letter"], Label(_l("Paper")), Choices((("a4", "A4"), ("letter", "US Letter")))] = (
        "a4"
    )
    payment_days: Annotated[int, Label(_l("Invoices are due after")), Widget(unit=_l("days")), Field(ge=0, le=365)] = 14
    valid_days: Annotated[int, Label(_l("Quotes are valid for")), Widget(unit=_l("days")), Field(ge=1, le=365)] = 30


class FirstSellerForm(SellerForm):
    """The same, with the VAT rate that goods usually have; asked when there is no rate yet."""

    usual_tax: Annotated[
        Decimal, Label(_l("Usual VAT rate")), Widget(unit="%"), Field(ge=0, le=100, decimal_places=3)
    ] = Decimal(0)


class TaxRateForm(BaseModel):
    """A tax rate."""

    name: Annotated[str, Label(plazy("thing", "Name")), Field(max_length=60)]
    percent: Annotated[Decimal, Label(_l("Rate")), Widget(unit="%"), Field(ge=0, le=1000, decimal_places=3)]
    category: Annotated[str, Label(_l("Kind")), Choices(CATEGORIES)] = "S"
    is_default: Annotated[bool, Label(_l("New lines begin with it"))] = False


class ProductForm(BaseModel):
    """A product of the price list."""

    name: Annotated[str, Label(plazy("thing", "Name")), Widget(autofocus=True), Field(max_length=200)]
    code: Annotated[str, Label(_l("Code")), Field(max_length=60)] = ""
    unit: Annotated[str, Label(_l("Unit")), Help(_l("Piece, hour, kg …")), Field(max_length=30)] = ""
    price: Annotated[Decimal | None, Label(_l("Price")), Field(ge=0, lt=MAX_NUMBER, decimal_places=6)] = None
    currency: Annotated[str, Label(_l("Currency")), Choices()]
    tax_rate_id: Annotated[int | None, Label(_l("Tax")), Choices()] = None
    description: Annotated[str, Label(_l("Description")), Widget("textarea"), Field(max_length=4000)] = ""
    is_active: Annotated[bool, Label(_l("For sale")), Widget("switch")] = True


class LineRow(BaseModel):
    """One line of a deal or a draft. `ordered_id` is the line of an order that it charges."""

    description: Annotated[str, Label(_l("Product or text")), Field(max_length=2000)]
    quantity: Annotated[Decimal, Label(_l("Quantity")), Field(gt=-MAX_NUMBER, lt=MAX_NUMBER, decimal_places=6)] = (
        Decimal(1)
    )
    unit: Annotated[str, Label(_l("Unit")), Field(max_length=30)] = ""
    unit_price: Annotated[
        Decimal | None, Label(_l("Price")), Field(gt=-MAX_NUMBER, lt=MAX_NUMBER, decimal_places=6)
    ] = None
    discount: Annotated[str, Label(_l("Discount")), Field(max_length=30)] = ""
    tax: Annotated[str, Label(_l("Tax")), Choices()] = ""
    remove: Annotated[bool, Label(_l("Remove this line"))] = False
    position: Annotated[int | None, Label(plazy("line", "Order")), Field(ge=0, le=100_000)] = None
    ordered_id: Annotated[int | None, Widget("hidden")] = None


class LinesForm(BaseModel):
    """All lines of a deal or draft at once."""

    lines: Annotated[list[LineRow], Label(_l("Lines"), one=_l("Line")), Field(max_length=200)] = []


class DealLinesForm(LinesForm):
    """A deal's lines, with who sells them where there are several."""

    seller_id: Annotated[int | None, Label(_l("Seller")), Choices()] = None


class QuoteForm(BaseModel):
    """What a draft of a quote says beside its lines; without a language it keeps its own."""

    valid_until: Annotated[date | None, Label(_l("Valid until"))] = None
    language: Language = ""
    note: Annotated[str, Label(_l("Note to the client")), Widget("textarea"), Field(max_length=4000)] = ""


class AnswerForm(BaseModel):
    """A client's acceptance, recorded by a colleague; `version` is the one that they had before them."""

    version: Annotated[int | None, Widget("hidden")] = None
    by: Annotated[str, Label(_l("Who agreed")), Field(max_length=200)]
    how: Annotated[str, Label(_l("How")), Choices(WAYS)] = "phone"
    on: Annotated[date | None, Label(_l("On"))] = None
    contract_number: Annotated[str, Label(_l("Contract number")), Field(max_length=80)] = ""


class RefusalForm(BaseModel):
    """A client's refusal, recorded by a colleague."""

    comment: Annotated[str, Label(_l("What the client said")), Widget("textarea"), Field(max_length=4000)] = ""


class InvoiceForm(BaseModel):
    """What a draft of an invoice says beside its lines."""

    supplied_on: Annotated[date | None, Label(_l("Date of supply"))] = None
    due_on: Annotated[date | None, Label(_l("To be paid by"))] = None
    buyer_name: Annotated[str, Label(_l("Client")), Field(max_length=200)] = ""
    buyer_company: Annotated[str, Label(_l("Client's firm")), Field(max_length=200)] = ""
    buyer_address: Annotated[str, Label(_l("Client's address")), Widget("textarea"), Field(max_length=1000)] = ""
    buyer_tax_number: Annotated[str, Label(_l("Client's tax number")), Field(max_length=60)] = ""
    language: Language = ""
    note: Annotated[str, Label(_l("Note to the client")), Widget("textarea"), Field(max_length=4000)] = ""


class CorrectionForm(BaseModel):
    """Why an invoice is corrected or cancelled."""

    reason: Annotated[str, Label(_l("What was wrong")), Field(max_length=1000)]


class CreditRow(BaseModel):
    """How much of a line of an invoice is taken back: a quantity, or an amount of its price."""

    line_id: Annotated[int, Widget("hidden")]
    quantity: Annotated[
        Decimal | None, Label(_l("Quantity")), Field(gt=-MAX_NUMBER, lt=MAX_NUMBER, decimal_places=6)
    ] = None
    amount: Annotated[Money | None, Label(_l("Or less by"))] = None


class CreditForm(BaseModel):
    """What of an invoice is credited, and why."""

    reason: Annotated[str, Label(_l("Why")), Field(max_length=1000)]
    again: Annotated[
        bool, Label(_l("This part will be invoiced again")),
        Help(_l("Left empty, it is settled: goods that came back, a price that was too high.")),
    ] = False  # fmt: skip
    lines: Annotated[list[CreditRow], Label(_l("Lines"), one=_l("Line")), Field(max_length=500)] = []


class PaymentForm(BaseModel):
    """Money that came in."""

    amount: Annotated[Money, Label(_l("Amount"))]
    paid_on: Annotated[date, Label(_l("Received on"))]
    method: Annotated[str, Label(_l("Paid by")), Choices(METHODS)] = "bank"
    note: Annotated[str, Label(_l("Note")), Field(max_length=1000)] = ""


class ShipmentRow(BaseModel):
    """How much of an ordered line leaves."""

    ordered_id: Annotated[int, Widget("hidden")]
    quantity: Annotated[Decimal, Label(_l("Quantity")), Field(ge=0, lt=MAX_NUMBER, decimal_places=6)] = Decimal(0)


class ShipmentForm(BaseModel):
    """What leaves, and when."""

    shipped_on: Annotated[date, Label(_l("Shipped on"))]
    note: Annotated[str, Label(_l("Note")), Help(_l("Carrier, tracking number …")), Field(max_length=1000)] = ""
    lines: Annotated[list[ShipmentRow], Label(_l("Lines"), one=_l("Line")), Field(max_length=500)] = []


class MailForm(BaseModel):
    """A mail with a document; the client's link is added under the text."""

    to: Annotated[MailText, Label(_l("To"))]
    text: Annotated[str, Label(_l("Text")), Widget("textarea", lines=8), Field(max_length=10_000)]


class ReplyForm(BaseModel):
    """The answer to a client's question."""

    to: Annotated[MailText, Label(_l("To"))]
    text: Annotated[str, Label(_l("Your answer")), Widget("textarea", lines=8), Field(max_length=10_000)]
