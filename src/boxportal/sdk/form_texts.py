"""What Pydantic says of wrong input, in sentences for the one who typed it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from pydantic_core import ErrorDetails
from typing_extensions import override

from boxportal.sdk.decimals import format_number, too_exact
from boxportal.sdk.i18n import Lazy, Text, lazy, nlazy

FILL_IN = lazy("Fill this in.")
CHOOSE = lazy("Choose one from the list.")
NOT_A_NUMBER = lazy("This is not a number.")
NOT_A_DATE = lazy("This is not a date.")
NOT_A_TIME = lazy("This is not a time.")
_NOT_TAKEN = lazy("This can't be taken.")

_BY_KIND: tuple[tuple[str, Lazy], ...] = (
    ("missing", FILL_IN),
    ("literal_error", CHOOSE),
    ("enum", CHOOSE),
    ("int_", NOT_A_NUMBER),
    ("float_", NOT_A_NUMBER),
    ("decimal_", NOT_A_NUMBER),
    ("date_", NOT_A_DATE),
    ("datetime_", NOT_A_DATE),
    ("timezone_", lazy("The time must say its zone.")),
    ("time_", NOT_A_TIME),
    ("string_type", lazy("This must be a text.")),
    ("bool_", lazy("This must be yes or no.")),
    ("list_type", lazy("This must be a list.")),
    ("json_invalid", lazy("This is not JSON.")),
    ("extra_forbidden", lazy("There is no such field.")),
    ("string_pattern_mismatch", lazy("This does not have the right form.")),
    ("url_", lazy("This is not a web address.")),
)
Context = Mapping[str, object]


def explain(errors: Iterable[ErrorDetails]) -> dict[str, Text]:
    """A sentence for each wrong field, by name (`lines.0.price`; "" is the whole form); of several the first."""
    sentences: dict[str, Text] = {}
    for error in errors:
        sentences.setdefault(".".join(str(part) for part in error["loc"]), sentence(error))
    return sentences


def sentence(error: ErrorDetails) -> Text:
    """One error in words."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in ("value_error", "assertion_error"):
        return _own_words(context.get("error"))
    if kind in _WITH_LIMITS:
        return _WITH_LIMITS[kind](context)
    return next((text for start, text in _BY_KIND if kind.startswith(start)), _NOT_TAKEN)


def _own_words(error: object) -> Text:
    """What a validator of ours said: a sentence, lazy or not."""
    text = getattr(error, "text", None)
    if isinstance(text, Lazy):
        return text
    said = error.args[0] if isinstance(error, Exception) and error.args else ""
    return said if isinstance(said, str | Lazy) and said else _NOT_TAKEN


def _whole(context: Context, name: str) -> int:
    value = context.get(name)
    return value if isinstance(value, int) else 0


def _too_short(context: Context) -> Text:
    least = _whole(context, "min_length")
    if least == 1:
        return FILL_IN
    return nlazy("Type at least %(num)s character.", "Type at least %(num)s characters.", least, num=least)


def _too_long(context: Context) -> Text:
    most = _whole(context, "max_length")
    return nlazy("This holds at most %(num)s character.", "This holds at most %(num)s characters.", most, num=most)


def _too_few(context: Context) -> Text:
    least = _whole(context, "min_length")
    return nlazy("At least %(num)s is needed.", "At least %(num)s are needed.", least, num=least)


def _too_many(context: Context) -> Text:
    most = _whole(context, "max_length")
    return nlazy("At most %(num)s is possible.", "At most %(num)s are possible.", most, num=most)


_WITH_LIMITS: Mapping[str, Callable[[Context], Text]] = {
    "string_too_short": _too_short,
    "string_too_long": _too_long,
    "too_short": _too_few,
    "too_long": _too_many,
    "greater_than": lambda c: lazy("This must be more than %(limit)s.", limit=_Limit(c["gt"])),
    "greater_than_equal": lambda c: lazy("This must be at least %(limit)s.", limit=_Limit(c["ge"])),
    "less_than": lambda c: lazy("This must be less than %(limit)s.", limit=_Limit(c["lt"])),
    "less_than_equal": lambda c: lazy("This must be at most %(limit)s.", limit=_Limit(c["le"])),
    "decimal_max_places": lambda c: too_exact(_whole(c, "decimal_places")),
}


class _Limit:
    """A limit, written for its reader when it is shown."""

    def __init__(self, value: object) -> None:
        self.value = value

    @override
    def __str__(self) -> str:
        if isinstance(self.value, date | datetime):
            return self.value.isoformat()
        if isinstance(self.value, int | float | Decimal):
            return format_number(Decimal(str(self.value)))
        return str(self.value)
