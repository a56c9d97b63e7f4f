"""Amounts, quantities, percentages and dates as a document's language writes them, by CLDR."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_percent

from boxportal.modules.sales.printing.document import Language, Paper
from boxportal.sdk.currencies import exponent
from boxportal.sdk.decimals import format_number
from boxportal.sdk.money import Money, format_money


@dataclass(frozen=True, slots=True)
class Figures:
    """Writes figures for one document; amounts are minor units of its currency."""

    locale: str
    currency: str

    @classmethod
    def of(cls, language: Language, paper: Paper, currency: str) -> "Figures":
        """English is British on A4 and American on Letter, for the order of dates and the name of the dollar."""
        english = "en_US" if paper == "letter" else "en_GB"
        return cls(english if language == "en" else language, currency)

    def amount(self, minor: int) -> str:
        """The bare figure, for a column whose heading names the currency."""
        return self.price(Money(minor, self.currency).value)

    def money(self, minor: int) -> str:
        """The figure with the currency's sign."""
        return format_money(Money(minor, self.currency), locale=self.locale)

    def price(self, value: Decimal) -> str:
        """A unit price: at least the currency's digits after the point, more where the price has them."""
        return format_number(value, places=exponent(self.currency), locale=self.locale)

    def number(self, value: Decimal) -> str:
        return format_number(value, locale=self.locale)

    def percent(self, value: Decimal) -> str:
        return format_percent(value / 100, locale=self.locale, decimal_quantization=False)

    def day(self, value: date) -> str:
        """The month as a word, so that nobody takes the day for the month."""
        return format_date(value, "long", locale=self.locale)
