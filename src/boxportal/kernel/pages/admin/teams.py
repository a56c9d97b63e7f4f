"""Administration: teams."""

from typing import Annotated

from fastapi import Form
from fastapi.responses import Response
from pydantic import BaseModel

from boxportal.kernel.identity import teams
from boxportal.kernel.identity.models import Team
from boxportal.kernel.pages.admin.doors import AdminRead, AdminWrite, number_or_none
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import DomainError, Invalid, RuleBroken
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, see_other

router = Router(prefix="/admin/teams")
BACK = "/admin/teams"


class TeamForm(BaseModel):
    """What a team shall be."""

    name: str = ""
    head: str = ""
    deputy: str = ""
    members: list[int] = []

    def wish(self) -> teams.TeamWish:
        head, deputy = number_or_none(self.head), number_or_none(self.deputy)
        return teams.TeamWish(name=self.name, head=head, deputy=deputy, members=self.members)


@router.get("")
def team_list(ctx: AdminRead) -> Response:
    return page(ctx, "kernel/admin/teams.html", lines=teams.list_teams(ctx))


@router.get("/new")
def team_new(ctx: AdminRead) -> Response:
    return team_page(ctx, None, teams.TeamWish(name="", head=None, deputy=None, members=()))


@router.post("/new")
def team_add(ctx: AdminWrite, form: Annotated[TeamForm, Form()]) -> Response:
    try:
        teams.add_team(ctx, form.wish())
    except Invalid as error:
        return team_page(ctx, None, form.wish(), error)
    return see_other(ctx, BACK)


@router.get("/{team_id}")
def team_show(ctx: AdminRead, team_id: RecordId) -> Response:
    team = teams.team_of(ctx, team_id)
    return team_page(ctx, team, teams.wish_of(ctx, team))


@router.post("/{team_id}")
def team_change(ctx: AdminWrite, team_id: RecordId, form: Annotated[TeamForm, Form()]) -> Response:
    try:
        teams.change_team(ctx, team_id, form.wish())
    except Invalid as error:
        return team_page(ctx, teams.team_of(ctx, team_id), form.wish(), error)
    return see_other(ctx, BACK)


@router.post("/{team_id}/remove")
def team_remove(ctx: AdminWrite, team_id: RecordId) -> Response:
    try:
        teams.remove_team(ctx, team_id)
    except RuleBroken as error:
        team = teams.team_of(ctx, team_id)
        return team_page(ctx, team, teams.wish_of(ctx, team), error)
    return see_other(ctx, BACK)


def team_page(ctx: ReadCtx, team: Team | None, wish: teams.TeamWish, error: DomainError | None = None) -> Response:
    return page(
        ctx,
        "kernel/admin/team.html",
        status=error.status if error else 200,
        team=team,
        wish=wish,
        errors=errors_of(error) if error else {},
        people=teams.people_choices(ctx),
    )
