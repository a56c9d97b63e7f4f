"""Telephone numbers: read as people write them, kept as E.164 so that two spellings of one number meet."""

from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberFormat

from boxportal.sdk.names import clean_line

MAX_TYPED = 60
MIN_SEARCHED = 3


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number as it was typed, and, where it could be read, as E.164.

    `e164` is empty for what could not be read: such a text is kept and shown as it was typed. `likely` says whether
    the number fits its country's plan; a number that is merely possible is kept and dialled all the same.
    """

    typed: str
    e164: str = ""
    extension: str = ""
    shown: str = ""
    likely: bool = False

    @property
    def digits(self) -> str:
        """What is searched for: the digits of the whole number, country first; of an unread one its own."""
        return digits_of(self.e164 or self.typed)

    @property
    def link(self) -> str:
        """The address that dials it (RFC 3966); empty for what could not be read."""
        if not self.e164:
            return ""
        return f"tel:{self.e164}" + (f";ext={self.extension}" if self.extension else "")


def digits_of(text: str) -> str:
    """The ASCII digits of a text, in whatever script they are."""
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


def parse_phone(typed: str, country: str) -> Phone:
    """Read a number as it is dialled in a country (ISO 3166, two letters) or with the country's code.

    Never fails: what can't be read comes back as it was typed.
    """
    text = clean_line(typed)
    if not text or len(text) > MAX_TYPED:
        return Phone(text[:MAX_TYPED], shown=text[:MAX_TYPED])
    number = _read(text, country)
    if number is None:
        return Phone(text, shown=text)
    return Phone(
        typed=text,
        e164=phonenumbers.format_number(number, PhoneNumberFormat.E164),
        extension=number.extension or "",
        shown=phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
        likely=phonenumbers.is_valid_number(number),
    )


def _read(text: str, country: str) -> phonenumbers.PhoneNumber | None:
    # 00 is written for + everywhere, also where the country's own exchanges want something else dialled.
    attempts = [f"+{text[2:]}", text] if digits_of(text[:2]) == "00" else [text]
    for attempt in attempts:
        try:
            number = phonenumbers.parse(attempt, country.upper() or None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            return number
    return None


def show_phone(e164: str, country: str = "") -> str:
    """A kept number as people of a country read it: their own without its code, others with it."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    own = country and number.country_code == phonenumbers.country_code_for_region(country.upper())
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL if own else PhoneNumberFormat.INTERNATIONAL)


def search_prefixes(typed: str, country: str) -> tuple[str, ...]:
    """The beginnings of `Phone.digits` that a number, typed perhaps only in part, may mean.

    "+255 71", "00255 71" and, in Tanzania, "071" and "71" all find +25571…. Empty when there are too few digits.
    """
    text = clean_line(typed)[:MAX_TYPED]
    digits = digits_of(text)
    if len(digits) < MIN_SEARCHED:
        return ()
    if text.startswith("+"):
        return (digits,)
    if digits.startswith("00"):
        return (digits[2:],) if len(digits) > MIN_SEARCHED else ()
    code = phonenumbers.country_code_for_region(country.upper())
    trunk = phonenumbers.ndd_prefix_for_region(country.upper(), strip_non_digits=True) or ""
    found = [digits]
    if code:
        found.append(f"{code}{digits.removeprefix(trunk)}")
    return tuple(dict.fromkeys(found))
