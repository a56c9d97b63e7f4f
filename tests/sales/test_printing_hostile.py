"""What a document makes of hostile names and files."""

import io
import struct
import zlib
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.support.documents import BUYER, SELLER, document, picture, pictures_of, text_of, words_of

from boxportal.kernel.worker import run_in_worker
from boxportal.modules.sales.printing.characters import MOST_MARKS, one_line, paragraph, runs_right_to_left
from boxportal.modules.sales.printing.document import Line
from boxportal.modules.sales.printing.logo import LONGEST_SIDE, MOST_BYTES, prepare_logo
from boxportal.modules.sales.printing.printer import print_document
from boxportal.modules.sales.printing.render import render
from boxportal.sdk.worker import WorkRefused

MARKUP = "<b>x</b> #strong[x] $x^2$ *b* _i_ `c` @ref #sys.inputs \\u{41} {{ 7*7 }} %(x)s {page} //c /*d*/ ~ -- --- end"


def test_markup_is_printed_as_it_was_typed() -> None:
    printed = document((Line(name=MARKUP, description=MARKUP, amount=1),), notes=MARKUP, title=MARKUP[:40], number="#1")
    text = text_of(render(printed), "-raw")
    assert "".join(text.split()).count("".join(MARKUP.split())) == 3
    assert "Page 1 of 1" in text


def test_bidi_overrides_can_not_turn_a_figure() -> None:
    name = "Pay \u202e00.001\u202c now \u2066x\u2069"
    text = text_of(render(document((Line(name=name, amount=1),))))
    assert "Pay 00.001 now x" in text
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a\x00b\x07c\x1b[31m\x9bd", "abc[31md"),
        ("tab\tand\u2028line\r\nend\u0085.", "tab and line end ."),
        ("\ufeffzero\u2060width\U000e0041\ufff9", "zerowidth"),
        ("half\ud800surrogate", "halfsurrogate"),
        ("cafe\u0301", "café"),
        ("  many   spaces \u00a0 here ", "many spaces here"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("", ""),
    ],
)
def test_hidden_characters_are_taken_out_and_meant_ones_stay(typed: str, shown: str) -> None:
    assert one_line(typed) == shown


def test_marks_can_not_paint_over_other_lines() -> None:
    tower = one_line("o" + "\u0335\u0336\u0337" * 50 + "k")
    assert len(tower) == 2 + MOST_MARKS
    assert paragraph("a\n\n\n\n\nb") == "a\n\nb"


@pytest.mark.parametrize(
    ("text", "is_rtl"), [("שלום 1", True), ("12 مرحبا", True), ("abc שלום", False), ("123", False), ("", False)]
)
def test_direction_is_that_of_the_first_letter(text: str, is_rtl: object) -> None:
    assert runs_right_to_left(text) is is_rtl


@pytest.mark.parametrize(
    "long", ["A" * 5000, "word " * 1000, "شركةالنور" * 300, "漢字" * 1500, "👨‍👩‍👧" * 200, "W-" * 900]
)
def test_text_of_any_length_in_any_place_stays_on_the_page(long: str) -> None:
    lines = tuple(Line(name=long, description=long, unit=long, tax=long, position=long, amount=100) for _ in range(2))
    seller = replace(SELLER, **dict.fromkeys(("name", "signatory", "signatory_role"), long), contacts=(long,) * 2)
    buyer = replace(BUYER, name=long, attention=long, address=(long,) * 2, delivery=(long,))
    texts = dict.fromkeys(
        ("notes", "terms", "footer", "introduction", "amount_in_words", "reason", "title", "number"), long
    )
    words, sizes = words_of(render(document(lines, seller=seller, buyer=buyer, payment_reference=long, **texts)))
    assert sum(word.text == "due" for word in words) == 1
    for word in words:
        width, height = sizes[word.page - 1]
        assert 50 < word.left < word.right < width - 50, word
        assert 10 < word.top < word.bottom < height - 10, word


@settings(max_examples=60)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_printed_or_refused_by_name(name: str, notes: str, number: str) -> None:
    printed = document((Line(name=name, description=notes, unit=number[:5], amount=1),), notes=notes, number=number)
    try:
        pdf = render(printed)
    except WorkRefused as refused:
        named = str(dict(refused.text.values)["characters"])
        pdf = b"%PDF-1.7" if named else b""
    assert pdf.startswith(b"%PDF-1.7")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not an image at all",
        b"<svg xmlns='http://www.w3.org/2000/svg'><image href='/etc/passwd'/></svg>",
        b"%PDF-1.7\n",
        picture(40, 40)[:80],
        picture(40, 40, "JPEG")[:300],
        picture(40, 40, "BMP"),
        picture(40, 40, "TIFF"),
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 200,
    ],
)
def test_logo_that_is_no_image_we_print_is_refused(data: bytes) -> None:
    with pytest.raises(WorkRefused, match="no image that can be printed"):
        prepare_logo(data)


def bomb(width: int, height: int) -> bytes:
    """A small PNG file that says it is huge."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [6_400, 11_000, 50_000])
def test_logo_of_huge_dimensions_is_refused_before_it_is_unpacked(side: int) -> None:
    with pytest.raises(WorkRefused, match="more than 40 million pixels"):
        print_document(run_in_worker, document(seller=replace(SELLER, logo=bomb(side, side))))


def test_logo_of_too_many_bytes_is_refused() -> None:
    with pytest.raises(WorkRefused, match="larger than 10 MB"):
        prepare_logo(bytes(MOST_BYTES + 1))


@pytest.mark.parametrize(
    ("size", "form", "mode"),
    [((1, 1), "PNG", "1"), ((1, 4000), "PNG", "L"), ((4000, 1), "GIF", "P"), ((600, 200), "WEBP", "RGBA"),
     ((5000, 3000), "JPEG", "CMYK"), ((300, 300), "PNG", "I;16"), ((64, 64), "PNG", "LA")],
)  # fmt: skip
def test_logo_of_any_kind_comes_out_small_and_in_proportion(size: tuple[int, int], form: str, mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, size).save(out, form)
    images = pictures_of(render(document(seller=replace(SELLER, logo=out.getvalue()))))
    assert len(images) >= 1
    width, height = int(images[0][3]), int(images[0][4])
    assert max(width, height) <= LONGEST_SIDE
    assert width == pytest.approx(size[0] * min(1, LONGEST_SIDE / max(size)), abs=1)
    assert height == pytest.approx(size[1] * min(1, LONGEST_SIDE / max(size)), abs=1)


def test_every_text_of_a_document_is_cleaned() -> None:
    """No field reaches the page by a way of its own."""
    evil = "x\u202ey"
    texts = {
        field.name: evil
        for field in fields(document())
        if field.type is str and field.name not in {"kind", "language", "currency", "paper"}
    }
    seller = replace(SELLER, name=evil, address=(evil,), contacts=(evil,), signatory=evil, signatory_role=evil)
    buyer = replace(BUYER, name=evil, attention=evil, address=(evil,), contacts=(evil,), delivery=(evil,))
    line = Line(name=evil, position=evil, description=evil, unit=evil, tax=evil, amount=1)
    pdf = render(document((line,), seller=seller, buyer=buyer, signature_places=True, **texts))
    assert "\u202e" not in text_of(pdf)
    assert text_of(pdf).count("xy") > 15
