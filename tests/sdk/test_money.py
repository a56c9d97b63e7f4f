"""Exact decimals and money."""

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from boxportal.sdk.currencies import CURRENCIES, WITHDRAWN, currency_of_country, exponent
from boxportal.sdk.decimals import (
    NumberError,
    Rounding,
    apportion,
    format_number,
    half_up,
    parse_number,
    parse_plain,
    plain,
)
from boxportal.sdk.money import Money, MoneyError, format_money, parse_money, plain_amount, sum_money

LOCALES = ("en", "ru", "sw", "de", "de-CH", "fr", "hi", "es", "sv")
decimals = st.decimals(-(10**12), 10**12, places=6, allow_nan=False)
amounts = st.builds(Money, st.integers(-(10**15), 10**15), st.sampled_from(CURRENCIES))


@pytest.mark.parametrize(
    ("typed", "locale", "value"),
    [
        ("12 400,50", "ru", "12400.5"),
        ("12 400,50", "en", "12400.5"),
        ("12,400.50", "en", "12400.5"),
        ("12,400.50", "ru", "12400.5"),
        ("12.400,50", "en", "12400.5"),
        ("12,400", "en", "12400"),
        ("12,400", "ru", "12.4"),
        ("12.400", "de", "12400"),
        ("12.400", "en", "12.4"),
        ("0,400", "en", "0.4"),
        ("12,5", "en", "12.5"),
        ("1,234,567", "ru", "1234567"),
        ("1'234'567.89", "de-CH", "1234567.89"),
        ("12,34,567.5", "hi", "1234567.5"),
        (" -3 ", "en", "-3"),
        ("\N{MINUS SIGN}3", "en", "-3"),
        ("+7", "en", "7"),
        (",5", "ru", "0.5"),
        ("5.", "en", "5"),
        ("007", "en", "7"),
        ("-0", "en", "0"),
        ("١٢٫٥", "ar", "12.5"),
        ("１２．５", "en", "12.5"),
        ("1.500000000", "en", "1.5"),
    ],
)
def test_numbers_are_read_as_people_type_them(typed: str, locale: str, value: str) -> None:
    assert parse_number(typed, locale=locale) == Decimal(value)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "-", ".", "1,2,3", "12 40", "1 2 3", "1..5", "1,.5", "12,,400", "1.5 5", "1e5", "0x10", "NaN", "Infinity",
     "--5", "5-", "½", "12a", "=1+1", "1\n2", "9" * 5000],
)  # fmt: skip
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(NumberError) as refused:
        parse_number(typed, locale="en")
    assert str(refused.value.text) == "This is not a number."


def test_nothing_is_rounded_away_or_cut() -> None:
    with pytest.raises(NumberError, match="At most 2 digits"):
        parse_number("1.005", places=2, locale="en")
    with pytest.raises(NumberError, match="whole number"):
        parse_number("1.5", places=0, locale="en")
    with pytest.raises(NumberError, match="too large"):
        parse_number("9" * 19, locale="en")


@given(decimals, st.sampled_from(LOCALES), st.integers(0, 6))
def test_a_number_written_for_a_locale_is_read_back(value: Decimal, locale: str, places: int) -> None:
    assert parse_number(format_number(value, locale=locale, places=places), locale=locale) == value
    assert parse_number(format_number(value, locale=locale, grouped=False), locale=locale) == value


@given(decimals)
def test_a_number_written_for_machines_is_read_back(value: Decimal) -> None:
    assert parse_plain(plain(value)) == value


@pytest.mark.parametrize("text", ["", "1,5", "1e3", " 1", "+1", "1.", "0.0000001", "٣", "1" * 30])
def test_machines_write_numbers_one_way(text: str) -> None:
    with pytest.raises(NumberError):
        parse_plain(text)


@given(st.text(max_size=60), st.sampled_from(LOCALES))
def test_any_text_is_a_number_or_refused(typed: str, locale: str) -> None:
    with suppress(NumberError):
        assert isinstance(parse_number(typed, locale=locale), Decimal)


@pytest.mark.parametrize(
    ("value", "whole"), [("2.5", 3), ("-2.5", -3), ("2.4999", 2), ("0.5", 1), ("-0.5", -1), ("0", 0)]
)
def test_a_half_goes_away_from_zero(value: str, whole: int) -> None:
    assert half_up(Fraction(value)) == whole


