"""How people come in: the first administrator by a one-time link, everyone else by an invitation."""

from zoneinfo import available_timezones

from sqlalchemy import select

from boxportal.contracts.people import FirstAdministrator
from boxportal.kernel.identity import links, sessions
from boxportal.kernel.identity.entering import Entry, enter
from boxportal.kernel.identity.models import OneTimeLink, Person, PersonRole, Role, Team, TeamMember
from boxportal.kernel.profile import change_profile
from boxportal.kernel.state import read_profile
from boxportal.sdk.context import AuditEntry, Ctx
from boxportal.sdk.database import WriteSession
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.events import RecordRef
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.mailaddr import address_key


def add_person(ctx: Ctx, *, email: str, name: str, password_hash: str | None, is_admin: bool, role: str) -> Person:
    """Add someone to the company with a built-in role, in the first team.

    Raises: Invalid when the address is taken.
    """
    address = address_key(email)
    if ctx.db.scalar(select(Person.id).where(Person.email == address)) is not None:
        raise Invalid({"email": _("Somebody has this e-mail address already.")})
    person = Person(
        email=address,
        name=name.strip(),
        state="active" if password_hash else "invited",
        is_admin=is_admin,
        password_hash=password_hash,
        language=ctx.company.language,
        timezone=ctx.company.timezone,
        created_at=ctx.now,
    )
    ctx.db.add(person)
    ctx.db.flush()
    give_place(ctx.db, person.id, role)
    ctx.audit(AuditEntry(action="core.person.add", ref=RecordRef("core.person", person.id), title=person.name))
    return person


def give_place(db: WriteSession, person_id: int, role: str) -> None:
    """Give a new person a built-in role, and a place in the company's first team."""
    role_id = db.scalar(select(Role.id).where(Role.key == role))
    if role_id is not None:
        db.add(PersonRole(person_id=person_id, role_id=role_id))
    team_id = db.scalar(select(Team.id).order_by(Team.id).limit(1))
    if team_id is not None:
        db.add(TeamMember(team_id=team_id, person_id=person_id))


def known_zone(name: str) -> str:
    """The IANA time zone of that name; empty when there is none."""
    return name if name in available_timezones() else ""


def accept_invitation(ctx: Ctx, link: OneTimeLink, *, name: str, password_hash: str, timezone: str = "") -> Entry:
    """Use an invitation up: the person has a password now, and is signed in.

    Without a name the one stays that they were invited by; a time zone that is none changes nothing.
    Returns the session that begins with it. Raises: RuleBroken when it was used meanwhile.
    """
    person = ctx.db.get(Person, link.person_id or 0)
    if person is None or person.state != "invited" or not links.use_link(ctx.db, link, ctx.now):
        raise RuleBroken(links.dead_text())
    person.name, person.password_hash, person.state = name or person.name, password_hash, "active"
    person.timezone = known_zone(timezone) or person.timezone
    ctx.actor = sessions.actor_of(person, {})
    ctx.audit(AuditEntry(action="core.person.arrive", ref=RecordRef("core.person", person.id), title=person.name))
    return enter(ctx, person)


def become_first_admin(
    ctx: Ctx, link: OneTimeLink, *, email: str, name: str, password_hash: str, timezone: str = ""
) -> Entry:
    """Use the administrator's link up: makes the account, or gives an existing person a new password and the right.

    The first one's time zone becomes the company's, where the machine that it was set up on had none but UTC.
    Returns the session that begins with it. Raises: RuleBroken when the link does not work (any more).
    """
    if not links.use_link(ctx.db, link, ctx.now):
        raise RuleBroken(_("This link was used before or has ended. Make another on the server: boxportal admin link"))
    links.close_links(ctx.db, links.ADMIN, None, ctx.now)
    address = address_key(email)
    is_first = not links.has_admin(ctx.db)
    person = ctx.db.scalar(select(Person).where(Person.email == address))
    if person is None:
        person = add_person(ctx, email=email, name=name, password_hash=password_hash, is_admin=True, role="head")
        person.timezone = known_zone(timezone) or person.timezone
    else:
        person.password_hash, person.is_admin, person.state, person.left_at = password_hash, True, "active", None
        sessions.end_sessions(ctx.db, person.id)
    ctx.actor = sessions.actor_of(person, {})
    if is_first:
        profile = read_profile(ctx.db)
        if profile.timezone == "UTC" and person.timezone != "UTC":
            change_profile(ctx, profile.model_copy(update={"timezone": person.timezone}))
        ctx.publish(FirstAdministrator(person=person.id))
    ctx.audit(AuditEntry(action="core.admin-link.use", ref=RecordRef("core.person", person.id), title=person.name))
    return enter(ctx, person)
