"""What administrators hear of the box's certificate."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from boxportal.kernel.companies import Company
from boxportal.kernel.database.engines import write_session
from boxportal.kernel.identity.admins import tell_admins
from boxportal.kernel.services import Renderer
from boxportal.kernel.work.outbox import system_ctx
from boxportal.sdk.clock import utcnow
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.i18n import use_locale

KIND = "core.certificate"
PAGE = "/admin/certificate"
MOVED = _n("The server has the new address %(address)s. Its certificate is for that one too now.")
ENDS = _n("The certificate ends on %(day)s. Bring a new one in time, or no browser opens the portal.")
AUTHORITY_ENDS = _n(
    "The box's own certificate authority ends on %(day)s. Make its successor, and let the devices trust it."
)


@dataclass(frozen=True, slots=True)
class Telling:
    """One notice: its text and what stands in it."""

    text: str
    values: Mapping[str, str] = field(default_factory=dict)


def tell(company: Company, renderer: Renderer, telling: Telling) -> None:
    """Put a notice into the inbox of each administrator of a company. The caller has passed the gate."""
    with write_session(company.engines) as db, use_locale(company.snapshot.info.language):
        ctx = system_ctx(company, renderer, db, utcnow())
        tell_admins(ctx, KIND, telling.text, telling.values, url=PAGE)
    for act in ctx.after_commit:
        act()