@given(st.lists(st.fractions(-1000, 1000), min_size=1, max_size=20))
def test_parts_add_up_and_stay_next_to_their_exact_share(shares: list[Fraction]) -> None:
    total = half_up(sum(shares, Fraction(0)))
    parts = apportion(total, shares)
    assert sum(parts) == total
    assert all(abs(part - share) < 1 for part, share in zip(parts, shares, strict=True))
    assert apportion(-total, [-share for share in shares]) == [-part for part in parts]


def test_a_total_that_the_shares_do_not_make_is_refused() -> None:
    with pytest.raises(ValueError, match="rounded shares"):
        apportion(5, [Fraction(1), Fraction(1)])


def test_currencies_have_the_digits_of_iso_4217() -> None:
    assert [exponent(code) for code in ("EUR", "TZS", "JPY", "UGX", "KWD", "CLF", "BGN")] == [2, 2, 0, 0, 3, 4, 2]
    assert len(set(CURRENCIES)) == len(CURRENCIES)
    assert not WITHDRAWN & set(CURRENCIES)
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in CURRENCIES)
    with pytest.raises(ValueError, match="no currency"):
        exponent("EURO")


@pytest.mark.parametrize(("country", "currency"), [("TZ", "TZS"), ("de", "EUR"), ("RU", "RUB"), ("ZZ", ""), ("", "")])
def test_a_country_has_a_currency(country: str, currency: str) -> None:
    assert currency_of_country(country) == currency


def test_money_is_whole_minor_units_of_a_known_currency() -> None:
    for amount, currency in ((1, "eur"), (1, "XXX"), (2**63, "EUR"), (True, "EUR"), (1.0, "EUR")):
        with pytest.raises(MoneyError):
            Money(amount, currency)  # type: ignore[arg-type]  # the point


def test_money_adds_up_only_in_one_currency() -> None:
    assert Money(150, "EUR") + Money(50, "EUR") - Money(20, "EUR") == Money(180, "EUR") == -Money(-180, "EUR")
    assert Money(1, "EUR") < Money(2, "EUR") <= Money(2, "EUR") >= Money(1, "EUR") > -Money(1, "EUR")
    assert not Money(0, "EUR")
    assert sum_money([Money(1, "EUR"), Money(2, "EUR")], "EUR") == Money(3, "EUR")
    assert sum_money([], "JPY") == Money(0, "JPY")
    for act in (lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b, lambda a, b: a >= b):
        with pytest.raises(MoneyError, match="don't add up"):
            act(Money(1, "EUR"), Money(1, "USD"))


def test_money_comes_from_major_units_exactly_or_by_a_named_rounding() -> None:
    assert Money.of(Decimal("12.50"), "EUR") == Money(1250, "EUR")
    assert Money.of(1250, "JPY") == Money(1250, "JPY")
    assert Money.of(Decimal("0.005"), "EUR", Rounding.HALF_UP) == Money(1, "EUR")
    assert Money.of(Decimal("0.005"), "EUR", Rounding.HALF_EVEN) == Money(0, "EUR")
    with pytest.raises(MoneyError, match="digits after the point"):
        Money.of(Decimal("0.005"), "EUR")
    with pytest.raises(ValueError, match="no currency"):
        Money.of(Decimal(1), "EURO")


@given(amounts)
def test_major_units_are_exact(money: Money) -> None:
    assert Money.of(money.value, money.currency) == money


@pytest.mark.parametrize(
    ("amount", "factor", "rounding", "result"),
    [
        (100, "0.005", Rounding.HALF_UP, 1),
        (-100, "0.005", Rounding.HALF_UP, -1),
        (100, "0.005", Rounding.HALF_EVEN, 0),
        (199, "0.01", Rounding.DOWN, 1),
        (101, "0.01", Rounding.UP, 2),
        (10**15, "1.000000000000001", Rounding.HALF_UP, 10**15 + 1),
    ],
)
def test_a_product_is_exact_and_rounded_once(amount: int, factor: str, rounding: Rounding, result: int) -> None:
    assert Money(amount, "EUR").times(Decimal(factor), rounding) == Money(result, "EUR")


