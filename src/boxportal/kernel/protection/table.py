"""All guards, in the order in which they are shown."""

from collections.abc import Sequence

from boxportal.kernel.companies import Company
from boxportal.kernel.protection.back import BACK
from boxportal.kernel.protection.entering import ENTERING
from boxportal.kernel.protection.files import MACHINE
from boxportal.kernel.protection.model import Guard, Question
from boxportal.kernel.protection.notice import NOTICE
from boxportal.kernel.protection.outside import OUTSIDE
from boxportal.kernel.protection.people import PEOPLE
from boxportal.kernel.protection.web import WEB
from boxportal.sdk.errors import NotFound
from boxportal.sdk.i18n import gettext as _

_ALL = (*WEB, *ENTERING, *PEOPLE, *OUTSIDE, *MACHINE, *BACK, *NOTICE)
GUARDS = tuple(guard for question in Question for guard in _ALL if guard.question is question)


def guards_for(company: Company) -> Sequence[Guard]:
    """The guards that this company's administrators look after: those of the box are the first company's."""
    return [guard for guard in GUARDS if company.is_first or not guard.box]


def guard_named(company: Company, guard_id: str) -> Guard:
    """Raises: NotFound."""
    found = next((guard for guard in guards_for(company) if guard.id == guard_id), None)
    if found is None:
        raise NotFound(_("There is no guard %(name)s.", name=guard_id))
    return found
