"""What people choose from: languages, time zones, currencies."""

from functools import lru_cache
from zoneinfo import available_timezones

from babel import Locale

from boxportal.sdk.currencies import CURRENCIES
from boxportal.sdk.i18n import LANGUAGE_NAMES, current_locale

Choices = list[tuple[str, str]]
AREAS = (
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
)


def language_choices() -> Choices:
    return list(LANGUAGE_NAMES.items())


def zone_choices(chosen: str) -> Choices:
    """The zones of places, and the one that is set even if it is another."""
    zones = dict.fromkeys((*_zones(), chosen)) if chosen else dict.fromkeys(_zones())
    return [(zone, zone.replace("_", " ").replace("/", " / ")) for zone in zones if zone]


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    return ("UTC", *sorted(zone for zone in available_timezones() if zone.startswith(AREAS)))


def currency_choices() -> Choices:
    names = Locale.parse(current_locale()).currencies
    return [(code, f"{code} – {names.get(code, code)}") for code in CURRENCIES]
