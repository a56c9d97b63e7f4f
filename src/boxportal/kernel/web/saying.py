"""What an error says on a form."""

from boxportal.sdk.errors import DomainError, Invalid, TooManyTries
from boxportal.sdk.i18n import gettext as _


def errors_of(error: DomainError) -> dict[str, object]:
    """The texts of an error for a form, by field; "" is the whole form."""
    if isinstance(error, TooManyTries):
        minutes = -(-error.retry_after // 60)
        return {"": _("Too many tries. Wait %(minutes)s min and try again.", minutes=minutes)}
    return dict(error.fields) if isinstance(error, Invalid) else {"": str(error)}
