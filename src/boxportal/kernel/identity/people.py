"""The company's people: listing, inviting and changing them. For administrators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, or_, select, tuple_, update

from boxportal.kernel.identity import links, rules, sessions
from boxportal.kernel.identity.models import OneTimeLink, Person, PersonRole, Role, Team, TeamMember
from boxportal.sdk.context import AuditEntry, Ctx, ReadCtx
from boxportal.sdk.database import ReadSession, one
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.mailaddr import address_key
from boxportal.sdk.names import clean_line

PAGE = 50
STATES = ("active", "invited", "left")
MOST_NAME, MOST_SEARCH = 200, 100


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person as the list shows them."""

    id: int
    name: str
    email: str
    state: str
    is_admin: bool
    picture: str
    roles: str
    teams: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWish:
    """What an administrator says of a person."""

    email: str
    name: str
    is_admin: bool
    roles: Sequence[int]
    teams: Sequence[int]


def list_people(
    ctx: ReadCtx, *, state: str, search: str, after: tuple[str, int] | None
) -> tuple[list[PersonLine], bool]:
    """A page of people by name, with whether there are more. `after` is name and id of the last one seen."""
    found = select(Person)
    if state in STATES:
        found = found.where(Person.state == state)
    if search:
        like = f"%{escaped(search[:MOST_SEARCH])}%"
        found = found.where(or_(Person.name.ilike(like, escape="\\"), Person.email.ilike(like, escape="\\")))
    if after is not None:
        found = found.where(tuple_(Person.name, Person.id) > tuple_(*after))
    rows = ctx.db.scalars(found.order_by(Person.name, Person.id).limit(PAGE + 1)).all()
    shown = list(rows[:PAGE])
    roles, teams = names_of_roles(ctx.db, shown), names_of_teams(ctx.db, shown)
    return [line_of(person, roles, teams) for person in shown], len(rows) > PAGE


def line_of(person: Person, roles: Mapping[int, str], teams: Mapping[int, str]) -> PersonLine:
    return PersonLine(
        id=person.id,
        name=person.name,
        email=person.email,
        state=person.state,
        is_admin=person.is_admin,
        picture=sessions.picture_url(person.picture),
        roles=roles.get(person.id, ""),
        teams=teams.get(person.id, ""),
    )


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def names_of_roles(db: ReadSession, people: Sequence[Person]) -> dict[int, str]:
    rows = db.execute(
        select(PersonRole.person_id, Role.title)
        .join(Role, Role.id == PersonRole.role_id)
        .where(PersonRole.person_id.in_([p.id for p in people]))
        .order_by(Role.title)
    )
    return joined([(person_id, _(title)) for person_id, title in rows])


def names_of_teams(db: ReadSession, people: Sequence[Person]) -> dict[int, str]:
    rows = db.execute(
        select(TeamMember.person_id, Team.name)
        .join(Team, Team.id == TeamMember.team_id)
        .where(TeamMember.person_id.in_([p.id for p in people]))
        .order_by(Team.name)
    )
    return joined([(person_id, name) for person_id, name in rows])


def joined(rows: Sequence[tuple[int, str]]) -> dict[int, str]:
    names: dict[int, list[str]] = {}
    for person_id, name in rows:
        names.setdefault(person_id, []).append(name)
    return {person_id: ", ".join(of_one) for person_id, of_one in names.items()}


def count_states(ctx: ReadCtx) -> dict[str, int]:
    rows = ctx.db.execute(select(Person.state, func.count()).group_by(Person.state)).all()
    return dict(rows)


def person_of(ctx: ReadCtx, person_id: int) -> Person:
    """Raises: NotFound."""
    return one(ctx.db, select(Person).where(Person.id == person_id))


def wish_of(ctx: ReadCtx, person: Person) -> PersonWish:
    """What holds for a person now, to fill the form with."""
    roles = ctx.db.scalars(select(PersonRole.role_id).where(PersonRole.person_id == person.id)).all()
    teams = ctx.db.scalars(select(TeamMember.team_id).where(TeamMember.person_id == person.id)).all()
    return PersonWish(email=person.email, name=person.name, is_admin=person.is_admin, roles=roles, teams=teams)


def invite(ctx: Ctx, wish: PersonWish) -> tuple[Person, str]:
    """Add a person who can't sign in yet; returns them and the secret of the link that lets them set a password.

    Raises: Invalid.
    """
    address, name = checked(ctx, wish, but=None)
    person = Person(
        email=address,
        name=name,
        state="invited",
        is_admin=wish.is_admin,
        password_hash=None,
        language=ctx.company.language,
        timezone=ctx.company.timezone,
        phone="",
        created_at=ctx.now,
    )
    ctx.db.add(person)
    ctx.db.flush()
    set_places(ctx, person, wish)
    audit(ctx, "core.person.invite", person, after=shown(wish))
    return person, links.make_link(ctx.db, links.INVITE, person.id, ctx.now)


