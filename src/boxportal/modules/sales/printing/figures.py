"""Amounts, quantities, percentages and dates as a document's language writes them, by CLDR."""

import copy
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel import Locale
from babel.dates import format_date
from babel.numbers import NumberPattern, format_percent

from boxportal.modules.sales.printing.document import Language, Paper

_AFTER_LETTERS = re.compile(r"(?<=[^\W\d_])(?=\d)")
"""Where CLDR's currency spacing puts a space: after a sign that ends in a letter, as in KES 100."""

PRICE_PLACES = 6
"""Unit prices, quantities and percentages show at most this many decimals."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Writes figures for one document; amounts are minor units of a currency with `digits` decimals."""

    locale: Locale
    currency: str
    digits: int

    @classmethod
    def of(cls, language: Language, paper: Paper, currency: str, digits: int) -> "Figures":
        """English is British on A4 and American on Letter, for the order of dates and the name of the dollar."""
        territory = ("US" if paper == "letter" else "GB") if language == "en" else None
        return cls(Locale(language, territory), currency, digits)

    def amount(self, minor: int) -> str:
        """The bare figure, for a column whose heading names the currency."""
        return _apply(self.locale.decimal_formats[None], self.locale, self._major(minor), (self.digits, self.digits))

    def money(self, minor: int) -> str:
        """The figure with the currency's sign."""
        pattern = self.locale.currency_formats["standard"]
        written = _apply(pattern, self.locale, self._major(minor), (self.digits, self.digits), self.currency)
        return _AFTER_LETTERS.sub("\u00a0", written)

    def price(self, value: Decimal) -> str:
        """A unit price: at least the currency's decimals, more where the price has them."""
        most = max(self.digits, PRICE_PLACES)
        return _apply(self.locale.decimal_formats[None], self.locale, value, (self.digits, most))

    def number(self, value: Decimal) -> str:
        return _apply(self.locale.decimal_formats[None], self.locale, value, (0, PRICE_PLACES))

    def percent(self, value: Decimal) -> str:
        return str(format_percent(value / 100, locale=self.locale, decimal_quantization=False))

    def day(self, value: date) -> str:
        """The month as a word, so that nobody takes the day for the month."""
        return format_date(value, "long", locale=self.locale)

    def _major(self, minor: int) -> Decimal:
        return Decimal(minor).scaleb(-self.digits)


def _apply(pattern: NumberPattern, locale: Locale, value: Decimal, places: tuple[int, int], currency: str = "") -> str:
    """Write a number with a locale's pattern, but with at least and at most so many decimals as we say."""
    ours = copy.copy(pattern)
    ours.frac_prec = places
    return str(ours.apply(value, locale, currency=currency or None, currency_digits=False))
