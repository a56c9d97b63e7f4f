"""How states, kinds and ways are called."""

from collections.abc import Mapping
from types import MappingProxyType

from boxportal.modules.sales.forms import METHODS, WAYS
from boxportal.sdk.i18n import Text, plazy
from boxportal.sdk.i18n import lazy as _l

QUOTE_STATES: Mapping[str, tuple[Text, str]] = MappingProxyType(
    {
        "draft": (_l("Draft"), "off"),
        "sent": (_l("Waits for the client"), "waiting"),
        "accepted": (_l("Accepted"), "good"),
        "declined": (_l("Declined"), "bad"),
        "replaced": (_l("Replaced"), "off"),
        "expired": (_l("Expired"), "warning"),
    }
)
INVOICE_STATES: Mapping[str, tuple[Text, str]] = MappingProxyType(
    {
        "draft": (_l("Draft"), "off"),
        "open": (plazy("invoice", "Open"), "waiting"),
        "partly": (_l("Partly paid"), "waiting"),
        "paid": (_l("Paid"), "good"),
        "overdue": (_l("Overdue"), "bad"),
        "credited": (_l("Credited"), "off"),
        "cancelled": (_l("Cancelled"), "off"),
        "issued": (_l("Issued"), "good"),
        "refunded": (_l("Paid back"), "good"),
    }
)
INVOICE_KINDS: Mapping[str, Text] = MappingProxyType({
    "invoice": _l("Invoice"), "proforma": _l("Proforma invoice"), "credit_note": _l("Credit note"),
})  # fmt: skip
HOW: Mapping[str, Text] = MappingProxyType({
    **dict(WAYS), "link": _l("On their page"), "direct": _l("Without a quote"), "": "",
})  # fmt: skip
PAID_BY: Mapping[str, Text] = MappingProxyType(dict(METHODS))