@pytest.mark.parametrize("factor", ["1e30", "1e999999", "1e99999999999", "NaN", "sNaN", "Infinity"])
def test_a_product_that_cannot_be_kept_is_refused(factor: str) -> None:
    with pytest.raises(MoneyError):
        Money(1, "EUR").times(Decimal(factor))
    with pytest.raises(MoneyError):
        Money.of(Decimal(factor), "EUR")


@given(amounts, st.lists(st.decimals(0, 1000, places=3), min_size=1, max_size=30).filter(any))
def test_allocated_money_is_all_there(money: Money, weights: list[Decimal]) -> None:
    parts = money.allocate(weights)
    assert sum_money(parts, money.currency) == money
    assert all(not part for part, weight in zip(parts, weights, strict=True) if not weight)


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [2, -1]])
def test_money_is_not_shared_out_by_nothing(weights: list[int]) -> None:
    with pytest.raises(MoneyError, match="weights"):
        Money(1, "EUR").allocate(weights)


@pytest.mark.parametrize(
    ("typed", "currency", "locale", "amount"),
    [
        ("12 400,50", "TZS", "ru", 1240050),
        ("TZS 12,400.50", "TZS", "en", 1240050),
        ("tzs12,400", "TZS", "en", 1240000),
        ("TSh 12,400", "TZS", "sw", 1240000),
        ("12 400 ₽", "RUB", "ru", 1240000),
        ("-$5", "USD", "en", -500),
        ("$-5", "USD", "en", -500),
        ("1,250", "JPY", "en", 1250),
        ("0.001", "KWD", "en", 1),
    ],
)
def test_amounts_are_read_as_people_type_them(typed: str, currency: str, locale: str, amount: int) -> None:
    assert parse_money(typed, currency, locale=locale) == Money(amount, currency)


@pytest.mark.parametrize(
    ("typed", "currency", "says"),
    [
        ("", "EUR", "not a number"),
        ("EUR", "EUR", "not a number"),
        ("ten", "EUR", "not a number"),
        ("USD 5", "EUR", "must be in EUR"),
        ("5 usd", "EUR", "must be in EUR"),
        ("1.005", "EUR", "At most 2 digits"),
        ("1.5", "JPY", "whole number"),
        ("9" * 18, "EUR", "too large"),
        ("1" * 500, "EUR", "not a number"),
    ],
)
def test_what_is_no_amount_is_refused_with_the_reason(typed: str, currency: str, says: str) -> None:
    with pytest.raises(NumberError, match=says):
        parse_money(typed, currency, locale="en")


@pytest.mark.parametrize(
    ("money", "locale", "shown"),
    [
        (Money(1240050, "TZS"), "en", "TZS 12,400.50"),
        (Money(1240050, "TZS"), "sw", "TSh 12,400.50"),
        (Money(-1240050, "TZS"), "ru", "-12 400,50 TZS"),
        (Money(1250, "JPY"), "ru", "1 250 ¥"),
        (Money(-5, "USD"), "en", "-$0.05"),
        (Money(1, "KWD"), "en", "KWD 0.001"),
    ],
)
def test_amounts_are_written_as_people_read_them(money: Money, locale: str, shown: str) -> None:
    assert format_money(money, locale=locale).replace("\N{NO-BREAK SPACE}", " ") == shown


@given(amounts, st.sampled_from(LOCALES))
def test_an_amount_written_for_a_locale_is_read_back(money: Money, locale: str) -> None:
    assert parse_money(format_money(money, locale=locale), money.currency, locale=locale) == money
    assert parse_money(format_money(money, locale=locale, symbol=False), money.currency, locale=locale) == money


def test_machines_see_all_digits_of_the_currency() -> None:
    assert [plain_amount(Money(1250, code)) for code in ("EUR", "JPY", "KWD")] == ["12.50", "1250", "1.250"]
    assert str(Money(-5, "EUR")) == "-0.05 EUR"


def test_money_is_a_plain_object_in_the_api() -> None:
    adapter = TypeAdapter(Money)
    assert adapter.validate_python({"amount": 1240000, "currency": "TZS"}) == Money(1240000, "TZS")
    assert adapter.dump_json(Money(1240000, "TZS")) == b'{"amount":1240000,"currency":"TZS"}'
    for bad in (
        {"amount": 1.5, "currency": "TZS"},
        {"amount": 1, "currency": "T"},
        {"amount": 2**70, "currency": "EUR"},
    ):
        with pytest.raises(ValidationError):
            adapter.validate_python(bad)
