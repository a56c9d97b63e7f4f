"""Components that a page has many of, written by Python: the same as macros would take several times as long."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType

from markupsafe import Markup, escape

from boxportal.kernel.web.filters import show_ago, show_datetime
from boxportal.kernel.web.showing import csrf_token, new_once

Icon = Callable[[str], Markup]
NO_ATTRIBUTES: Mapping[str, object] = MappingProxyType({})
FIELD = '<input type="hidden" name="{}" value="{}">'
LEFT_TO_RIGHT = ("email", "url", "tel")
KEPT = 1_000


def attributes(values: Mapping[str, object]) -> str:
    """Attributes of a tag, each with a blank before it; those that are None are left out."""
    return "".join(f' {escape(name)}="{escape(value)}"' for name, value in values.items() if value is not None)


def field_attributes(
    name: str, kind: str, *, required: bool, about: object, error: object, others: Mapping[str, object]
) -> Markup:
    """What the input of a form's field says of itself, and which texts under it (help, mistake) explain it."""
    texts = " ".join(f"field-{name}-{part}" for part, text in (("help", about), ("error", error)) if text)
    common: dict[str, object] = {
        "dir": "ltr" if kind in LEFT_TO_RIGHT else None,
        "id": f"field-{name}",
        "name": name,
        "required": "" if required else None,
        "aria-invalid": "true" if error else None,
        "aria-describedby": texts or None,
        "autofocus": "" if error else None,  # of several the browser takes the first
    }
    return Markup(attributes(common | dict(others)) if others else attributes(common))  # noqa: S704 escaped


def hidden() -> Markup:
    """What every form of a signed-in person carries: the session's token and a one-time token."""
    token = csrf_token()
    if not token:
        return Markup()
    return Markup(FIELD.format("_csrf", token) + FIELD.format("_once", new_once()))  # noqa: S704 both are URL-safe


def when(instant: datetime) -> Markup:
    """How long ago something was ("3 hours ago"), kept true while the page is open; the exact time on hover."""
    exact, ago = escape(show_datetime(instant)), escape(show_ago(instant))
    return Markup(f'<time datetime="{instant.isoformat()}" title="{exact}" data-ago>{ago}</time>')  # noqa: S704 escaped


def link_button(text: object, *, type: str = "submit", attrs: Mapping[str, object] = NO_ATTRIBUTES) -> Markup:  # noqa: A002 the attribute's name
    """A button that looks like a link."""
    return Markup(f'<button class="link-button" type="{type}"{attributes(attrs)}>{escape(text)}</button>')  # noqa: S704 escaped


class Buttons:
    """Buttons with the icons of a sprite; equal ones are made once."""

    def __init__(self, icon: Icon) -> None:
        self._icon = icon
        self._made = lru_cache(KEPT)(self._make)

    def __call__(
        self,
        text: object,
        *,
        kind: str = "",
        icon: str = "",
        href: str = "",
        type: str = "submit",  # noqa: A002 the attribute's name
        small: bool = False,
        wide: bool = False,
        bare: bool = False,
        after: str = "",
        attrs: Mapping[str, object] = NO_ATTRIBUTES,
    ) -> Markup:
        """A button; with `href` a link that looks like one.

        `kind` is "", primary, danger, quiet or quiet-danger. `bare` shows the icon alone; `after` is an icon behind
        the text.
        """
        looks = (f"button-{kind}", kind), ("button-small", small), ("button-wide", wide), ("button-icon", bare)
        look = " ".join(["button", *(name for name, wanted in looks if wanted)])
        tag = f'a class="{look}" href="{escape(href)}"' if href else f'button class="{look}" type="{type}"'
        words = str(escape(text))
        name = f' aria-label="{words}" title="{words}"' if bare else ""
        return self._made(f"{tag}{name}{attributes(attrs)}", "" if bare else words, icon, after)

    def _make(self, tag: str, words: str, icon: str, after: str) -> Markup:
        before, behind = (self._icon(each) if each else "" for each in (icon, after))
        inside = f"{before}<span>{words}</span>{behind}" if words else f"{before}{behind}"
        return Markup(f"<{tag}>{inside}</{tag.partition(' ')[0]}>")  # noqa: S704 escaped by the caller
