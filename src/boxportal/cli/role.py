"""`boxportal role`: what each role may do, and how far."""

from collections.abc import Mapping
from typing import Annotated

import typer
from pydantic import ValidationError

from boxportal.cli.acting import confirm, opened, reading
from boxportal.cli.output import Globals, Output, answering
from boxportal.cli.tables import table
from boxportal.cli.user import answered, role_id
from boxportal.kernel.identity import roles, rules
from boxportal.kernel.identity.models import Role
from boxportal.kernel.identity.networks import read_networks
from boxportal.kernel.running import snapshot_of
from boxportal.sdk.access import Scope
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import Invalid

app = typer.Typer(no_args_is_help=True, help="What each role may do, and how far.")
Title = Annotated[str, typer.Argument(metavar="ROLE")]
Grants = Annotated[list[str] | None, typer.Argument(metavar="[PERMISSION=none|own|team|all…]")]


@app.command("list")
def role_list(context: typer.Context) -> None:
    """All roles."""
    options: Globals = context.obj
    with answering("role.list", options) as output, opened(options) as company, reading(company) as ctx:
        found = [roles.role_of(ctx, number) for number, _title in roles.role_choices(ctx)]
        output.data["roles"] = [{"id": role.id, "title": role.title, "built_in": bool(role.key)} for role in found]
        output.say(table(("ROLE", "BUILT IN"), [(role.title, "yes" if role.key else "-") for role in found]))


@app.command("show")
def role_show(context: typer.Context, title: Title) -> None:
    """One role: each permission of what is on, and how far it reaches."""
    options: Globals = context.obj
    with answering("role.show", options) as output, opened(options) as company, reading(company) as ctx:
        tell(output, ctx, roles.role_of(ctx, role_id(ctx, title)))


@app.command("add")
def role_add(context: typer.Context, title: Title, grants: Grants = None) -> None:
    """Make a role."""
    options: Globals = context.obj
    with answered("role.add", options) as (output, ctx):
        role = roles.add_role(ctx, title, scopes_in(ctx, grants or []), snapshot_of(ctx).permissions)
        ctx.db.flush()
        tell(output, ctx, role)


@app.command("edit")
def role_edit(
    context: typer.Context,
    title: Title,
    grants: Grants = None,
    *,
    rename: Annotated[str, typer.Option(help="Another title.")] = "",
) -> None:
    """Change the permissions that are given, and no others."""
    options: Globals = context.obj
    with answered("role.edit", options) as (output, ctx):
        known, role = snapshot_of(ctx).permissions, roles.role_of(ctx, role_id(ctx, title))
        wished = {**roles.scopes_of(ctx, role, known), **scopes_in(ctx, grants or [])}
        roles.change_role(ctx, role.id, rename or role.title, wished, known)
        ctx.db.flush()
        tell(output, ctx, role)


@app.command("remove")
def role_remove(context: typer.Context, title: Title) -> None:
    """Remove a role that nobody has."""
    options: Globals = context.obj
    with answered("role.remove", options) as (output, ctx):
        role = roles.role_of(ctx, role_id(ctx, title))
        roles.remove_role(ctx, role.id)
        output.data["role"] = {"id": role.id, "title": role.title}
        output.say(f"{role.title} is removed.")


@app.command("rules")
def role_rules(
    context: typer.Context,
    who: Annotated[str, typer.Argument(metavar="everyone|admins|ROLE")] = "",
    *,
    days: Annotated[
        int | None, typer.Option(min=0, max=rules.MOST_DAYS, help="Sign in again after; 0: as usual.")
    ] = None,
    idle: Annotated[
        int | None, typer.Option(min=0, max=rules.MOST_MINUTES, help="Minutes unused until signed out; 0: as usual.")
    ] = None,
    one_device: Annotated[
        bool | None, typer.Option("--one-device/--many-devices", help="One device at a time.")
    ] = None,
    two_steps: Annotated[bool | None, typer.Option("--two-steps/--no-two-steps", help="Second step required.")] = None,
    network: Annotated[list[str] | None, typer.Option(help="From where; several times.")] = None,
    anywhere: Annotated[bool, typer.Option("--anywhere", help="From anywhere again.")] = False,
) -> None:
    """How people may sign in: everyone, administrators, or who has a role. Without options, show it."""
    options: Globals = context.obj
    with answered("role.rules", options) as (output, ctx):
        wished = {"days": days, "idle_minutes": idle, "one_device": one_device, "two_steps": two_steps}
        wish: dict[str, object] = {name: value or None if name in ("days", "idle_minutes") else value
                                   for name, value in wished.items() if value is not None}  # fmt: skip
        if network or anywhere:
            wish["networks"] = tuple(read_networks(" ".join(network or []), "--network"))
        if wish:
            kind = kind_of(ctx, who)
            rule = rule_of({**rules.rules_of(ctx).of_kind(kind).model_dump(), **wish})
            out = rules.change_rule(ctx, kind, rules.title_of(ctx, kind), rule)
            if out and not options.dry_run:
                confirm(options, f"{out} signed-in devices can't be used from where they are then. Go on?")
        tell_rules(output, ctx, kind_of(ctx, who) if who else "")


def kind_of(ctx: ReadCtx, who: str) -> str:
    """Raises: Invalid without a name; NotFound that names the roles there are."""
    if not who:
        raise Invalid({"WHO": "is needed: everyone, admins, or a role"})
    return who if who in ("everyone", "admins") else str(role_id(ctx, who))


def rule_of(values: Mapping[str, object]) -> rules.Rule:
    """Raises: Invalid that names the first option which can't be taken."""
    try:
        return rules.Rule.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        names = {"idle_minutes": "--idle", "days": "--days"}
        raise Invalid({names.get(str(first["loc"][0]), str(first["loc"][0])): first["msg"]}) from error


def tell_rules(output: Output, ctx: ReadCtx, only: str) -> None:
    known = rules.rules_of(ctx)
    shown = [(title, known.of_kind(kind)) for kind, title in rules.kinds(ctx) if only in ("", kind)]
    output.data["rules"] = {title: rule.model_dump(mode="json") for title, rule in shown}
    head = ("FOR", "DAYS", "UNUSED MIN", "ONE DEVICE", "TWO STEPS", "FROM")
    rows = [(title, str(rule.days or "-"), str(rule.idle_minutes or "-"), "yes" if rule.one_device else "-",
             "yes" if rule.two_steps else "-", " ".join(rule.networks) or "anywhere")
            for title, rule in shown]  # fmt: skip
    output.say(table(head, rows))


def scopes_in(ctx: ReadCtx, grants: list[str]) -> Mapping[str, Scope]:
    """Raises: Invalid that names the first grant which can't be read."""
    known = snapshot_of(ctx).permissions
    found: dict[str, Scope] = {}
    for grant in grants:
        name, _equals, reach = grant.partition("=")
        if name not in known:
            raise Invalid({grant: f"there is no permission {name!r}: boxportal role show ROLE lists them"})
        if reach.upper() not in Scope.__members__:
            raise Invalid({grant: "must end in =none, =own, =team or =all"})
        found[name] = Scope[reach.upper()]
    return found


def tell(output: Output, ctx: ReadCtx, role: Role) -> None:
    scopes = roles.scopes_of(ctx, role, snapshot_of(ctx).permissions)
    grants = {name: scope.name.lower() for name, scope in sorted(scopes.items())}
    output.data["role"] = {"id": role.id, "title": role.title, "grants": grants}
    output.say(f"{role.title}\n" + table(("PERMISSION", "REACHES"), list(grants.items())))
