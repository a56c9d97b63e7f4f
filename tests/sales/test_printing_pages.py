"""Where a document's pages break: rows stay whole, headings come again, sums never stand alone."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest
from tests.support.documents import BUYER, SELLER, document, lines_of, pages_of, words_of

from boxportal.kernel.worker import run_in_worker
from boxportal.modules.sales.printing.document import Line, Pair
from boxportal.modules.sales.printing.printer import print_document
from boxportal.modules.sales.printing.render import render

MARGIN = 20 / 25.4 * 72


def page_with(pages: list[str], text: str) -> int:
    """The one page that has this as a word."""
    found = [number for number, page in enumerate(pages, 1) if text in page.split()]
    assert len(found) == 1, (text, found)
    return found[0]


@pytest.mark.parametrize("count", [1, 2, 10, 11, 12, 13, 14, 15, 28, 29, 30, 31, 32, 33, 34, 45, 60])
def test_rows_are_whole_headings_repeat_and_sums_are_never_alone(count: int) -> None:
    pages = pages_of(render(document(count)))
    places = {}
    for number in range(1, count + 1):
        places[number] = page_with(pages, f"Item-{number}")
        if number % 3:
            assert places[number] == page_with(pages, f"Begin-{number}") == page_with(pages, f"End-{number}")
    assert [places[number] for number in sorted(places)] == sorted(places.values())
    for number in set(places.values()):
        assert "Description" in pages[number - 1], f"page {number} has rows and no heading"
    sums = [number for number, page in enumerate(pages, 1) if "Amount due" in page]
    assert sums == [places[count]], "the sums stand with the last row"
    assert "Total without tax" in pages[sums[0] - 1]


def test_two_hundred_lines_through_the_worker() -> None:
    pages = pages_of(print_document(run_in_worker, document(200)))
    assert len(pages) in range(8, 14)
    assert [page_with(pages, f"Item-{number}") for number in (1, 200)] == [1, page_with(pages, "due")]
    total = 10001 * 200 * 201 // 2
    assert f"KES {total // 100:,}.{total % 100:02}" in " ".join("".join(pages).split())
    rows = Counter(page_with(pages, f"Item-{number}") for number in range(1, 201))
    assert min(rows[number] for number in range(2, len(rows))) > 15, "no page is left half empty"


def test_row_taller_than_a_page_goes_on_and_loses_nothing() -> None:
    words = [f"word{number}" for number in range(3000)]
    lines = (Line(name="Before", amount=100), Line(name="Tall", description=" ".join(words), amount=100))
    pages = pages_of(render(document((*lines, Line(name="After", amount=100)))))
    assert len(pages) > 2
    assert "".join(pages).count("Amount due") == 1
    said = Counter(word for page in pages for word in page.split())
    assert all(said[word] == 1 for word in words)
    last_is_tall = pages_of(render(document(lines)))
    assert Counter(word for page in last_is_tall for word in page.split())["word2999"] == 1
    assert "".join(last_is_tall).count("Amount due") == 1


def test_long_terms_go_over_pages_and_short_blocks_stay_whole() -> None:
    terms = "\n\n".join(f"§{number} " + "The goods remain ours until they are paid. " * 6 for number in range(1, 60))
    pages = pages_of(render(document(2, terms=terms)))
    assert len(pages) > 2
    assert all(f"§{number} " in "".join(pages) for number in range(1, 60))
    accounts = tuple((Pair("Bank", f"Bank{number}"), Pair("IBAN", f"IBAN{number}")) for number in range(6))
    for count in range(14, 24, 2):
        pages = pages_of(render(document(count, seller=replace(SELLER, accounts=accounts))))
        places = {page_with(pages, f"Bank{number}") for number in range(6)}
        assert len(places) == 1
        assert places == {page_with(pages, f"IBAN{number}") for number in range(6)}


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_everything_stays_inside_the_margins(paper: str) -> None:
    wide = Line(
        name="Wide " * 30,
        description="Long " * 60,
        position="12.34.56",
        quantity=Decimal("1234567.123456"),
        unit="square metres of floor",
        unit_price=Decimal("12345678.123456"),
        discount=Decimal("12.345678"),
        tax="16.123456 % reduced",
        amount=10**15,
    )
    buyer = replace(BUYER, name="Name " * 25, address=tuple(f"Street-{number} " * 9 for number in range(8)))
    words, sizes = words_of(render(document((wide,) * 3, paper=paper, buyer=buyer, footer="Foot " * 80)))
    assert words
    for word in words:
        width, height = sizes[word.page - 1]
        assert word.left > MARGIN - 1
        assert word.right < width - MARGIN + 1, word
        assert 20 < word.top < word.bottom < height - 20, word


def test_figures_stand_under_each_other_and_never_touch() -> None:
    words, _ = words_of(render(document(lines_of(30))))
    amounts = {f"{10001 * number / 100:,.2f}" for number in range(1, 31)}
    edges = {round(word.right, 1) for word in words if word.text in amounts and word.left > 480}
    assert max(edges) - min(edges) < 0.5, "the amounts end on one line"
    for one in words:
        for other in words:
            if one is not other and one.page == other.page and abs(one.top - other.top) < 1:
                assert one.right <= other.left + 0.5 or other.right <= one.left + 0.5, (one, other)
