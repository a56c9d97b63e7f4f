"""Markup that is the same on many pages: icons, people, and fragments that depend on few values. Kept."""

from collections.abc import Hashable
from functools import cache, lru_cache
from typing import Protocol

from markupsafe import Markup, escape

from boxportal.sdk.i18n import current_locale

TURNS = frozenset(
    {"arrow-left", "arrow-right", "chevron-left", "chevron-right", "arrow-narrow-right", "send", "logout", "login"}
)  # icons that point, and are mirrored where people read from the right
TONES = ("blue", "green", "yellow", "orange", "purple", "teal", "pink", "gray")
KEPT = 512


class Templates(Protocol):
    """As much of Jinja's environment as is needed here."""

    def get_template(self, name: str) -> "Template": ...


class Template(Protocol):
    def render(self, **values: object) -> str: ...


class Fixed:
    """Renders templates once for the same values and language: such as show nothing else, no token and no time."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._kept = lru_cache(KEPT)(self._make)

    def __call__(self, name: str, /, **values: Hashable) -> Markup:
        """The markup of a template; whatever it shows of the page or its reader it is given here."""
        return self._kept(name, current_locale(), **values)

    def _make(self, name: str, _locale: str, /, **values: Hashable) -> Markup:
        return Markup(self._templates.get_template(name).render(**values))  # noqa: S704 a template's output


class Icons:
    """The icons of the sprite at an address, as markup."""

    def __init__(self, sprite: str) -> None:
        self._sprite = sprite
        self._unnamed = cache(self._make)

    def __call__(self, name: str, label: str = "") -> Markup:
        """An icon; with a label it is read out, without one it is decoration."""
        return self._make(name, label) if label else self._unnamed(name)

    def _make(self, name: str, label: str = "") -> Markup:
        turns = " icon-turns" if name in TURNS else ""
        role = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
        svg = Markup('<svg class="icon{}" {}><use href="{}#{}"></use></svg>')
        return svg.format(turns, role, self._sprite, escape(name))


class People:
    """Names as pages show people: initials on a hue of the name's own, or the picture. One of a name is as another."""

    def __init__(self) -> None:
        self.avatar = lru_cache(KEPT)(_avatar)
        self.person = lru_cache(KEPT)(_person)


def _avatar(name: object, picture: str = "", size: str = "") -> Markup:
    words = str(name).split()
    first, last = (words[0], words[-1]) if words else ("", "")
    tone = TONES[(len(str(name)) * 3 + len(first)) % len(TONES)]
    face = (first[:1] + (last[:1] if len(words) > 1 else "")).upper() or "?"
    shown = Markup('<img src="{}" alt="">').format(picture) if picture else face
    sized = f" avatar-{size}" if size else ""
    return Markup('<span class="avatar{} tone-{}" aria-hidden="true">{}</span>').format(sized, tone, shown)


def _person(name: object, picture: str = "", size: str = "s") -> Markup:
    face = _avatar(name, picture, size)
    return Markup('<span class="person">{}<span class="clip">{}</span></span>').format(face, name)
