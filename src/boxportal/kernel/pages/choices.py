"""What people choose from: languages, time zones, currencies, countries."""

import re
from functools import lru_cache
from zoneinfo import available_timezones

from babel import Locale

from boxportal.sdk.currencies import CURRENCIES
from boxportal.sdk.i18n import LANGUAGE_NAMES, current_locale
from boxportal.sdk.i18n import gettext as _

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


def country_choices() -> Choices:
    names = Locale.parse(current_locale()).territories
    known = [(code, name) for code, name in names.items() if COUNTRY.fullmatch(code) and code not in NO_COUNTRY]
    return [("", _("Not said")), *sorted(known, key=lambda pair: pair[1])]


COUNTRY = re.compile("[A-Z]{2}")
NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"})
