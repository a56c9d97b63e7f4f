"""What this machine says of language, zone and currency: the defaults that need no question."""

import os
from pathlib import Path
from zoneinfo import available_timezones

from boxportal.kernel.state import CompanyProfile
from boxportal.sdk.i18n import LANGUAGES


def guess_profile(title: str) -> CompanyProfile:
    """A new company's profile from the system's locale and time zone."""
    language, country = guess_locale(os.environ.get("LC_ALL") or os.environ.get("LANG") or "")
    return CompanyProfile(
        title=title,
        language=language,
        timezone=guess_zone(),
        currency=guess_currency(country),
        country=country,
    )


def guess_locale(value: str) -> tuple[str, str]:
    """Language and country of a locale like `sw_TZ.UTF-8`."""
    name = value.split(".", 1)[0].split("@", 1)[0]
    language, _, country = name.partition("_")
    return (language if language in LANGUAGES else "en"), country.upper()[:2]


def guess_zone() -> str:
    """The system's IANA time zone, or UTC."""
    wished = os.environ.get("TZ", "").lstrip(":")
    if wished in available_timezones():
        return wished
    file = Path("/etc/timezone")
    named = file.read_text("utf-8").strip() if file.exists() else ""
    if not named:
        named = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    return named if named in available_timezones() and named != "Etc/UTC" else "UTC"


def guess_currency(country: str) -> str:
    """The currency that is used in a country today (CLDR); USD where that is not known."""
    if not country:
        return "USD"
    from babel.numbers import get_territory_currencies  # noqa: PLC0415 its tables are read only here

    return next(iter(get_territory_currencies(country)), "USD")
