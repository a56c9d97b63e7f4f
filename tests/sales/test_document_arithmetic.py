"""Documents add up, whatever their lines, rates, discounts and rounding."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxportal.modules.sales.arithmetic import (
    AmountOff,
    CannotReckon,
    Discount,
    DocumentSum,
    Line,
    PercentOff,
    TaxRate,
    TaxRounding,
    Terms,
    reckon,
)
from boxportal.sdk.decimals import half_up

VAT18 = TaxRate(Decimal(18))
VAT20 = TaxRate(Decimal(20))
VAT7 = TaxRate(Decimal("7.7"))
ZERO = TaxRate(Decimal(0), "Z")

rates = st.sampled_from([VAT18, VAT20, VAT7, ZERO, TaxRate(Decimal(0), "E"), TaxRate(Decimal("5.5"))])
percents = st.builds(PercentOff, st.decimals(0, 100, places=6))
quantities = st.decimals(-1000, 1000, places=6)
prices = st.decimals(0, 100000, places=6)
lines = st.builds(Line, quantities, prices, rates, st.none() | percents)
all_terms = st.builds(
    Terms,
    st.sampled_from(["EUR", "JPY", "KWD", "TZS"]),
    st.booleans(),
    st.sampled_from(TaxRounding),
    st.none() | percents,
)
documents = st.lists(lines, max_size=12)


def line(quantity: str, price: str, rate: TaxRate = VAT18, discount: Discount | None = None) -> Line:
    return Line(Decimal(quantity), Decimal(price), rate, discount)


def parts_add_up(total: DocumentSum) -> None:
    assert total.net + total.tax == total.gross
    assert total.amount == sum(part.amount for part in total.lines) == sum(rate.amount for rate in total.rates)
    assert total.discount == sum(part.share for part in total.lines) == sum(rate.discount for rate in total.rates)
    assert total.net == sum(part.net for part in total.lines) == sum(rate.base for rate in total.rates)
    assert total.tax == sum(part.tax for part in total.lines) == sum(rate.tax for rate in total.rates)
    for part in total.lines:
        assert part.price - part.discount == part.amount
        assert part.net + part.tax == part.gross
    for rate in total.rates:
        assert rate.base + rate.tax == rate.gross


@given(documents, all_terms)
def test_all_parts_add_up(document: list[Line], terms: Terms) -> None:
    total = reckon(document, terms)
    parts_add_up(total)
    assert total.amount - total.discount == (total.gross if terms.inclusive else total.net)


@given(documents, all_terms, st.integers(0, 10**6))
def test_a_discount_by_amount_is_taken_off_to_the_last_cent(document: list[Line], terms: Terms, off: int) -> None:
    whole = reckon(document, replace(terms, discount=None))
    if off > abs(whole.amount):
        with pytest.raises(CannotReckon):
            reckon(document, replace(terms, discount=AmountOff(off)))
        return
    total = reckon(document, replace(terms, discount=AmountOff(off)))
    parts_add_up(total)
    assert abs(whole.amount) - abs(total.amount - total.discount) == off


@given(documents, all_terms)
def test_the_tax_of_a_rate_is_that_of_its_base(document: list[Line], terms: Terms) -> None:
    """BR-CO-17 to the unit without tax in the prices; with it within the one unit that its validators allow."""
    terms = replace(terms, rounding=TaxRounding.TOTAL)
    for rate in reckon(document, terms).rates:
        exact = rate.base * Fraction(rate.rate.percent) / 100
        if terms.inclusive:
            assert abs(rate.tax - exact) < 1
        else:
            assert rate.tax == half_up(exact)


@given(documents, all_terms)
def test_rounding_by_line_rounds_each_line(document: list[Line], terms: Terms) -> None:
    total = reckon(document, replace(terms, rounding=TaxRounding.LINE))
    for part, given_line in zip(total.lines, document, strict=True):
        percent = Fraction(given_line.rate.percent)
        taxed = part.gross if terms.inclusive else part.net
        assert part.tax == half_up(taxed * percent / (100 + percent if terms.inclusive else 100))


@given(documents, all_terms)
def test_a_line_s_tax_is_next_to_its_exact_tax(document: list[Line], terms: Terms) -> None:
    total = reckon(document, terms)
    for part, given_line in zip(total.lines, document, strict=True):
        percent = Fraction(given_line.rate.percent)
        taxed = part.gross if terms.inclusive else part.net
        assert abs(part.tax - taxed * percent / (100 + percent if terms.inclusive else 100)) < 1
        assert not (part.tax and not percent)


@given(
    st.lists(st.builds(Line, quantities, prices, st.just(VAT18)), min_size=1, max_size=12),
    st.sampled_from(["EUR", "JPY"]),
)
def test_prices_with_and_without_tax_agree(document: list[Line], currency: str) -> None:
    """The gross sum of a document without tax in its prices, taken as prices with tax, holds the same tax."""
    without = reckon(document, Terms(currency))
    price = Decimal(without.gross).scaleb(-2 if currency == "EUR" else 0)
    included = reckon([Line(Decimal(1), price, VAT18)], Terms(currency, inclusive=True))
    assert (included.net, included.tax, included.gross) == (without.net, without.tax, without.gross)


@given(documents, all_terms)
def test_a_credit_note_cancels_its_invoice_line_by_line(document: list[Line], terms: Terms) -> None:
    invoice = reckon(document, terms)
    credit = reckon([replace(part, quantity=-part.quantity) for part in document], terms)
    for mine, theirs in zip((*invoice.lines, *invoice.rates), (*credit.lines, *credit.rates), strict=True):
        assert mine.tax + theirs.tax == 0
        assert mine.gross + theirs.gross == 0
    assert (credit.net, credit.tax, credit.gross) == (-invoice.net, -invoice.tax, -invoice.gross)


@given(documents, all_terms)
def test_the_order_of_rates_does_not_hang_on_the_order_of_lines(document: list[Line], terms: Terms) -> None:
    forwards, backwards = reckon(document, terms), reckon(document[::-1], terms)
    assert [rate.rate for rate in forwards.rates] == [rate.rate for rate in backwards.rates]
    assert (forwards.net, forwards.tax, forwards.gross) == (backwards.net, backwards.tax, backwards.gross)


def test_tax_once_on_the_sum_differs_from_tax_on_each_line() -> None:
    document = [line("1", "0.33")] * 3
    once, each = reckon(document, Terms("EUR")), reckon(document, Terms("EUR", rounding=TaxRounding.LINE))
    assert (once.net, once.tax, once.gross) == (99, 18, 117)
    assert (each.net, each.tax, each.gross) == (99, 18, 117)
    document = [line("1", "0.31")] * 3
    assert reckon(document, Terms("EUR")).tax == 17
    assert reckon(document, Terms("EUR", rounding=TaxRounding.LINE)).tax == 18


def test_a_worked_example_of_several_rates_and_discounts() -> None:
    """Prices without tax: 10 x 12.50 less 10 %, 3 x 9.99 at 7.7 %, 1 x 100 untaxed less 5.00; 2 % off the whole."""
    total = reckon(
        [
            line("10", "12.50", VAT20, PercentOff(Decimal(10))),
            line("3", "9.99", VAT7),
            line("1", "100", ZERO, AmountOff(500)),
        ],
        Terms("EUR", discount=PercentOff(Decimal(2))),
    )
    assert [(part.price, part.discount, part.amount) for part in total.lines] == [
        (12500, 1250, 11250), (2997, 0, 2997), (10000, 500, 9500),
    ]  # fmt: skip
    assert [part.share for part in total.lines] == [225, 60, 190]
    assert [(str(rate.rate.percent), rate.base, rate.tax) for rate in total.rates] == [
        ("20", 11025, 2205), ("7.7", 2937, 226), ("0", 9310, 0),
    ]  # fmt: skip
    assert (total.amount, total.discount, total.net, total.tax, total.gross) == (23747, 475, 23272, 2431, 25703)


def test_prices_with_tax_stand_as_they_were_agreed() -> None:
    total = reckon([line("2", "59"), line("1", "0.99")], Terms("EUR", inclusive=True))
    assert (total.net, total.tax, total.gross) == (10084, 1815, 11899)


@pytest.mark.parametrize(
    ("currency", "net", "tax"), [("JPY", 1000, 180), ("EUR", 99999, 18000), ("KWD", 999990, 179998)]
)
def test_amounts_are_rounded_to_the_currency(currency: str, net: int, tax: int) -> None:
    total = reckon([line("3", "333.33")], Terms(currency))
    assert (total.net, total.tax) == (net, tax)


def test_unit_prices_of_six_places_are_exact() -> None:
    assert reckon([line("1000000", "0.000001")], Terms("EUR")).net == 100
    assert reckon([line("3", "0.333333", ZERO)], Terms("EUR")).net == 100


def test_an_empty_document_is_zero() -> None:
    assert reckon([], Terms("EUR", discount=PercentOff(Decimal(5)))) == DocumentSum((), (), 0, 0, 0, 0, 0)


def test_a_discount_reaches_each_rate_even_where_the_whole_is_nothing() -> None:
    total = reckon([line("1", "100"), line("-1", "100", ZERO)], Terms("EUR", discount=PercentOff(Decimal(10))))
    assert [(rate.base, rate.tax) for rate in total.rates] == [(9000, 1620), (-9000, 0)]
    assert total.discount == 0


@pytest.mark.parametrize(
    ("bad", "index"),
    [
        (line("1", "10", VAT18, PercentOff(Decimal(101))), 1),
        (line("1", "10", VAT18, PercentOff(Decimal(-1))), 1),
        (line("1", "10", VAT18, PercentOff(Decimal("NaN"))), 1),
        (line("1", "10", VAT18, AmountOff(1001)), 1),
        (line("1", "10", VAT18, AmountOff(-1)), 1),
        (line("1e18", "1e18"), 1),
        (line("1e999999", "1"), 1),
        (line("1", "1e-999999"), 1),
        (line("NaN", "1"), 1),
        (line("9e9", "9e9"), 1),
    ],
)
def test_a_line_that_cannot_be_reckoned_is_named(bad: Line, index: int) -> None:
    with pytest.raises(CannotReckon) as refused:
        reckon([line("1", "1"), bad], Terms("EUR"))
    assert refused.value.line == index
    assert str(refused.value)


def test_a_total_past_the_database_is_refused() -> None:
    with pytest.raises(CannotReckon, match="total"):
        reckon([line("9000000000", "9000000")] * 2, Terms("EUR"))


@pytest.mark.parametrize(
    ("percent", "category"),
    [("-1", "S"), ("1001", "S"), ("5", "Z"), ("5", "E"), ("5", "X"), ("NaN", "S"), ("1e99999", "S")],
)
def test_an_impossible_rate_is_refused(percent: str, category: str) -> None:
    with pytest.raises(CannotReckon):
        TaxRate(Decimal(percent), category)
