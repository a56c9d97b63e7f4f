"""What several cards say alike, and advice that follows from the box's facts."""

from boxportal.kernel.protection.facts import Facts
from boxportal.kernel.protection.model import Finding, unknown
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.i18n import lazy as _l

NOTHING = _l("Nothing that you would notice.")
ALWAYS = _l("It is always on.")
NEVER = _l("Never.")
PART = _l("Part of the program: it can't be turned off.")
FEW_PEOPLE = 5


def always_on(_facts: Facts) -> Lazy:
    return _l("Nothing to decide: it works by itself.")


def by_reach(facts: Facts) -> Lazy:
    """Advice for what matters once other machines reach the box."""
    if facts.is_reachable:
        return _l("Yes: other machines reach this box.")
    return _l("Not yet: only this machine reaches the portal.")


def by_data(facts: Facts) -> Lazy:
    """Advice for what matters once there is something to lose."""
    if facts.people > 1:
        return _l("Yes: the work of %(people)s people lies here.", people=facts.people)
    return _l("Yes, before the first colleague is invited.")


def by_people(facts: Facts) -> Lazy:
    """Advice for what matters more with every account."""
    if facts.people > FEW_PEOPLE:
        return _l("Yes: %(people)s people can sign in; look each month.", people=facts.people)
    return _l("Yes; with so few people a look every three months does.")


def not_served() -> Finding:
    return unknown(_l("The server is not running. Start it, then test again."))
