"""`boxportal role`: what each role may do, and how far."""

from collections.abc import Mapping
from typing import Annotated

import typer

from boxportal.cli.acting import opened, reading
from boxportal.cli.output import Globals, Output, answering
from boxportal.cli.tables import table
from boxportal.cli.user import answered, role_id
from boxportal.kernel.identity import roles
from boxportal.kernel.identity.models import Role
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
