"""Mail addresses: checked without asking the network, and kept in one spelling."""

from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from boxportal.sdk.i18n import Lazy, lazy

MAX_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, less the brackets

OWN_NETWORK = frozenset({"local", "localhost", "test"})  # no public names (RFC 6761, 6762), refused by the library
_STANDS_FOR_OWN = "lan"


class MailAddressError(ValueError):
    """What was typed is no mail address; `text` says why, to the person who typed it."""

    def __init__(self, text: Lazy) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True)
class MailAddress:
    """An address as it is shown and sent to, and the key by which two of them are the same mailbox."""

    address: str
    key: str


def parse_address(typed: str) -> MailAddress:
    """Check an address by RFC 5321 and 5322 and normalise it: domain in small letters, nothing around it.

    Names of the firm's own network (`boss@firm.local`) are addresses too. The part before the @ keeps its case, and
    counts without it: no mail server in use tells `Boss@` and `boss@` apart. It must be ASCII: a Cyrillic letter there
    is nearly always the wrong keyboard.

    Raises: MailAddressError.
    """
    text = typed.strip(" \t")
    if not text or len(text) > MAX_ADDRESS or not text.isprintable():
        raise MailAddressError(lazy("This is not a mail address."))
    local = text.rpartition("@")[0]
    if local and not local.isascii():
        raise MailAddressError(lazy("Before the @ stand letters that mail addresses don't have."))
    local, _, domain = text.rpartition("@")
    rest, dot, last = domain.rpartition(".")
    own = last.lower() if last.lower() in OWN_NETWORK else ""
    try:
        checked = validate_email(
            f"{local}@{rest}{dot}{_STANDS_FOR_OWN}" if own else text,
            check_deliverability=False,
            globally_deliverable=False,
            allow_smtputf8=False,
            allow_quoted_local=False,
            strict=True,
        )
    except EmailNotValidError as error:
        raise MailAddressError(lazy("This is not a mail address.")) from error
    address, in_ascii = checked.normalized, checked.ascii_email or checked.normalized
    if own:
        address, in_ascii = (text.removesuffix(_STANDS_FOR_OWN) + own for text in (address, in_ascii))
    return MailAddress(address, in_ascii.casefold())


def address_key(typed: str) -> str:
    """The key of an address, to look one up; empty for what is no address."""
    try:
        return parse_address(typed).key
    except MailAddressError:
        return ""
