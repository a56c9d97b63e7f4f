"""Rules of sign-in: for everyone, for administrators and for each role. Of several that apply the strictest holds.

They are one settings document. What they mean is written into sessions and keys to the API when these begin and when a
rule or a role changes, so that a request needs no look at the rules.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select, update

from boxportal.kernel.identity.models import ApiToken, Person, PersonRole, Role, SignInSession
from boxportal.kernel.identity.networks import admits, line_of
from boxportal.kernel.identity.sessions import ABSOLUTE, IDLE, Terms
from boxportal.kernel.identity.standing import people_with_steps
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.errors import NotFound, RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.web import ENROL, FULL

LEAST_MINUTES, MOST_MINUTES = 5, 60 * 24 * 30
MOST_DAYS = 365


class Rule(BaseModel):
    """How a kind of people may sign in; None leaves the usual: 30 days, of which 7 without use."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] | None = None
    idle_minutes: Annotated[int, Field(ge=LEAST_MINUTES, le=MOST_MINUTES)] | None = None
    one_device: bool = False
    two_steps: bool = False
    networks: tuple[str, ...] = ()


NONE = Rule()


class SignInRules(BaseModel):
    """The rules of a company; `roles` by the id of the role."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    everyone: Rule = NONE
    admins: Rule = NONE
    roles: Mapping[int, Rule] = {}

    def of_kind(self, kind: str) -> Rule:
        """The rule of `everyone`, of `admins`, or of a role by its id."""
        if kind in ("everyone", "admins"):
            return self.everyone if kind == "everyone" else self.admins
        return self.roles.get(int(kind), NONE)

    def changed(self, kind: str, rule: Rule) -> "SignInRules":
        if kind in ("everyone", "admins"):
            return self.model_copy(update={kind: rule})
        others = {role: other for role, other in self.roles.items() if role != int(kind)}
        return self.model_copy(update={"roles": others | ({int(kind): rule} if rule != NONE else {})})

    def terms(self, *, is_admin: bool, roles: frozenset[int]) -> Terms:
        """What they come to for somebody."""
        mine = [self.everyone, *([self.admins] if is_admin else ()), *(self.roles.get(role, NONE) for role in roles)]
        days = min((rule.days for rule in mine if rule.days), default=None)
        idle = min((rule.idle_minutes for rule in mine if rule.idle_minutes), default=None)
        return Terms(
            absolute=timedelta(days=days) if days else ABSOLUTE,
            idle=timedelta(minutes=idle) if idle else IDLE,
            networks=line_of(sorted(rule.networks for rule in mine)),
            one_device=any(rule.one_device for rule in mine),
            two_steps=any(rule.two_steps for rule in mine),
        )


def rules_of(ctx: ReadCtx) -> SignInRules:
    return ctx.settings(SignInRules)


def kinds(ctx: ReadCtx) -> list[tuple[str, str]]:
    """For whom there can be a rule: by kind, with the name."""
    held = ctx.db.execute(select(Role.id, Role.title).order_by(Role.key.is_(None), Role.id)).all()
    return [("everyone", _("Everyone")), ("admins", _("Administrators")), *((str(i), _(title)) for i, title in held)]


def title_of(ctx: ReadCtx, kind: str) -> str:
    """Raises: NotFound for a kind that is none."""
    title = dict(kinds(ctx)).get(kind)
    if title is None:
        raise NotFound
    return title


def terms_of(ctx: ReadCtx, person: Person, rules: SignInRules | None = None) -> Terms:
    """What the rules come to for a person; with `rules`, what these would."""
    held = ctx.db.scalars(select(PersonRole.role_id).where(PersonRole.person_id == person.id))
    return (rules or rules_of(ctx)).terms(is_admin=person.is_admin, roles=frozenset(held))


def change_rule(ctx: Ctx, kind: str, title: str, rule: Rule) -> int:
    """Let a rule hold from now on, also for who is signed in; says how many sessions can't be used any more.

    Raises: RuleBroken when the one who acts could not come in from where they are.
    """
    before = rules_of(ctx)
    after = before.changed(kind, rule)
    if after == before:
        return 0
    me = ctx.db.get(Person, ctx.actor.id) if ctx.actor.id is not None else None
    if me is not None and not admits(terms_of(ctx, me, after).networks, ctx.origin.address):
        raise RuleBroken(_("This would shut yourself out: you come from %(address)s.", address=ctx.origin.address))
    ctx.save_settings(after)
    old, new = before.of_kind(kind).model_dump(mode="json"), rule.model_dump(mode="json")
    changed = [name for name in new if new[name] != old[name]]
    entry = AuditEntry(action="core.sign-in-rule.edit", title=title, before={name: old[name] for name in changed},
                       after={name: new[name] for name in changed})  # fmt: skip
    ctx.audit(entry)
    return apply_rules(ctx, after)


def forget_role(ctx: Ctx, role_id: int) -> None:
    """A role is gone: its number may be given to another."""
    rules = rules_of(ctx)
    if role_id in rules.roles:
        ctx.save_settings(rules.changed(str(role_id), NONE))


def apply_rules(ctx: Ctx, rules: SignInRules | None = None, person_id: int | None = None) -> int:
    """Write what the rules mean into the sessions and keys of one person, or of everyone.

    Returns how many sessions can't be used from where they were begun.
    """
    known, out = rules or rules_of(ctx), 0
    people = select(Person).where(Person.state == "active")
    secured = people_with_steps(ctx)
    for person in ctx.db.scalars(people if person_id is None else people.where(Person.id == person_id)).all():
        terms = terms_of(ctx, person, known)
        ctx.db.change(update(ApiToken).where(ApiToken.person_id == person.id).values(networks=terms.networks))
        for session in ctx.db.scalars(select(SignInSession).where(SignInSession.person_id == person.id)).all():
            apply_terms(session, terms, is_secured=person.id in secured)
            out += not admits(session.networks, session.address)
    ctx.db.flush()
    return out


def apply_terms(session: SignInSession, terms: Terms, *, is_secured: bool) -> None:
    session.networks = terms.networks
    session.idle_minutes = int(terms.idle.total_seconds() // 60)
    session.expires_at = min(session.expires_at, session.created_at + terms.absolute)
    session.idle_expires_at = min(session.expires_at, session.seen_at + terms.idle)
    if session.stage in (FULL, ENROL):
        session.stage = ENROL if terms.two_steps and not is_secured else FULL
