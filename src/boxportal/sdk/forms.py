"""Forms from Pydantic models: what to say of a field, a form to show, and what was typed read into the model.

    class DealForm(BaseModel):
        title: Annotated[str, Label(_l("Title")), Field(max_length=200)]
        amount: Annotated[Money | None, Label(_l("Amount"))] = None

`blank` and `filled` make a form to show; `read` gives a `DealForm`, or the form back with its mistakes.
"""

import re
from typing import Annotated

from pydantic import AfterValidator

from boxportal.sdk.form_reading import read
from boxportal.sdk.form_spec import Choice, Choices, CurrencyFrom, FieldSpec, Help, Label, Widget, fields_of
from boxportal.sdk.form_state import FieldView, FormEnv, FormState, RowView, Typed, blank, filled
from boxportal.sdk.form_texts import explain, sentence
from boxportal.sdk.i18n import lazy
from boxportal.sdk.mailaddr import parse_address

MAX_URL = 2_000
_HOST = re.compile(r"(?:[\w-]+\.)*[\w-]+(?::\d{1,5})?(?=[/?#]|$)|\[[0-9a-fA-F:.]+\](?::\d{1,5})?(?=[/?#]|$)")


def _mail_address(typed: str) -> str:
    return parse_address(typed).address


def _web_address(typed: str) -> str:
    """Only what a browser may follow safely: http and https with a host, no blanks, no user or password."""
    address = typed if "://" in typed else f"https://{typed}"
    scheme, _, rest = address.partition("://")
    bad = len(address) > MAX_URL or not address.isprintable() or any(sign in address for sign in ' "<>\\^`{|}')
    if bad or scheme.lower() not in ("http", "https") or not _HOST.match(rest):
        raise ValueError(lazy("This is not a web address."))
    return f"{scheme.lower()}://{rest}"


MailText = Annotated[str, AfterValidator(_mail_address), Widget("email")]
WebText = Annotated[str, AfterValidator(_web_address), Widget("url")]
PhoneText = Annotated[str, Widget("tel")]

__all__ = [
    "Choice",
    "Choices",
    "CurrencyFrom",
    "FieldSpec",
    "FieldView",
    "FormEnv",
    "FormState",
    "Help",
    "Label",
    "MailText",
    "PhoneText",
    "RowView",
    "Typed",
    "WebText",
    "Widget",
    "blank",
    "explain",
    "fields_of",
    "filled",
    "read",
    "sentence",
]
