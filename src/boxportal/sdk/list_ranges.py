"""Filters between two bounds: numbers, amounts, days, and spans of days that move along."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import ColumnElement, and_, literal
from typing_extensions import override

from boxportal.sdk.clock import day_span
from boxportal.sdk.currencies import exponent
from boxportal.sdk.database import MAX_ID
from boxportal.sdk.decimals import EXACT, PLACES, NumberError, parse_number
from boxportal.sdk.form_spec import Choice
from boxportal.sdk.formats import show_date
from boxportal.sdk.i18n import Text, lazy
from boxportal.sdk.list_env import Condition, FilterError, ListEnv, Values, clause, last_of

CHOOSE = lazy("Choose from the list.")
NO_DATE = lazy("This is not a date.")


@dataclass(frozen=True, slots=True)
class _Range:
    """A filter between two bounds, either of which may be open."""

    key: str
    label: Text
    expr: object

    def _bound(self, typed: Values, end: str) -> str:
        return last_of(typed, f"{self.key}_{end}")

    def options(self, env: ListEnv) -> Sequence[Choice]:  # noqa: ARG002 as the others
        return ()


@dataclass(frozen=True, slots=True)
class NumberRange(_Range):
    """Numbers from `<key>_min` to `<key>_max`, both included; with `money` amounts of the company's currency."""

    money: bool = False
    kind: ClassVar[str] = "number_range"

    @property
    def names(self) -> tuple[str, ...]:
        return (f"{self.key}_min", f"{self.key}_max")

    def read(self, typed: Values, env: ListEnv) -> Condition | None:
        least, most = self._number(typed, "min", env), self._number(typed, "max", env)
        if least is not None and most is not None and least > most:
            raise FilterError(lazy("The first number is larger than the second."))
        return _between(clause(self.expr), least, most)

    def _number(self, typed: Values, end: str, env: ListEnv) -> Decimal | int | None:
        text = self._bound(typed, end)
        if not text:
            return None
        places = exponent(env.currency) if self.money else PLACES
        number = parse_number(text, places=places, locale=env.locale)
        # Columns hold minor units or millionths: both as a 64-bit integer.
        scaled = int(EXACT.scaleb(number, places))
        if abs(scaled) > MAX_ID:
            raise NumberError(lazy("This number is too large."))
        return scaled if self.money else number

    def says(self, typed: Values, env: ListEnv) -> str:  # noqa: ARG002 as the others
        return _in_words(self._bound(typed, "min"), self._bound(typed, "max"))


@dataclass(frozen=True, slots=True)
class DateRange(_Range):
    """Days from `<key>_from` to `<key>_to`, both included, or a span that moves along with the days, by its name.

    `instants` says that the column holds instants; they belong to the days of the person's zone.
    """

    instants: bool = False
    kind: ClassVar[str] = "date_range"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.key, f"{self.key}_from", f"{self.key}_to")

    @override
    def options(self, env: ListEnv) -> Sequence[Choice]:
        return tuple((name, text) for name, (text, _) in SPANS.items())

    def read(self, typed: Values, env: ListEnv) -> Condition | None:
        first, last = self._days(typed, env)
        if first and last and first > last:
            raise FilterError(lazy("The first day is after the last."))
        if not self.instants:
            return _between(clause(self.expr), first, last)
        expr = clause(self.expr)
        try:
            begin = day_span(first, first, env.zone)[0] if first else None
            end = day_span(last, last, env.zone)[1] if last else None
        except ValueError as error:
            raise FilterError(NO_DATE) from error
        bounds = [expr >= literal(begin, expr.type)] if begin else []
        bounds += [expr < literal(end, expr.type)] if end else []
        return and_(*bounds) if bounds else None

    def _days(self, typed: Values, env: ListEnv) -> tuple[date | None, date | None]:
        span = last_of(typed, self.key)
        if not span:
            return _day(self._bound(typed, "from")), _day(self._bound(typed, "to"))
        if span not in SPANS:
            raise FilterError(CHOOSE)
        return SPANS[span][1](env.today)

    def says(self, typed: Values, env: ListEnv) -> str:
        span = last_of(typed, self.key)
        if span in SPANS:
            return str(SPANS[span][0])
        days = [_day(self._bound(typed, end)) for end in ("from", "to")]
        return _in_words(*(show_date(day, locale=env.locale) if day else "" for day in days))


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


SPANS: Mapping[str, tuple[Text, Callable[[date], tuple[date | None, date | None]]]] = {
    "today": (lazy("Today"), lambda day: (day, day)),
    "past": (lazy("Before today"), lambda day: (None, day - timedelta(days=1))),
    "last-7-days": (lazy("Last 7 days"), lambda day: (day - timedelta(days=6), day)),
    "next-7-days": (lazy("Next 7 days"), lambda day: (day, day + timedelta(days=6))),
    "older-than-7-days": (lazy("More than 7 days ago"), lambda day: (None, day - timedelta(days=8))),
    "this-month": (lazy("This month"), _month),
    "last-month": (lazy("Last month"), lambda day: _month(day.replace(day=1) - timedelta(days=1))),
    "this-year": (lazy("This year"), lambda day: (day.replace(month=1, day=1), day.replace(month=12, day=31))),
}


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError as error:
        raise FilterError(NO_DATE) from error
    raise FilterError(NO_DATE)


def _between(expr: ColumnElement[object], least: object, most: object) -> Condition | None:
    bounds = [expr >= literal(least, expr.type)] if least is not None else []
    bounds += [expr <= literal(most, expr.type)] if most is not None else []
    return and_(*bounds) if bounds else None


def _in_words(first: str, last: str) -> str:
    if first and last:
        return f"{first} – {last}"
    return f"≥ {first}" if first else f"≤ {last}"
