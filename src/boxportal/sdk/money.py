"""Money: whole minor units of a currency, never a float; read as people type it and written as they read it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from babel import Locale
from babel.numbers import get_currency_symbol
from typing_extensions import override

from boxportal.sdk.currencies import exponent, is_currency
from boxportal.sdk.decimals import (
    EXACT,
    MAX_DIGITS,
    MAX_TYPED,
    NumberError,
    Rounding,
    apportion,
    ascii_digits,
    format_number,
    marks_of,
    parse_number,
    plain,
)
from boxportal.sdk.i18n import current_locale, lazy

MAX_AMOUNT = 2**63 - 1


class MoneyError(ValueError):
    """Two amounts don't go together, or an amount can't be kept."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole minor units (cents) and its ISO 4217 currency.

    Raises: MoneyError for an unknown currency or an amount that no database column holds.
    """

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            msg = "an amount of money is a whole number of minor units"
            raise MoneyError(msg)
        if not is_currency(self.currency):
            msg = f"no currency {self.currency!r}"
            raise MoneyError(msg)
        if abs(self.amount) > MAX_AMOUNT:
            msg = "the amount is too large"
            raise MoneyError(msg)

    @classmethod
    def of(cls, value: Decimal | int, currency: str, rounding: Rounding | None = None) -> "Money":
        """Money from a number of major units: `Money.of(Decimal("12.50"), "EUR")` is 1250 cents.

        Raises: MoneyError when the currency has no such small part and no rounding is named.
        """
        scaled = EXACT.scaleb(Decimal(value), exponent(currency))
        whole = _whole(scaled, rounding or Rounding.DOWN)
        if rounding is None and whole != scaled:
            msg = f"{currency} has {exponent(currency)} digits after the point, {value} has more"
            raise MoneyError(msg)
        return cls(whole, currency)

    @property
    def value(self) -> Decimal:
        """The amount in major units, exactly: 1250 cents are `Decimal("12.50")`."""
        return EXACT.scaleb(Decimal(self.amount), -exponent(self.currency))

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            msg = f"{self.currency} and {other.currency} don't add up"
            raise MoneyError(msg)
        return other.amount

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __bool__(self) -> bool:
        return self.amount != 0

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.amount >= self._same(other)

    def times(self, factor: Decimal | int, rounding: Rounding = Rounding.HALF_UP) -> "Money":
        """Multiply exactly, then round once to the minor unit.

        Raises: MoneyError when the result is too large or no number.
        """
        product = EXACT.multiply(Decimal(self.amount), Decimal(factor))
        return Money(_whole(product, rounding), self.currency)

    def allocate(self, weights: Sequence[Decimal | int]) -> "tuple[Money, ...]":
        """Share out by weights, without losing a minor unit: the parts add up to the whole.

        Raises: MoneyError when there is no weight, or a negative one.
        """
        exact = [Fraction(weight) for weight in weights]
        if not sum(exact) or min(exact) < 0:
            msg = "money is shared out by weights that are not negative, and not all zero"
            raise MoneyError(msg)
        shares = [self.amount * weight / sum(exact) for weight in exact]
        return tuple(Money(part, self.currency) for part in apportion(self.amount, shares))

    @override
    def __str__(self) -> str:
        return f"{plain_amount(self)} {self.currency}"


def _whole(value: Decimal, rounding: Rounding) -> int:
    # Looked at before it is made an integer: 1e999999 would fill the memory with its digits.
    if not value.is_finite() or value.adjusted() > MAX_DIGITS:
        msg = "the amount is too large"
        raise MoneyError(msg)
    return int(value.to_integral_value(rounding, context=EXACT))


def sum_money(amounts: Iterable[Money], currency: str) -> Money:
    """Add up amounts of one currency; none make zero.

    Raises: MoneyError when another currency is among them.
    """
    total = Money(0, currency)
    for amount in amounts:
        total += amount
    return total


def plain_amount(money: Money) -> str:
    """The amount for machines, with all digits of its currency: `12400.50`."""
    value = money.value
    return f"{value:f}" if exponent(money.currency) else plain(value)


def parse_money(typed: str, currency: str, *, locale: str = "") -> Money:
    """Read an amount as people type it, with or without the currency's code or sign: "12 400,50", "TZS 12,400".

    Raises: NumberError.
    """
    text = ascii_digits(typed) if len(typed) <= 2 * MAX_TYPED else ""
    sign, text = ("-", text[1:].lstrip()) if text.startswith("-") else ("", text)
    for mark in (currency, symbol_of(currency, locale or current_locale())):
        bare = _without(text, ascii_digits(mark).upper())
        if bare != text:
            text = bare
            break
    if any(is_currency(word.upper()) for word in (text[:3], text[-3:])):
        raise NumberError(lazy("This amount must be in %(currency)s.", currency=currency))
    number = parse_number(sign + text, places=exponent(currency), locale=locale)
    try:
        return Money.of(number, currency)
    except MoneyError as error:
        raise NumberError(lazy("This number is too large.")) from error


def _without(text: str, mark: str) -> str:
    """The text without the mark before or after it."""
    if text.upper().startswith(mark):
        return text[len(mark) :].lstrip()
    return text[: -len(mark)].rstrip() if text.upper().endswith(mark) else text


@lru_cache(maxsize=512)
def symbol_of(currency: str, locale: str) -> str:
    """The sign by which people of a locale know a currency; its code where they have none."""
    return get_currency_symbol(currency, locale.replace("-", "_"))


@lru_cache(maxsize=512)
def _affixes(currency: str, locale: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """What stands before and after an amount: for positive and for negative ones."""
    pattern = Locale.parse(locale.replace("-", "_")).currency_formats["standard"]
    symbol = symbol_of(currency, locale)
    before, after = (
        [affix.replace("¤", symbol).replace("-", marks_of(locale).minus) for affix in affixes]
        for affixes in (pattern.prefix, pattern.suffix)
    )
    # A letter does not touch a digit (CLDR's currency spacing).
    before = [text + "\N{NO-BREAK SPACE}" if text[-1:].isalpha() else text for text in before]
    return (before[0], after[0]), (before[1], after[1])


def format_money(money: Money, *, locale: str = "", symbol: bool = True) -> str:
    """Write an amount as people of a locale read it, with as many digits as the currency has."""
    locale = locale or current_locale()
    digits = exponent(money.currency)
    if not symbol:
        return format_number(money.value, places=digits, locale=locale)
    positive, negative = _affixes(money.currency, locale)
    before, after = negative if money.amount < 0 else positive
    return f"{before}{format_number(abs(money.value), places=digits, locale=locale)}{after}"
