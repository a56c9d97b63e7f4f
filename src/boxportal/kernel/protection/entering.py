"""Guards of signing in that the rules of sign-in hold: a second step for administrators, only from the own network."""

from datetime import timedelta
from ipaddress import ip_address

from sqlalchemy import select

from boxportal.kernel.audit.models import AuditLine
from boxportal.kernel.identity.models import Person
from boxportal.kernel.identity.rules import Rule, change_rule, rules_of
from boxportal.kernel.identity.standing import people_with_steps
from boxportal.kernel.protection.facts import Facts
from boxportal.kernel.protection.model import Finding, Guard, Question, Switch, good, note, weak
from boxportal.kernel.protection.people import named
from boxportal.kernel.protection.words import by_reach
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.i18n import Lazy
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import lazy as _l

OWN_RANGES = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "::1/128",
              "fc00::/7", "fe80::/10")  # fmt: skip
LATELY = timedelta(days=14)


def check_second_step(facts: Facts) -> Finding:
    admins = select(Person.id, Person.name).where(Person.is_admin, Person.state == "active").order_by(Person.name)
    secured = people_with_steps(facts.ctx)
    bare = [name for number, name in facts.db.execute(admins).all() if number not in secured]
    if not bare:
        return good(_l("Every administrator is asked for a code besides the password."))
    if is_asked(facts.ctx):
        return note(_l("Asked to set up their codes at the next sign-in: %(names)s", names=named(bare)))
    said = _l("One password opens everything; without a second step: %(names)s", names=named(bare))
    return weak(said) if facts.is_reachable else note(said)


def is_asked(ctx: ReadCtx) -> bool:
    rules = rules_of(ctx)
    return rules.admins.two_steps or rules.everyone.two_steps


def ask_admins(ctx: Ctx) -> None:
    rule = rules_of(ctx).admins
    change_rule(ctx, "admins", _("Administrators"), rule.model_copy(update={"two_steps": True}))


def ask_admins_no_more(ctx: Ctx) -> None:
    rules = rules_of(ctx)
    for kind in ("admins", "everyone"):
        change_rule(ctx, kind, kind, rules.of_kind(kind).model_copy(update={"two_steps": False}))


def check_own_network(facts: Facts) -> Finding:
    ranges = rules_of(facts.ctx).everyone.networks
    if ranges:
        return good(_l("People sign in only from: %(ranges)s", ranges=named(ranges)))
    lately = select(AuditLine.address).where(AuditLine.action == "core.sign-in", AuditLine.at > facts.now - LATELY)
    outside = sorted({address for address in facts.db.scalars(lately.distinct()) if is_public(address)})
    if outside:
        return note(_l("In 14 days people signed in from outside too: %(addresses)s", addresses=named(outside)))
    if facts.is_reachable:
        return note(_l("In 14 days everybody signed in from the own network; nothing holds others off."))
    return good(_l("Only this machine reaches the portal."))


def is_public(address: str) -> bool:
    try:
        return ip_address(address.partition("%")[0]).is_global
    except ValueError:
        return False


def only_own_network(ctx: Ctx) -> None:
    """Raises: RuleBroken when the one who acts would shut themselves out."""
    set_ranges(ctx, OWN_RANGES)


def from_anywhere(ctx: Ctx) -> None:
    set_ranges(ctx, ())


def set_ranges(ctx: Ctx, ranges: tuple[str, ...]) -> None:
    rule: Rule = rules_of(ctx).everyone
    change_rule(ctx, "everyone", _("Everyone"), rule.model_copy(update={"networks": ranges}))


def is_limited(ctx: ReadCtx) -> bool:
    return bool(rules_of(ctx).everyone.networks)


def about_network(facts: Facts) -> Lazy:
    if facts.is_reachable:
        return _l("Yes, when nobody works from home or on the road.")
    return _l("Not yet: only this machine reaches the portal.")


ENTERING = (
    Guard(
        id="second-step",
        name=_l("Second step for administrators"),
        question=Question.STRANGERS,
        does=_l("Besides the password, administrators type a code from the phone."),
        without=_l("Whoever learns one password reads every client."),
        costs=_l("Five seconds at each sign-in on a new device."),
        on_if=_l("Anyone outside reaches the portal, or several are administrators."),
        off_if=_l("It is a trial on this machine alone."),
        undo=_l("Turn it off here."),
        check=check_second_step,
        advice=by_reach,
        switch=Switch(ask_admins, ask_admins_no_more, is_asked),
    ),
    Guard(
        id="own-network",
        name=_l("Sign-in only from the own network"),
        question=Question.STRANGERS,
        does=_l("Lets people in from private addresses alone. Clients' links by the public door still work."),
        without=_l("A stolen password works from any country."),
        costs=_l("Nobody signs in from outside without a VPN."),
        on_if=_l("All work in the office or by VPN."),
        off_if=_l("Anyone works from elsewhere."),
        undo=_l("Turn it off here."),
        check=check_own_network,
        advice=about_network,
        switch=Switch(only_own_network, from_anywhere, is_limited),
    ),
)
