"""A person's second step: what is set up, taken away by its owner, or by an administrator when the phone is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from boxportal.kernel.identity import entering, known_devices, passkeys, recovery_codes, rules, sessions, standing, totp
from boxportal.kernel.identity.accounts import myself
from boxportal.kernel.identity.models import Person, SignInSession
from boxportal.kernel.identity.people import audit, person_of
from boxportal.kernel.identity.second_step import KIND
from boxportal.kernel.identity.sessions import actor_of
from boxportal.kernel.identity.step_models import Passkey, Totp
from boxportal.sdk.context import Ctx, Notice, ReadCtx
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import mark as _n
from boxportal.sdk.i18n import use_locale
from boxportal.sdk.web import ENROL

PAGE = "/account/two-steps"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person has of second steps, and whether the company's rules ask for one."""

    codes_since: datetime | None
    passkeys: Sequence[Passkey]
    codes_left: int
    trusted: int
    required: bool

    @property
    def is_on(self) -> bool:
        return self.codes_since is not None or bool(self.passkeys)


def my_standing(ctx: ReadCtx) -> Standing:
    me = myself(ctx)
    return Standing(
        codes_since=ctx.db.scalar(select(Totp.confirmed_at).where(Totp.person_id == me.id)),
        passkeys=passkeys.list_passkeys(ctx, me.id),
        codes_left=recovery_codes.codes_left(ctx, me.id),
        trusted=known_devices.trusted_devices(ctx, me.id),
        required=rules.terms_of(ctx, me).two_steps,
    )


def begin_codes(ctx: Ctx) -> None:
    """Raises: RuleBroken when codes are on already."""
    totp.begin_setup(ctx, myself(ctx).id)


def finish_codes(ctx: Ctx, typed: str) -> tuple[list[str], entering.Entry | None]:
    """Codes from the phone are asked for from now on.

    Returns new recovery codes, and the whole session of somebody who could do nothing before.
    Raises: NotFound when nothing is being set up; Invalid (`code`).
    """
    me = myself(ctx)
    totp.finish_setup(ctx, me.id, typed)
    codes = recovery_codes.make_codes(ctx, me.id)
    return codes, secured(ctx, me, "core.two-steps.codes-on")


def secured(ctx: Ctx, me: Person, action: str) -> entering.Entry | None:
    """What follows a new second step: other devices sign in anew, and whoever had to set one up is in."""
    changed(ctx, me, action)
    if ctx.origin.stage != ENROL:
        return None
    ctx.db.change(delete(SignInSession).where(SignInSession.id == ctx.origin.session_id))
    ctx.actor = actor_of(me, {})
    return entering.enter(ctx, me, secured=True)


def remove_codes(ctx: Ctx) -> None:
    """Ask for no codes from the phone any more.

    Raises: RuleBroken where the rules ask for a second step and this is the only one.
    """
    me = myself(ctx)
    require_other(ctx, me)
    totp.forget_seed(ctx, me.id)
    forget_if_last(ctx, me)
    changed(ctx, me, "core.two-steps.codes-off")


def require_other(ctx: Ctx, me: Person) -> None:
    """Raises: RuleBroken where the rules ask for a second step and there is but one."""
    if standing.count_steps(ctx, me.id) <= 1 and rules.terms_of(ctx, me).two_steps:
        raise RuleBroken(_("Your company asks for two steps. Set another one up before you take this one away."))


def forget_if_last(ctx: Ctx, me: Person) -> None:
    """Recovery codes stand in for a second step: without one they open nothing."""
    if not standing.has_steps(ctx, me.id):
        recovery_codes.forget_codes(ctx, me.id)


def new_recovery_codes(ctx: Ctx) -> list[str]:
    """Raises: RuleBroken for who has no second step."""
    me = myself(ctx)
    if not standing.has_steps(ctx, me.id):
        raise RuleBroken(_("Set a second step up first."))
    audit(ctx, "core.two-steps.recovery", me)
    return recovery_codes.make_codes(ctx, me.id)


def trust_no_device(ctx: Ctx) -> None:
    me = myself(ctx)
    known_devices.trust_none(ctx, me.id)
    audit(ctx, "core.two-steps.trust-none", me)


def changed(ctx: Ctx, person: Person, action: str) -> None:
    """Note it, and let every other session end: a device that is signed in may be a thief's."""
    known_devices.trust_none(ctx, person.id)
    sessions.end_sessions(ctx.db, person.id, but=ctx.origin.session_id)
    audit(ctx, action, person)


def reset(ctx: Ctx, person_id: int) -> Person:
    """Take all second steps of somebody away who lost the phone; they are told, and sign in by password alone.

    Raises: NotFound; RuleBroken when there is nothing to take away, and for oneself.
    """
    person = person_of(ctx, person_id)
    if person.id == ctx.actor.id:
        raise RuleBroken(_("Change your own two steps under Your account."))
    if not standing.has_steps(ctx, person.id):
        raise RuleBroken(_("%(name)s signs in without a second step.", name=person.name))
    totp.forget_seed(ctx, person.id)
    passkeys.remove_all(ctx, person.id)
    recovery_codes.forget_codes(ctx, person.id)
    known_devices.trust_none(ctx, person.id)
    sessions.end_sessions(ctx.db, person.id)
    audit(ctx, "core.two-steps.reset", person)
    tell(ctx, person)
    return person


def tell(ctx: Ctx, person: Person) -> None:
    text = _n("%(by)s took your second step at sign-in away. If you did not ask for it, tell your administrator.")
    key = f"two-steps:{person.id}:{ctx.now.isoformat()}"
    ctx.notify(
        Notice(to=person.id, kind=KIND, text=text, values={"by": ctx.actor.name}, url=PAGE, key=key, urgent=True)
    )
    if ctx.can_mail:
        with use_locale(person.language):
            subject = _("Your second step at sign-in is gone")
            ctx.mail(person.email, subject, _(text, by=ctx.actor.name) + f"\n\n{ctx.company.address}{PAGE}\n")