def invite_again(ctx: Ctx, person_id: int) -> tuple[Person, str]:
    """Make a new invitation link; the old one stops working.

    Raises: NotFound, RuleBroken when the person is here already or has left.
    """
    person = person_of(ctx, person_id)
    if person.state != "invited":
        raise RuleBroken(_("Only somebody who was invited and has not come yet can be invited again."))
    audit(ctx, "core.person.invite", person)
    return person, links.make_link(ctx.db, links.INVITE, person.id, ctx.now)


def change_person(ctx: Ctx, person_id: int, wish: PersonWish) -> Person:
    """Change address, name, rights and places. A change of rights signs the person out everywhere.

    Raises: NotFound, Invalid, RuleBroken when the last administrator would be none.
    """
    person = person_of(ctx, person_id)
    before = wish_of(ctx, person)
    address, name = checked(ctx, wish, but=person.id)
    if person.is_admin and not wish.is_admin:
        require_other_admin(ctx, person)
    if address != person.email:
        close_links(ctx, person.id)
    person.email, person.name, person.is_admin = address, name, wish.is_admin
    set_places(ctx, person, wish)
    if before.is_admin != wish.is_admin or set(before.roles) != set(wish.roles):
        mine = ctx.origin.session_id if person.id == ctx.actor.id else None
        sessions.end_sessions(ctx.db, person.id, but=mine)
        rules.apply_rules(ctx, person_id=person.id)
    audit(ctx, "core.person.edit", person, before=shown(before), after=shown(wish))
    return person


def checked(ctx: ReadCtx, wish: PersonWish, *, but: int | None) -> tuple[str, str]:
    """The address and the name as they are kept.

    Raises: Invalid, for all fields at once.
    """
    wrong: dict[str, object] = {}
    address, name = address_key(wish.email), clean_name(wish.name)
    if not address:
        wrong["email"] = _("This is not an e-mail address.")
    else:
        twin = ctx.db.scalar(select(Person).where(Person.email == address))
        if twin is not None and twin.id != but:
            wrong["email"] = _("Somebody has this e-mail address already.")
    if not name:
        wrong["name"] = _("Type a name of up to 200 letters.")
    if set(wish.roles) - set(ctx.db.scalars(select(Role.id).where(Role.id.in_(wish.roles)))):
        wrong["roles"] = _("One of these roles is gone.")
    if set(wish.teams) - set(ctx.db.scalars(select(Team.id).where(Team.id.in_(wish.teams)))):
        wrong["teams"] = _("One of these teams is gone.")
    if wrong:
        raise Invalid(wrong)
    return address, name


def clean_name(name: str) -> str:
    """A name with single blanks and no hidden marks; empty when it can't be one."""
    line = clean_line(name[: 4 * MOST_NAME])
    return line if len(line) <= MOST_NAME else ""


def set_places(ctx: Ctx, person: Person, wish: PersonWish) -> None:
    """Put roles and teams as wished; someone who leaves a team leads it no more."""
    ctx.db.change(delete(PersonRole).where(PersonRole.person_id == person.id))
    ctx.db.change(delete(TeamMember).where(TeamMember.person_id == person.id))
    ctx.db.add_all([PersonRole(person_id=person.id, role_id=role) for role in sorted(set(wish.roles))])
    ctx.db.add_all([TeamMember(team_id=team, person_id=person.id) for team in sorted(set(wish.teams))])
    ctx.db.flush()


def require_other_admin(ctx: ReadCtx, person: Person) -> None:
    """Raises: RuleBroken when the person is the only administrator who can sign in."""
    others = select(func.count()).select_from(Person)
    if not ctx.db.scalar(others.where(Person.is_admin, Person.state == "active", Person.id != person.id)):
        raise RuleBroken(_("This is the only administrator. Make somebody else one first."))


def close_links(ctx: Ctx, person_id: int) -> None:
    mine = update(OneTimeLink).where(OneTimeLink.person_id == person_id, OneTimeLink.used_at.is_(None))
    ctx.db.change(mine.values(used_at=ctx.now))


def shown(wish: PersonWish) -> dict[str, object]:
    return {"email": wish.email, "name": wish.name, "admin": wish.is_admin, "roles": sorted(wish.roles),
            "teams": sorted(wish.teams)}  # fmt: skip


def audit(ctx: Ctx, action: str, person: Person, **change: dict[str, object]) -> None:
    """One line of the audit log about a person, with `before` and `after` where something changed."""
    ref = RecordRef("core.person", person.id)
    before, after = change.get("before", {}), change.get("after", {})
    ctx.audit(AuditEntry(action=action, ref=ref, title=person.name, before=before, after=after))
