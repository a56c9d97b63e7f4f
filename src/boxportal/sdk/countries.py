"""The countries of ISO 3166, as people choose from them."""

import re

from babel import Locale

from boxportal.sdk.i18n import current_locale
from boxportal.sdk.i18n import gettext as _

COUNTRY = re.compile("[A-Z]{2}")
NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"})


def country_choices() -> list[tuple[str, str]]:
    """Codes and names in the language in force, by name; the first says that none is chosen."""
    names = Locale.parse(current_locale()).territories
    known = [(code, name) for code, name in names.items() if COUNTRY.fullmatch(code) and code not in NO_COUNTRY]
    return [("", _("Not said")), *sorted(known, key=lambda pair: pair[1])]
