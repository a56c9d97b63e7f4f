"""The end of every way in: what session begins, and whether a second step is owed before it is whole."""

from dataclasses import dataclass
from datetime import timedelta

from boxportal.kernel.identity import known_devices, rules, sessions
from boxportal.kernel.identity.models import Person
from boxportal.kernel.identity.networks import admits
from boxportal.kernel.identity.standing import has_steps
from boxportal.sdk.context import Ctx
from boxportal.sdk.errors import Invalid
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.web import ENROL, FULL, SECOND


@dataclass(frozen=True, slots=True)
class Entry:
    """A session that began: its secret, what it still owes, how long its cookie lasts, and the browser's own secret."""

    secret: str
    stage: str = FULL
    lasts: timedelta = sessions.ABSOLUTE
    device: str = ""


def enter(ctx: Ctx, person: Person, *, secured: bool = False, trust: bool = False) -> Entry:
    """Begin the session of somebody who has proved who they are; `secured` says that they did in two steps.

    Raises: Invalid when the rules don't let them in from where they are.
    """
    terms = rules.terms_of(ctx, person)
    if not admits(terms.networks, ctx.origin.address):
        raise Invalid({"": _("You can't sign in from here: your company lets you in from its own networks alone.")})
    stage = FULL if secured else stage_for(ctx, person, terms)
    if terms.one_device and stage != SECOND:
        sessions.end_sessions(ctx.db, person.id)
    device = "" if stage == SECOND else known_devices.remember(ctx, person.id, trust=trust)
    agent, address = ctx.origin.agent, ctx.origin.address
    secret = sessions.start_session(
        ctx.db, person.id, ctx.now, agent=agent, address=address, terms=terms, stage=stage
    )  # fmt: skip
    return Entry(secret, stage, sessions.SHORT.get(stage, terms.absolute), device)


def stage_for(ctx: Ctx, person: Person, terms: sessions.Terms) -> str:
    if has_steps(ctx, person.id):
        return FULL if known_devices.is_trusted(ctx, person.id) else SECOND
    return ENROL if terms.two_steps else FULL
