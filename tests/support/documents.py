"""Business documents to print, and what a reader finds in the printed files."""

import io
import re
import subprocess
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from PIL import Image

from boxportal.modules.sales.printing.document import (
    Buyer,
    Line,
    Pair,
    PrintedDocument,
    Reference,
    Seller,
    TaxLine,
    Totals,
)

SELLER = Seller(
    name="Jua Kali Energy Ltd",
    address=("Mombasa Road 12", "00100 Nairobi", "Kenya"),
    country="KE",
    numbers=(Pair("PIN", "P051234567X"), Pair("VAT No", "0123456A")),
    contacts=("+254 20 123 4567", "accounts@juakali.example"),
    accounts=((Pair("Bank", "Equity Bank Kenya"), Pair("IBAN", "KE84 0123 4567 8901")),),
    signatory="Amina Otieno",
    signatory_role="Head of finance",
)
BUYER = Buyer(
    name="Baraka Hotels & Lodges",
    attention="John Kamau",
    address=("Beach Road 5", "80100 Mombasa"),
    country="KE",
    numbers=(Pair("PIN", "P059876543Z"),),
)


def lines_of(count: int) -> tuple[Line, ...]:
    return tuple(
        Line(
            position=str(number),
            name=f"Item-{number}",
            description=f"Begin-{number}\nEnd-{number}" if number % 3 else "",
            quantity=Decimal(2),
            unit="pcs",
            unit_price=Decimal("50.005") * number,
            tax="16 %",
            amount=10001 * number,
        )
        for number in range(1, count + 1)
    )


def document(lines: int | tuple[Line, ...] = 2, **changes: object) -> PrintedDocument:
    """An invoice over these lines, taxed at 16 %; `changes` are fields of the document."""
    shown = lines_of(lines) if isinstance(lines, int) else lines
    net = sum(line.amount or 0 for line in shown)
    tax = net * 16 // 100
    plain = PrintedDocument(
        kind="invoice",
        number="INV-2026-0042",
        language="en",
        currency="KES",
        issued=date(2026, 11, 3),
        supplied=date(2026, 10, 28),
        due=date(2026, 12, 3),
        seller=SELLER,
        buyer=BUYER,
        lines=shown,
        taxes=(TaxLine(label="VAT 16 %", base=net, tax=tax),),
        totals=Totals(lines=net, net=net, tax=tax, gross=net + tax, due=net + tax),
        references=(Reference(kind="order", number="A-17", dated=date(2026, 10, 1)),),
        notes="Thank you for your business.",
        terms="Payment within 30 days.",
        footer="Registered in Nairobi, CPR/2011/51234",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # the caller names fields


def picture(width: int, height: int, form: str = "PNG", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), "#0a7d5a" if mode != "1" else 0).save(out, form)
    return out.getvalue()


@dataclass(frozen=True)
class Word:
    """A word and where it stands, in points from the page's upper left corner."""

    text: str
    page: int
    left: float
    top: float
    right: float
    bottom: float


def text_of(pdf: bytes, *how: str) -> str:
    """What a person copies, with no-break spaces as plain ones; `how` is an option of pdftotext, -layout or -raw."""
    return _tool("pdftotext", *how, "-", "-", given=pdf).replace("\u00a0", " ")


def pages_of(pdf: bytes) -> list[str]:
    return text_of(pdf, "-layout").split("\f")[:-1]


def info_of(pdf: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in _tool("pdfinfo", "-", given=pdf).splitlines())
    return {name: value.strip() for name, _, value in pairs}


def words_of(pdf: bytes) -> tuple[list[Word], list[tuple[float, float]]]:
    """All words, and the size of each page."""
    words: list[Word] = []
    sizes: list[tuple[float, float]] = []
    for line in _tool("pdftotext", "-bbox", "-", "-", given=pdf).splitlines():
        numbers = [float(number) for number in re.findall(r'(?:width|height|[xy]M(?:in|ax))="([-\d.]+)"', line)]
        if "<page" in line:
            sizes.append((numbers[0], numbers[1]))
        elif "<word" in line:
            words.append(Word(line[line.index(">") + 1 : line.rindex("<")], len(sizes), *numbers))
    return words, sizes


def fonts_of(pdf: bytes) -> list[list[str]]:
    return [line.split() for line in _tool("pdffonts", "-", given=pdf).splitlines()[2:]]


def pictures_of(pdf: bytes) -> list[list[str]]:
    return [line.split() for line in _tool("pdfimages", "-list", "-", given=pdf).splitlines()[2:]]


def _tool(*command: str, given: bytes) -> str:
    done = subprocess.run(command, input=given, capture_output=True, check=True, timeout=60)
    # pdftotext writes what lies beyond the first plane as two halves where it writes boxes.
    return done.stdout.decode(errors="replace")
