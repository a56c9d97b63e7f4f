"""Translation by gettext: a locale per request, catalogues per module, texts that are translated when shown."""

import gettext as _gettext
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

from typing_extensions import override

LANGUAGES = ("en", "ru", "sw")
LANGUAGE_NAMES: Mapping[str, str] = MappingProxyType({"en": "English", "ru": "Русский", "sw": "Kiswahili"})
SOURCE_LANGUAGE = "en"
_locale: ContextVar[str] = ContextVar("boxportal_locale", default=SOURCE_LANGUAGE)
_PACKAGE = Path(__file__).resolve().parent.parent


def current_locale() -> str:
    """The language that texts are shown in now: `en`, `ru` or `sw`."""
    return _locale.get()


@contextmanager
def use_locale(language: str) -> Iterator[None]:
    """Show texts in a language for the length of a block; an unknown one falls back to English."""
    token = _locale.set(language if language in LANGUAGES else SOURCE_LANGUAGE)
    try:
        yield
    finally:
        _locale.reset(token)


def best_language(accepted: str, default: str = SOURCE_LANGUAGE) -> str:
    """Choose the language that an Accept-Language header (RFC 9110, 12.5.4) wishes most; else the default."""
    wishes = []
    for part in accepted[:1000].split(","):
        tag, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        language = tag.strip().split("-", 1)[0].lower()
        if weight > 0 and language in LANGUAGES:
            wishes.append((weight, language))
    return max(wishes, key=lambda wish: wish[0])[1] if wishes else default


def gettext(message: str, **values: object) -> str:
    """Translate a message into the current language; without a translation the English text stands.

    `%(name)s` places are filled from `values`; without any the text stays as it is.
    """
    text = _translated(_locale.get(), message) if message else ""
    return text % values if values else text


def ngettext(singular: str, plural: str, number: int, **values: object) -> str:
    """Translate a message that depends on a number, by the language's own plural rule; values as in `gettext`."""
    text = _catalogue(_locale.get()).ngettext(singular, plural, number)
    return text % values if values else text


def pgettext(context: str, message: str, **values: object) -> str:
    """Translate a word that means several things in English, in the meaning that `context` names."""
    text = _catalogue(_locale.get()).pgettext(context, message)
    return text % values if values else text


@dataclass(frozen=True, slots=True)
class Lazy:
    """A text that is translated when it is shown, not when the file that holds it is imported."""

    message: str
    context: str = ""
    plural: str = ""
    number: int = 0
    values: tuple[tuple[str, object], ...] = ()

    @override
    def __str__(self) -> str:
        values = dict(self.values)
        if self.plural:
            return ngettext(self.message, self.plural, self.number, **values)
        if self.context:
            return pgettext(self.context, self.message, **values)
        return gettext(self.message, **values)


Text = str | Lazy


def lazy(message: str, **values: object) -> Lazy:
    """Mark a text for translation where it is defined; imported as `_l`."""
    return Lazy(message, values=tuple(values.items()))


def mark(message: str) -> str:
    """Mark a text that is kept as it is and translated by whoever shows it (a notice); imported as `_n`."""
    return message


def nlazy(singular: str, plural: str, number: int, **values: object) -> Lazy:
    """`lazy` for a text that depends on a number."""
    return Lazy(singular, plural=plural, number=number, values=tuple(values.items()))


def plazy(context: str, message: str, **values: object) -> Lazy:
    """`lazy` for a word that means several things."""
    return Lazy(message, context, values=tuple(values.items()))


@lru_cache(maxsize=8192)
def _translated(language: str, message: str) -> str:
    return _catalogue(language).gettext(message)


@cache
def _catalogue(language: str) -> _gettext.NullTranslations:
    """All catalogues of a language as one: a text has one translation in the whole product."""
    return read_catalogues(language, [_PACKAGE / "kernel" / "locale", *sorted(_PACKAGE.glob("modules/*/locale"))])


def read_catalogues(language: str, folders: list[Path]) -> _gettext.NullTranslations:
    """The compiled catalogues of a language in these folders; of two translations of a text the first stands."""
    whole = _gettext.NullTranslations()
    for folder in folders:
        path = folder / language / "LC_MESSAGES" / "messages.mo"
        if path.exists():
            with path.open("rb") as file:
                whole.add_fallback(_gettext.GNUTranslations(file))
    return whole
