"""`boxportal team`: the company's teams."""

from dataclasses import replace
from typing import Annotated

import typer
from sqlalchemy import select

from boxportal.cli.acting import opened, reading
from boxportal.cli.output import Globals, Output, answering
from boxportal.cli.tables import table
from boxportal.cli.user import answered, person_by
from boxportal.kernel.identity import teams
from boxportal.kernel.identity.models import Team
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import NotFound

app = typer.Typer(no_args_is_help=True, help="The company's teams.")
Name = Annotated[str, typer.Argument(metavar="TEAM")]
Head = Annotated[str | None, typer.Option(help='E-mail of its head; "" for none.')]
Deputy = Annotated[str | None, typer.Option(help='E-mail of the deputy; "" for none.')]
Members = Annotated[list[str] | None, typer.Option("--member", help="E-mail of a member; all of them, several times.")]


@app.command("list")
def team_list(context: typer.Context) -> None:
    """All teams, with their heads and deputies."""
    options: Globals = context.obj
    with answering("team.list", options) as output, opened(options) as company, reading(company) as ctx:
        lines = teams.list_teams(ctx)
        output.data["teams"] = [
            {"id": t.id, "name": t.name, "head": t.head, "deputy": t.deputy, "members": t.members} for t in lines
        ]
        rows = [(t.name, t.head or "-", t.deputy or "-", t.members) for t in lines]
        output.say(table(("TEAM", "HEAD", "DEPUTY", "MEMBERS"), rows))


@app.command("add")
def team_add(
    context: typer.Context, name: Name, *, head: Head = None, deputy: Deputy = None, member: Members = None
) -> None:
    """Make a team."""
    options: Globals = context.obj
    with answered("team.add", options) as (output, ctx):
        nobody = teams.TeamWish(name=name, head=None, deputy=None, members=[])
        told(output, teams.add_team(ctx, wished(ctx, nobody, head, deputy, member)))


@app.command("edit")
def team_edit(
    context: typer.Context,
    name: Name,
    *,
    rename: Annotated[str, typer.Option(help="Another name.")] = "",
    head: Head = None,
    deputy: Deputy = None,
    member: Members = None,
) -> None:
    """Change what is given of a team, and nothing else."""
    options: Globals = context.obj
    with answered("team.edit", options) as (output, ctx):
        team = team_named(ctx, name)
        now = teams.wish_of(ctx, team)
        wish = wished(ctx, replace(now, name=rename or now.name), head, deputy, member)
        told(output, teams.change_team(ctx, team.id, wish))


@app.command("remove")
def team_remove(context: typer.Context, name: Name) -> None:
    """Remove a team; its people stay."""
    options: Globals = context.obj
    with answered("team.remove", options) as (output, ctx):
        team = team_named(ctx, name)
        teams.remove_team(ctx, team.id)
        told(output, team)


def wished(
    ctx: Ctx, wish: teams.TeamWish, head: str | None, deputy: str | None, members: list[str] | None
) -> teams.TeamWish:
    """Raises: NotFound that names the address nobody has."""
    if head is not None:
        wish = replace(wish, head=person_by(ctx, head).id if head else None)
    if deputy is not None:
        wish = replace(wish, deputy=person_by(ctx, deputy).id if deputy else None)
    if members is not None:
        wish = replace(wish, members=[person_by(ctx, address).id for address in members])
    return wish


def team_named(ctx: ReadCtx, name: str) -> Team:
    """Raises: NotFound that names the teams there are."""
    found = ctx.db.scalars(select(Team).order_by(Team.name)).all()
    for team in found:
        if team.name.casefold() == name.strip().casefold():
            return team
    raise NotFound(f"There is no team {name!r}. There are: {', '.join(team.name for team in found)}.")


def told(output: Output, team: Team) -> None:
    output.data["team"] = {"id": team.id, "name": team.name}
    output.say(f"{team.name}: done.")
