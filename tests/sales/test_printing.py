"""Documents as PDF: what a client, an accountant and a reading program find in the file."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.support.documents import SELLER, document, fonts_of, info_of, pages_of, picture, pictures_of, text_of

from boxportal.kernel.worker import run_in_worker
from boxportal.modules.sales.printing.document import (
    Acceptance,
    ForeignTax,
    Line,
    Reference,
    SumsDisagree,
    TaxLine,
    Totals,
    from_json,
    to_json,
)
from boxportal.modules.sales.printing.labels import LABELS
from boxportal.modules.sales.printing.printer import print_document
from boxportal.modules.sales.printing.render import render

TWO_RATES = document(
    (
        Line(name="Panel", position="1", quantity=Decimal(3), unit_price=Decimal("100.5"), tax="16 %", amount=30150),
        Line(
            name="Book",
            position="2",
            quantity=Decimal("1.5"),
            unit_price=Decimal(40),
            discount=Decimal("12.5"),
            tax="8 %",
            amount=5250,
        ),
    ),
    totals=Totals(lines=35400, net=35400, tax=5244, gross=40644, paid=10000, due=30644),
    taxes=(
        TaxLine(label="VAT 16 %", base=30150, tax=4824),
        TaxLine(label="VAT 8 %", base=5250, tax=420, note="Reduced: second schedule"),
    ),
)


def rows_of(pdf: bytes) -> list[str]:
    """The lines of text, each with single spaces; pdftotext may swallow one before a percent sign."""
    return [" ".join(line.split()).replace(" %", "%") for line in text_of(pdf, "-layout").splitlines() if line.strip()]


def test_invoice_says_what_the_law_wants() -> None:
    rows = rows_of(render(TWO_RATES))
    text = "\n".join(rows)
    assert "Invoice INV-2026-0042" in text
    for said in (
        "Jua Kali Energy Ltd",
        "Mombasa Road 12",
        "PIN P051234567X",
        "VAT No 0123456A",
        "Baraka Hotels & Lodges",
    ):
        assert said in text
    for name, value in (
        ("Date of issue", "3 November 2026"),
        ("Date of supply", "28 October 2026"),
        ("Due date", "3 December 2026"),
        ("Order", "A-17 of 1 October 2026"),
    ):
        assert any(row.endswith(f"{name} {value}") for row in rows), name
    assert "1 Panel 3 100.50 16% 301.50" in rows
    assert "2 Book 1.5 40.00 12.5% 8% 52.50" in rows


def test_each_rate_has_its_base_and_tax() -> None:
    rows = rows_of(render(TWO_RATES))
    sums = rows[rows.index("Total without tax KES 354.00") :][:6]
    assert sums == [
        "Total without tax KES 354.00",
        "VAT 16% on KES 301.50 KES 48.24",
        "VAT 8% on KES 52.50 KES 4.20",
        "Total KES 406.44",
        "Paid -KES 100.00",
        "Amount due KES 306.44",
    ]
    assert "VAT 8%: Reduced: second schedule" in rows


def test_document_discount_rounding_and_a_second_currency_are_shown() -> None:
    printed = document(
        (Line(name="Panel", amount=10000),),
        currency="EUR",
        totals=Totals(lines=10000, discount=1000, net=9000, tax=1440, rounding=-40, gross=10400, due=10400),
        taxes=(TaxLine(label="VAT 16 %", base=9000, tax=1440),),
        foreign_tax=ForeignTax(currency="KES", tax=201600, rate=Decimal("140.000000")),
    )
    rows = rows_of(render(printed))
    for row in (
        "Subtotal €100.00",
        "Discount -€10.00",
        "Total without tax €90.00",
        "Rounding -€0.40",
        "Amount due €104.00",
        "Tax in KES at a rate of 140 KES 2,016.00",
    ):
        assert row in rows


def test_prices_that_include_tax_say_so() -> None:
    printed = document(
        (Line(name="Panel", amount=11600),),
        prices_include_tax=True,
        totals=Totals(lines=11600, net=10000, tax=1600, gross=11600, due=11600),
        taxes=(TaxLine(label="VAT 16 %", base=10000, tax=1600),),
    )
    assert "Prices include tax" in rows_of(render(printed))


def test_seller_without_tax_prints_none() -> None:
    printed = document(
        (Line(name="Panel", amount=11600),),
        taxes=(),
        totals=Totals(lines=11600, net=11600, tax=0, gross=11600, due=11600),
    )
    rows = rows_of(render(printed))
    assert "Total KES 116.00" in rows
    assert not any("tax" in row.lower() or "vat 16" in row.lower() for row in rows)


def test_credit_note_names_the_invoice_and_the_reason_and_asks_for_nothing() -> None:
    printed = document(
        kind="credit_note",
        number="CN-2026-0003",
        references=(Reference(kind="invoice", number="INV-2026-0042", dated=date(2026, 11, 3)),),
        reason="Two panels arrived broken",
        due=None,
    )
    rows = rows_of(render(printed))
    text = "\n".join(rows)
    assert "Credit note CN-2026-0003" in rows
    assert "Corrects invoice INV-2026-0042 of 3 November 2026" in text
    assert "Reason Two panels arrived broken" in text
    assert "Total credited KES 348.03" in rows
    assert "Amount due" not in text
    assert "Equity Bank" not in text


def test_quote_has_places_to_sign_and_the_accepted_one_says_who() -> None:
    quote = document(kind="quote", due=None, valid_until=date(2026, 12, 1), signature_places=True)
    before = text_of(render(quote), "-layout")
    assert re.search(r"Valid until\s+1 December 2026", before)
    assert "Name, date, signature" in before
    accepted = replace(quote, accepted=Acceptance(name="Neema Mushi", on=date(2026, 11, 9), how="by link"))
    after = text_of(render(accepted))
    assert "Name, date, signature" not in after
    assert all(said in after for said in ("Accepted by", "Neema Mushi", "9 November 2026", "by link"))


def test_lines_without_positions_are_counted() -> None:
    lines = (Line(name="Phase one"), Line(name="Panel", amount=1), Line(name="Phase two"), Line(name="Book", amount=2))
    rows = rows_of(render(document(lines)))
    assert [row for row in rows if "Panel" in row or "Book" in row] == ["1 Panel 0.01", "2 Book 0.02"]


def test_headings_group_the_lines() -> None:
    printed = document((Line(name="Phase one", description="until May"), *document(2).lines), watermark="draft")
    rows = rows_of(render(printed))
    assert rows.index("Phase one") < rows.index("until May") < rows.index("1 Item-1 2 pcs 50.005 16% 100.01")
    assert "Invoice INV-2026-0042 Draft" in rows


@pytest.mark.parametrize("mark", ["draft", "paid", "cancelled", "expired", "replaced", "copy"])
def test_watermark_is_a_drawing_and_the_word_stands_beside_the_number(mark: str) -> None:
    marked, plain = rows_of(render(document(watermark=mark))), rows_of(render(document()))
    title = plain.index("Invoice INV-2026-0042")
    assert marked[title] == f"Invoice INV-2026-0042 {mark.capitalize()}"
    assert marked[:title] + marked[title + 1 :] == plain[:title] + plain[title + 1 :]


@pytest.mark.parametrize("language", ["ru", "sw"])
def test_every_label_is_in_the_documents_language(language: str) -> None:
    printed = replace(TWO_RATES, language=language)
    text = " ".join(text_of(render(printed)).split())
    english = LABELS["en"]
    labels = LABELS[printed.language]
    for name in (
        "issued",
        "supplied",
        "due_date",
        "item",
        "quantity",
        "unit_price",
        "net",
        "gross",
        "paid",
        "due",
    ):
        assert getattr(labels, name) in text, name
        assert getattr(english, name) not in text, name
    assert labels.buyers[printed.kind] in text
    assert english.buyers[printed.kind] not in text
    assert labels.page.format(page=1, pages=1) in text


def test_figures_follow_the_language() -> None:
    russian = " ".join(
        text_of(render(document((Line(name="X", amount=123456789),), language="ru", currency="RUB"))).split()
    )
    assert "1 432 098,75 ₽" in russian
    assert "3 ноября 2026 г." in russian
    swahili = text_of(render(document((Line(name="X", amount=123456789),), language="sw", currency="TZS")))
    assert "TSh 1,432,098.75" in swahili


@pytest.mark.parametrize(("currency", "figure"), [("JPY", "JP¥11,600"), ("KWD", "KWD 11.600"), ("USD", "US$116.00")])
def test_currencies_have_their_own_digits(currency: str, figure: str) -> None:
    assert f"Total {figure}" in rows_of(render(document((Line(name="X", amount=10000),), currency=currency)))


def test_paper_is_a4_or_letter() -> None:
    assert info_of(render(document()))["Page size"].startswith("595.276 x 841.89")
    letter = render(document(paper="letter"))
    assert info_of(letter)["Page size"].startswith("612 x 792")
    assert "November 3, 2026" in text_of(letter)


def test_file_knows_its_title_author_date_and_language() -> None:
    pdf = render(document(language="ru"))
    info = info_of(pdf)
    assert info["Title"] == "Счёт INV-2026-0042"
    assert info["Author"] == "Jua Kali Energy Ltd"
    assert "Nov  3 00:00:00 2026" in info["CreationDate"]
    assert info["Tagged"] == "yes"
    assert b"/Lang (ru)" in pdf or b"/Lang(ru)" in pdf
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf


def test_fonts_are_embedded_as_subsets_with_their_text() -> None:
    fonts = fonts_of(render(document()))
    assert fonts
    for font in fonts:
        assert re.match(r"[A-Z]{6}\+", font[0])
        assert font[-5:-2] == ["yes", "yes", "yes"]


def test_text_can_be_copied_in_the_order_it_is_read() -> None:
    text = text_of(render(document()))
    order = [
        "Jua Kali Energy Ltd",
        "Baraka Hotels",
        "Invoice INV",
        "Item-1",
        "Item-2",
        "Total without tax",
        "Amount due",
        "Terms",
    ]
    assert sorted(order, key=text.index) == order


def test_logo_is_printed_and_its_camera_data_is_not() -> None:
    logo = picture(3000, 600, "JPEG")
    pdf = render(document(seller=replace(SELLER, logo=logo)))
    images = pictures_of(pdf)
    assert [image[3:5] for image in images] == [["1200", "240"]]
    assert "Jua Kali Energy Ltd" in text_of(pdf)


def test_same_document_gives_the_same_bytes_in_any_process() -> None:
    printed = document(30, watermark="paid", seller=replace(SELLER, logo=picture(60, 20, mode="RGBA")))
    first = print_document(run_in_worker, printed)
    assert first == print_document(run_in_worker, printed) == render(printed)


def test_document_crosses_to_the_worker_unchanged() -> None:
    printed = document(
        3,
        seller=replace(SELLER, logo=bytes(range(256))),
        accepted=Acceptance(name="N", on=date(2026, 1, 2)),
        foreign_tax=ForeignTax(currency="EUR", tax=1, rate=Decimal("0.007123")),
    )
    assert from_json(to_json(printed)) == printed


def test_server_that_prints_loads_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "document.json").write_bytes(to_json(document()))
    program = (
        "import sys; from pathlib import Path\n"
        "from boxportal.kernel.worker import run_in_worker\n"
        "from boxportal.modules.sales.printing.document import from_json\n"
        "from boxportal.modules.sales.printing.printer import print_document\n"
        f"pdf = print_document(run_in_worker, from_json(Path({str(tmp_path / 'document.json')!r}).read_bytes()))\n"
        "print(pdf[:5].decode(), [name for name in ('typst', 'PIL') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split("\n")[0] == "%PDF- []"


@pytest.mark.parametrize(
    "totals",
    [
        Totals(lines=30003, net=30003, tax=4800, gross=34804, due=34804),
        Totals(lines=30003, net=30003, tax=4800, gross=34803, due=34802),
        Totals(lines=30002, net=30002, tax=4800, gross=34802, due=34802),
        Totals(lines=30003, net=30003, tax=4801, gross=34804, due=34804),
    ],
)
def test_figures_that_contradict_each_other_are_not_printed(totals: Totals) -> None:
    with pytest.raises(SumsDisagree):
        document(2, totals=totals)


def test_continued_pages_say_what_they_belong_to() -> None:
    pages = pages_of(render(document(60)))
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        assert "Registered in Nairobi" in page
    for page in pages[1:]:
        assert page.split("\n")[0].split() == ["Invoice", "INV-2026-0042", "Jua", "Kali", "Energy", "Ltd"]
