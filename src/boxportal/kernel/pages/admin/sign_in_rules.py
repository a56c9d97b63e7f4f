"""Administration: how a kind of people may sign in, beside the roles."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Form
from fastapi.responses import Response
from pydantic import BaseModel

from boxportal.kernel.identity import rules
from boxportal.kernel.identity.networks import read_networks
from boxportal.kernel.identity.rules import LEAST_MINUTES, MOST_DAYS, MOST_MINUTES, Rule
from boxportal.kernel.identity.sessions import ABSOLUTE, IDLE
from boxportal.kernel.pages.admin.doors import AdminFresh, AdminRead
from boxportal.kernel.web.saying import errors_of
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import DomainError, Invalid, RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.routing import Router
from boxportal.sdk.web import page, see_other

router = Router(prefix="/admin/roles/rules")
BACK = "/admin/roles"


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A kind of people and the rule for them, as the card shows it."""

    kind: str
    title: str
    rule: Rule


class RuleForm(BaseModel):
    """What an administrator asks of a kind of people. What else is sent is not looked at."""

    days: str = ""
    idle_minutes: str = ""
    one_device: bool = False
    two_steps: bool = False
    networks: str = ""


def rule_lines(ctx: ReadCtx) -> list[RuleLine]:
    known = rules.rules_of(ctx)
    return [RuleLine(kind, title, known.of_kind(kind)) for kind, title in rules.kinds(ctx)]


@router.get("/{kind}")
def rule_show(ctx: AdminRead, kind: str) -> Response:
    title, rule = rules.title_of(ctx, kind), rules.rules_of(ctx).of_kind(kind)
    values = RuleForm(
        days=str(rule.days or ""),
        idle_minutes=str(rule.idle_minutes or ""),
        one_device=rule.one_device,
        two_steps=rule.two_steps,
        networks=" ".join(rule.networks),
    )
    return rule_page(ctx, kind, title, values)


@router.post("/{kind}")
def rule_change(ctx: AdminFresh, kind: str, form: Annotated[RuleForm, Form()]) -> Response:
    title = rules.title_of(ctx, kind)
    try:
        rules.change_rule(ctx, kind, title, rule_in(form))
    except (Invalid, RuleBroken) as error:
        return rule_page(ctx, kind, title, form, error)
    return see_other(ctx, BACK)


def rule_in(form: RuleForm) -> Rule:
    """Raises: Invalid."""
    return Rule(
        days=number_in("days", form.days, 1, MOST_DAYS),
        idle_minutes=number_in("idle_minutes", form.idle_minutes, LEAST_MINUTES, MOST_MINUTES),
        one_device=form.one_device,
        two_steps=form.two_steps,
        networks=tuple(read_networks(form.networks, "networks")),
    )


def number_in(field: str, text: str, least: int, most: int) -> int | None:
    """Raises: Invalid."""
    typed = text.strip()
    if not typed:
        return None
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else 0  # noqa: PLR2004 no overflow
    if not least <= number <= most:
        raise Invalid({field: _("Give a number from %(least)s to %(most)s.", least=least, most=most)})
    return number


def rule_page(ctx: ReadCtx, kind: str, title: str, values: RuleForm, error: DomainError | None = None) -> Response:
    return page(
        ctx,
        "kernel/admin/sign_in_rule.html",
        status=error.status if error else 200,
        menu_at=BACK,
        kind=kind,
        title=title,
        values=values,
        errors=errors_of(error) if error else {},
        usual_days=ABSOLUTE.days,
        usual_idle=int(IDLE.total_seconds() // 60),
    )
