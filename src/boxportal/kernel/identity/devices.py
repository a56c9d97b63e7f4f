"""Says in words what browser on what system a session was begun with, as far as it tells."""

import re

BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Yandex", r"YaBrowser/"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/"),
    ("Safari", r"Safari/"),
)
SYSTEMS = (
    ("Android", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux"),
)
PHONES = frozenset({"Android", "iPhone", "iPad"})


def name_of(agent: str) -> str:
    """`Firefox, Windows`; what is not known is left out, so that it may be empty."""
    parts = (_first(BROWSERS, agent), _first(SYSTEMS, agent))
    return ", ".join(part for part in parts if part)


def is_phone(agent: str) -> bool:
    return _first(SYSTEMS, agent) in PHONES


def _first(kinds: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for name, pattern in kinds if re.search(pattern, agent)), "")
