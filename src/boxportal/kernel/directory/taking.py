"""What an entry of the directory makes of a person: name, telephone, team, roles, and whether they are here at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from boxportal.kernel.directory.settings import DirectorySettings
from boxportal.kernel.directory.talk import Entry
from boxportal.kernel.identity import rules, sessions
from boxportal.kernel.identity.models import DirectoryPerson, Person, PersonRole, Team, TeamMember
from boxportal.kernel.identity.people import audit, clean_name, close_links, require_other_admin
from boxportal.sdk.context import Ctx
from boxportal.sdk.errors import RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.phones import parse_phone


@dataclass(frozen=True, slots=True)
class Groups:
    """Who is in the groups that count: of each the names (DN, lower case) of its members.

    None while they can't be told: then nobody's rights change.
    """

    settings: DirectorySettings
    members: Mapping[str, set[str]] | None

    def roles_of(self, entry: Entry) -> set[int]:
        members = self.members or {}
        return {role for group, role in self.settings.roles.items() if entry.dn.lower() in members.get(group, ())}

    def is_admin(self, entry: Entry) -> bool:
        return entry.dn.lower() in (self.members or {}).get(self.settings.admins, ())


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an entry: `person` is None when it was left alone, and `why` says why."""

    person: Person | None
    added: bool = False
    changed: bool = False
    why: str = ""


def groups_that_count(settings: DirectorySettings) -> list[str]:
    return [*settings.roles, *([settings.admins] if settings.admins else [])]


def take(ctx: Ctx, entry: Entry, groups: Groups, departments: Sequence[str]) -> Taken:
    """Bring a person into line with their entry, or make one.

    `departments` are the teams that the directory made: in one of them a person is only by the directory.
    """
    link = ctx.db.scalar(select(DirectoryPerson).where(DirectoryPerson.uid == entry.uid))
    if link is not None:
        person = ctx.db.get(Person, link.person_id)
        if person is None or (person.state == "left" and link.gone_at is None):
            return Taken(None, why=_("%(login)s was taken out here.", login=entry.login))
        link.login, link.dn, link.seen_at = entry.login, entry.dn, ctx.now
        came_back = link.gone_at is not None
        if came_back:
            link.gone_at, person.state, person.left_at = None, "active", None
        changed = settle(ctx, person, entry, groups, departments)
        return Taken(person, changed=changed or came_back)
    return take_new(ctx, entry, groups, departments)


def take_new(ctx: Ctx, entry: Entry, groups: Groups, departments: Sequence[str]) -> Taken:
    """Link an entry to the person of its mail address, or make a person."""
    if not entry.email:
        return Taken(None, why=_("%(login)s has no mail address.", login=entry.login))
    person = ctx.db.scalar(select(Person).where(Person.email == entry.email))
    if person is not None and (why := kept_apart(ctx, person, entry)):
        return Taken(None, why=why)
    if person is None and not groups.settings.adds:
        return Taken(None, why=_("%(login)s was not invited.", login=entry.login))
    added = person is None
    person = person or new_person(ctx, entry)
    person.password_hash = None
    if person.state == "invited":
        person.state = "active"
    ctx.db.add(DirectoryPerson(person_id=person.id, uid=entry.uid, login=entry.login, dn=entry.dn, seen_at=ctx.now))
    ctx.db.flush()
    close_links(ctx, person.id)
    settle(ctx, person, entry, groups, departments)
    audit(ctx, "core.directory.link", person, after={"login": entry.login, "dn": entry.dn})
    return Taken(person, added=added, changed=not added)


def kept_apart(ctx: Ctx, person: Person, entry: Entry) -> str:
    """Why a person who is here is not put under the directory; empty when they are.

    An administrator with a password of their own stays one: whoever can write the directory must not become them.
    """
    if person.is_admin:
        return _("%(login)s is an administrator here, with a password of their own.", login=entry.login)
    if person.state == "left":
        return _("%(login)s was taken out here.", login=entry.login)
    if ctx.db.get(DirectoryPerson, person.id) is not None:
        return _("%(login)s has the mail address of somebody else.", login=entry.login)
    return ""


def new_person(ctx: Ctx, entry: Entry) -> Person:
    person = Person(
        email=entry.email, name=clean_name(entry.name) or entry.login, state="active", is_admin=False,
        password_hash=None, language=ctx.company.language, timezone=ctx.company.timezone, phone="",
        created_at=ctx.now,
    )  # fmt: skip
    ctx.db.add(person)
    ctx.db.flush()
    return person


def settle(ctx: Ctx, person: Person, entry: Entry, groups: Groups, departments: Sequence[str]) -> bool:
    """Name, address, telephone, roles and team as the directory has them; says whether anything changed."""
    before = (person.name, person.email, person.phone)
    person.name = clean_name(entry.name) or person.name
    person.phone = parse_phone(entry.phone, ctx.company.country).e164 or person.phone
    twin = select(Person.id).where(Person.email == entry.email, Person.id != person.id)
    if entry.email and ctx.db.scalar(twin) is None:
        person.email = entry.email
    rights = settle_rights(ctx, person, entry, groups)
    moved = groups.settings.teams and settle_team(ctx, person, entry.department, departments)
    changed = before != (person.name, person.email, person.phone) or rights or moved
    if rights:
        sessions.end_sessions(ctx.db, person.id)
        rules.apply_rules(ctx, person_id=person.id)
    if changed:
        audit(ctx, "core.directory.change", person, after={"name": person.name, "department": entry.department})
    return changed


def settle_rights(ctx: Ctx, person: Person, entry: Entry, groups: Groups) -> bool:
    """The roles that groups give, and no others of them; roles that no group gives stay as they are."""
    if groups.members is None:
        return False
    given, wanted = set(groups.settings.roles.values()), groups.roles_of(entry)
    has = set(ctx.db.scalars(select(PersonRole.role_id).where(PersonRole.person_id == person.id)))
    too_many = (has & given) - wanted
    if too_many:
        mine = delete(PersonRole).where(PersonRole.person_id == person.id, PersonRole.role_id.in_(too_many))
        ctx.db.change(mine)
    ctx.db.add_all([PersonRole(person_id=person.id, role_id=role) for role in sorted(wanted - has)])
    before = person.is_admin
    if groups.settings.admins:
        person.is_admin = groups.is_admin(entry) or (before and is_last_admin(ctx, person))
    return bool(too_many or wanted - has) or person.is_admin is not before


def is_last_admin(ctx: Ctx, person: Person) -> bool:
    try:
        require_other_admin(ctx, person)
    except RuleBroken:
        return True
    return False


def settle_team(ctx: Ctx, person: Person, department: str, departments: Sequence[str]) -> bool:
    """Put a person into the team of their department, and out of the teams of others."""
    name = clean_name(department)
    team = team_named(ctx, name) if name else None
    others = select(Team.id).where(Team.name.in_(departments), Team.id != (team.id if team else 0))
    left = ctx.db.change(
        delete(TeamMember).where(TeamMember.person_id == person.id, TeamMember.team_id.in_(others.scalar_subquery()))
    )
    if team is None:
        return bool(left)
    if ctx.db.get(TeamMember, (team.id, person.id)) is None:
        ctx.db.add(TeamMember(team_id=team.id, person_id=person.id))
        return True
    return bool(left)


def team_named(ctx: Ctx, name: str) -> Team:
    team = ctx.db.scalar(select(Team).where(func.lower(Team.name) == name.lower()))
    if team is None:
        team = Team(name=name)
        ctx.db.add(team)
        ctx.db.flush()
    return team
