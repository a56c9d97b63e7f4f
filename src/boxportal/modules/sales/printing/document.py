"""What a printed business document says: plain values that can cross to another process as JSON."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter

Kind = Literal["quote", "order", "proforma", "invoice", "tax_invoice", "credit_note"]
Language = Literal["en", "ru", "sw"]
Paper = Literal["a4", "letter"]
Watermark = Literal["draft", "paid", "cancelled", "expired", "replaced", "copy"]
ReferenceKind = Literal["buyer", "quote", "order", "contract", "invoice", "proforma", "delivery"]

ASKS_PAYMENT: frozenset[Kind] = frozenset({"proforma", "invoice", "tax_invoice"})


class SumsDisagree(ValueError):
    """The figures of a document contradict each other; printing them would put a wrong sum before a client."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A value with the name it goes by where the firm is: `Pair("VAT No", "GB 123 4567 89")`, `Pair("IBAN", "…")`."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """Who issues the document, as text that stands still.

    `accounts` holds one group of pairs a bank account; `country` is ISO 3166-1 alpha-2; `logo` is an image file.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    name: str
    address: tuple[str, ...] = ()
    country: str = ""
    numbers: tuple[Pair, ...] = ()
    contacts: tuple[str, ...] = ()
    accounts: tuple[tuple[Pair, ...], ...] = ()
    logo: bytes | None = None
    signatory: str = ""
    signatory_role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Whom the document is for, as text that stands still; `delivery` is the address of supply where it differs."""

    name: str
    attention: str = ""
    address: tuple[str, ...] = ()
    country: str = ""
    numbers: tuple[Pair, ...] = ()
    contacts: tuple[str, ...] = ()
    delivery: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Another document that this one goes back to: the buyer's own order number, a contract, the corrected invoice."""

    kind: ReferenceKind
    number: str
    dated: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line; without an amount it is a heading over the lines that follow.

    `amount` and `discount_amount` are minor units; `discount` is percent.
    """

    name: str
    position: str = ""
    description: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    unit_price: Decimal | None = None
    discount: Decimal | None = None
    discount_amount: int | None = None
    tax: str = ""
    amount: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxLine:
    """One rate: what it is called (`VAT 20 %`), the base it is taken on and the tax, in minor units.

    `note` is the ground for an exemption or a reverse charge, as the law wants it quoted (EN 16931 BT-120).
    """

    label: str
    base: int
    tax: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The sums in minor units (EN 16931 BG-22).

    `lines` is the sum of the line amounts, `discount` what the whole document is reduced by (in the same sense as
    `lines`, with or without tax), `rounding` what cash rounding adds, `due` what is left after `paid`.
    """

    lines: int
    net: int
    tax: int
    gross: int
    discount: int = 0
    rounding: int = 0
    paid: int = 0
    due: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignTax:
    """The tax total in the seller's own currency, where the law wants it beside another one (EN 16931 BT-111)."""

    currency: str
    tax: int
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Who accepted the document, when, and how (`by the client's link`, `signed on paper`)."""

    name: str
    on: date
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedDocument:
    """A quote, order, invoice or credit note with everything that its page shows.

    `title` takes the place of the kind's usual title; `supplied_until` makes the date of supply a period;
    `signature_places` asks for lines to sign on.
    Raises: SumsDisagree.
    """

    kind: Kind
    number: str
    language: Language
    currency: str
    issued: date
    seller: Seller
    buyer: Buyer
    lines: tuple[Line, ...]
    totals: Totals
    taxes: tuple[TaxLine, ...] = ()
    title: str = ""
    supplied: date | None = None
    supplied_until: date | None = None
    due: date | None = None
    valid_until: date | None = None
    references: tuple[Reference, ...] = ()
    reason: str = ""
    prices_include_tax: bool = False
    foreign_tax: ForeignTax | None = None
    amount_in_words: str = ""
    introduction: str = ""
    payment_reference: str = ""
    notes: str = ""
    terms: str = ""
    footer: str = ""
    accepted: Acceptance | None = None
    signature_places: bool = False
    watermark: Watermark | None = None
    paper: Paper = "a4"

    def __post_init__(self) -> None:
        totals = self.totals
        sums = {
            "the line amounts": (sum(line.amount or 0 for line in self.lines), totals.lines),
            "lines less discount": (
                totals.lines - totals.discount,
                totals.net + totals.tax if self.prices_include_tax else totals.net,
            ),
            "net, tax and rounding": (totals.net + totals.tax + totals.rounding, totals.gross),
            "the tax": (sum(line.tax for line in self.taxes), totals.tax),
            "the tax bases": (sum(line.base for line in self.taxes), totals.net if self.taxes else 0),
            "what is due": (
                totals.gross - totals.paid,
                totals.due if self.kind in ASKS_PAYMENT else totals.gross - totals.paid,
            ),
        }
        for what, (counted, stated) in sums.items():
            if counted != stated:
                raise SumsDisagree(f"{what}: {counted} counted, {stated} stated")


_ADAPTER = TypeAdapter(PrintedDocument)


def to_json(document: PrintedDocument) -> bytes:
    """The document as JSON, to be read by `from_json` in another process."""
    return _ADAPTER.dump_json(document)


def from_json(payload: bytes) -> PrintedDocument:
    """The document of a payload made by `to_json`. Raises: pydantic.ValidationError."""
    return _ADAPTER.validate_json(payload)
