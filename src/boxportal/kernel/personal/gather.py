"""Finds a person in all that is on, and gathers what is held on them."""

from collections.abc import Sequence
from dataclasses import replace

from boxportal.kernel.personal.own import OWN
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import NotFound, RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.personal import Held, Match, PersonalData, Subject

LEAST = 2


def sources(ctx: ReadCtx) -> list[PersonalData]:
    """Who knows of people: the kernel, then the modules that are on, each after those that it needs."""
    return [OWN, *(module.personal() for module in snapshot_of(ctx).modules.values() if module.personal)]


def find_people(ctx: ReadCtx, text: str) -> Sequence[Match]:
    """Whoever is found by a name, a mail address or a telephone number."""
    typed = text.strip()[:200]
    if len(typed) < LEAST:
        return []
    return [match for source in sources(ctx) if source.find for match in source.find(ctx, typed)]


def subject_of(ctx: ReadCtx, ref: RecordRef) -> Subject:
    """The person of a record, with all their records.

    Raises: NotFound.
    """
    known = sources(ctx)
    begun = (source.begin(ctx, ref) for source in known if source.begin)
    subject = next((one for one in begun if one is not None), None)
    if subject is None:
        raise NotFound
    for source in known:
        if source.records:
            subject = replace(subject, records={**subject.records, **source.records(ctx, subject)})
    return subject


def held_on(ctx: ReadCtx, subject: Subject) -> list[Held]:
    """All that is held, kind by kind; kinds of which nothing is are left out."""
    return [held for source in sources(ctx) for held in source.held(ctx, subject) if held.rows]


def the_one(ctx: ReadCtx, text: str) -> RecordRef:
    """The record that a command means: `crm.contact:12`, or a text that finds one person alone.

    Raises: NotFound, RuleBroken that names those it finds.
    """
    kind, colon, number = text.rpartition(":")
    if colon and number.isascii() and number.isdecimal() and "." in kind:
        return RecordRef(kind, int(number[:18]))
    found = find_people(ctx, text)
    if not found:
        raise NotFound(_("Nobody is found by %(text)s.", text=text))
    if len(found) > 1:
        named = ", ".join(f"{match.ref} {match.name}" for match in found[:20])
        raise RuleBroken(_("Several are found; name one of them: %(names)s", names=named))
    return found[0].ref
