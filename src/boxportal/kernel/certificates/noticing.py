"""Which news of the certificate administrators have not heard yet."""

from collections.abc import Iterator

from boxportal.kernel.certificates.choices import FILES
from boxportal.kernel.certificates.folder import Facts, Folder, facts_of
from boxportal.kernel.certificates.telling import AUTHORITY_ENDS, ENDS, Telling
from boxportal.kernel.certificates.when import authority_facts
from boxportal.sdk.clock import utcnow

GIVEN_DAYS, AUTHORITY_DAYS = (14, 7, 2), (365, 90, 14)
"""How many days before its end a certificate, or the authority, is spoken of."""


def ending(folder: Folder, mode: str) -> list[Telling]:
    """What ends soon and was not told of yet; it counts as told now."""
    facts, text, days = (
        (facts_of(folder.given), ENDS, GIVEN_DAYS)
        if mode == FILES
        else (authority_facts(folder), AUTHORITY_ENDS, AUTHORITY_DAYS)
    )
    state = folder.state()
    before = state.told.get(facts.fingerprint, days[0] + 1) if facts else 0
    reached = min(reached_by(facts, days), default=before) if facts else before
    if facts is None or reached >= before:
        return []
    with folder.locked():
        folder.keep(folder.state().model_copy(update={"told": {facts.fingerprint: reached}}))
    return [Telling(text, {"day": facts.ends.strftime("%Y-%m-%d")})]


def reached_by(facts: Facts, days: tuple[int, ...]) -> Iterator[int]:
    """The marks of days that the certificate has reached."""
    left = (facts.ends - utcnow()).total_seconds() / 86400
    return (mark for mark in days if left <= mark)
