"""Translation by gettext: a locale per request, catalogues per module, texts that are translated when shown."""

import gettext as _gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "ru", "sw")
_locale: ContextVar[str] = ContextVar("boxportal_locale", default="en")
_PACKAGE = Path(__file__).resolve().parent.parent


def current_locale() -> str:
    """The language that texts are shown in now: `en`, `ru` or `sw`."""
    return _locale.get()


@contextmanager
def use_locale(language: str) -> Iterator[None]:
    """Show texts in a language for the length of a block; an unknown one falls back to English."""
    token = _locale.set(language if language in LANGUAGES else "en")
    try:
        yield
    finally:
        _locale.reset(token)


def gettext(message: str) -> str:
    """Translate a message into the current language; without a translation the English text stands."""
    return _catalogue(_locale.get()).gettext(message) if message else ""


def ngettext(singular: str, plural: str, number: int) -> str:
    """Translate a message that depends on a number, by the language's own plural rule."""
    return _catalogue(_locale.get()).ngettext(singular, plural, number)


class Lazy:
    """A text that is translated when it is shown, not when the file that holds it is imported."""

    __slots__ = ("message",)

    def __init__(self, message: str) -> None:
        self.message = message

    def __str__(self) -> str:
        return gettext(self.message)

    def __html__(self) -> str:
        """Escape for a template, as any text is."""
        return str(self).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lazy) and other.message == self.message

    def __hash__(self) -> int:
        return hash(self.message)


def lazy(message: str) -> Lazy:
    """Mark a text for translation where it is defined; imported as `_l`."""
    return Lazy(message)


@cache
def _catalogue(language: str) -> _gettext.NullTranslations:
    catalogues: list[_gettext.NullTranslations] = []
    folders = [_PACKAGE / "kernel" / "locale", *sorted(_PACKAGE.glob("modules/*/locale"))]
    for folder in folders:
        path = folder / language / "LC_MESSAGES" / "messages.mo"
        if path.exists():
            with path.open("rb") as file:
                catalogues.append(_gettext.GNUTranslations(file))
    whole = _gettext.NullTranslations()
    for catalogue in catalogues:
        whole.add_fallback(catalogue)
    return whole
