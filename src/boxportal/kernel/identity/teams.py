"""Teams: a flat list, each with a head, a deputy and members."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from boxportal.kernel.identity.models import Person, Team, TeamMember
from boxportal.kernel.identity.people import clean_name
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.database import one
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.people import active_people


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team as the list shows it."""

    id: int
    name: str
    head: str
    deputy: str
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamWish:
    """What a team shall be. Head and deputy belong to it even if they are not among the members."""

    name: str
    head: int | None
    deputy: int | None
    members: Sequence[int]


def list_teams(ctx: ReadCtx) -> list[TeamLine]:
    members = select(func.count()).where(TeamMember.team_id == Team.id).scalar_subquery()
    rows = ctx.db.execute(select(Team, members).order_by(Team.name)).all()
    leaders = {i for team, _number in rows for i in (team.head_id, team.deputy_id) if i}
    names = dict(ctx.db.execute(select(Person.id, Person.name).where(Person.id.in_(leaders))).all())
    return [
        TeamLine(team.id, team.name, names.get(team.head_id or 0, ""), names.get(team.deputy_id or 0, ""), number or 0)
        for team, number in rows
    ]


def team_of(ctx: ReadCtx, team_id: int) -> Team:
    """Raises: NotFound."""
    return one(ctx.db, select(Team).where(Team.id == team_id))


def team_choices(ctx: ReadCtx) -> list[tuple[int, str]]:
    return list(ctx.db.execute(select(Team.id, Team.name).order_by(Team.name)))


def people_choices(ctx: ReadCtx) -> list[tuple[int, str]]:
    """Everyone who works here, to choose from."""
    return list(ctx.db.execute(active_people()))


def wish_of(ctx: ReadCtx, team: Team) -> TeamWish:
    members = ctx.db.scalars(select(TeamMember.person_id).where(TeamMember.team_id == team.id)).all()
    return TeamWish(name=team.name, head=team.head_id, deputy=team.deputy_id, members=members)


def add_team(ctx: Ctx, wish: TeamWish) -> Team:
    """Raises: Invalid."""
    team = Team(name=checked(ctx, wish, but=None), head_id=wish.head, deputy_id=wish.deputy)
    ctx.db.add(team)
    ctx.db.flush()
    set_members(ctx, team, wish)
    audit(ctx, "core.team.add", team, after=shown(wish))
    return team


def change_team(ctx: Ctx, team_id: int, wish: TeamWish) -> Team:
    """Raises: NotFound, Invalid."""
    team = team_of(ctx, team_id)
    before = wish_of(ctx, team)
    team.name, team.head_id, team.deputy_id = checked(ctx, wish, but=team.id), wish.head, wish.deputy
    set_members(ctx, team, wish)
    audit(ctx, "core.team.edit", team, before=shown(before), after=shown(wish))
    return team


def remove_team(ctx: Ctx, team_id: int) -> None:
    """Raises: NotFound; RuleBroken for the last team, for new people need one."""
    team = team_of(ctx, team_id)
    if (ctx.db.scalar(select(func.count()).select_from(Team)) or 0) < 2:  # noqa: PLR2004 the last one
        raise RuleBroken(_("This is the only team. Make another one first."))
    audit(ctx, "core.team.remove", team, before=shown(wish_of(ctx, team)))
    ctx.db.delete(team)


def checked(ctx: ReadCtx, wish: TeamWish, *, but: int | None) -> str:
    """The team's name as it is kept.

    Raises: Invalid, for all fields at once.
    """
    wrong: dict[str, object] = {}
    name = clean_name(wish.name)
    if not name:
        wrong["name"] = _("Type a name of up to 200 letters.")
    twins = ctx.db.execute(select(Team.id, Team.name))
    if any(team_id != but and other.casefold() == name.casefold() for team_id, other in twins):
        wrong["name"] = _("There is a team of this name already.")
    here = {person_id for person_id, _name in people_choices(ctx)}
    for field, chosen in (("head", wish.head), ("deputy", wish.deputy)):
        if chosen is not None and chosen not in here:
            wrong[field] = _("Choose somebody who works here.")
    if wish.head is not None and wish.head == wish.deputy:
        wrong["deputy"] = _("Head and deputy are two people.")
    if set(wish.members) - set(ctx.db.scalars(select(Person.id).where(Person.id.in_(wish.members)))):
        wrong["members"] = _("One of these people is gone.")
    if wrong:
        raise Invalid(wrong)
    return name


def set_members(ctx: Ctx, team: Team, wish: TeamWish) -> None:
    members = {*wish.members, *(i for i in (wish.head, wish.deputy) if i is not None)}
    ctx.db.change(delete(TeamMember).where(TeamMember.team_id == team.id))
    ctx.db.add_all([TeamMember(team_id=team.id, person_id=person_id) for person_id in sorted(members)])


def shown(wish: TeamWish) -> dict[str, object]:
    return {"name": wish.name, "head": wish.head, "deputy": wish.deputy, "members": sorted(wish.members)}


def audit(ctx: Ctx, action: str, team: Team, **change: dict[str, object]) -> None:
    before, after = change.get("before", {}), change.get("after", {})
    ref = RecordRef("core.team", team.id)
    ctx.audit(AuditEntry(action=action, ref=ref, title=team.name, before=before, after=after))
