"""How somebody can be reached, cleaned: phone as E.164, mail address checked, and the keys by which twins are found."""

from dataclasses import dataclass

from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.mailaddr import MailAddressError, parse_address
from boxportal.sdk.phones import parse_phone


@dataclass(frozen=True, slots=True)
class Reach:
    """A phone and a mail address as they are shown, with their keys; all empty where nothing was given."""

    phone: str = ""
    phone_key: str = ""
    email: str = ""
    email_key: str = ""


def read_reach(ctx: ReadCtx, phone: str, email: str, *, strict: bool = True) -> Reach:
    """Clean what was typed. A phone that can't be read is kept as typed.

    Raises: Invalid for `email` when it is no address; with `strict` off it is kept as typed instead.
    """
    number = parse_phone(phone, ctx.company.country)
    address, key = email.strip()[:254], ""
    if address:
        try:
            parsed = parse_address(address)
            address, key = parsed.address, parsed.key
        except MailAddressError as error:
            if strict:
                raise Invalid({"email": error.text}) from error
    return Reach(number.shown or number.typed, number.e164, address, key)
