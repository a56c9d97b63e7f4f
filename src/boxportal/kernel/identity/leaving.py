"""Somebody leaves the company, or comes back."""

from sqlalchemy import delete, select, update

from boxportal.contracts.people import PersonLeft
from boxportal.kernel.identity import links, sessions
from boxportal.kernel.identity.models import ApiToken, Person, ResetRequest, Team
from boxportal.kernel.identity.people import audit, close_links, person_of, require_other_admin
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Invalid, RuleBroken
from boxportal.sdk.i18n import gettext as _


def let_go(ctx: Ctx, person_id: int, successor_id: int | None) -> Person:
    """Somebody works here no more: signed out everywhere at once, tokens dead, open work handed over.

    Raises: NotFound, Invalid (`successor`), RuleBroken for oneself and the last administrator.
    """
    person = person_of(ctx, person_id)
    if person.id == ctx.actor.id:
        raise RuleBroken(_("You can't take yourself out. Ask another administrator."))
    if person.state == "left":
        return person
    if person.is_admin:
        require_other_admin(ctx, person)
    successor = successor_of(ctx, person, successor_id) if successor_id else None
    person.state, person.left_at, person.password_hash = "left", ctx.now, None
    person.successor_id = successor.id if successor else None
    end_everything(ctx, person.id)
    hand_teams_over(ctx, person.id, successor.id if successor else None)
    after: dict[str, object] = {"successor": successor.name} if successor else {}
    audit(ctx, "core.person.leave", person, after=after)
    ctx.publish(PersonLeft(person=person.id, successor=successor.id if successor else None))
    return person


def hand_over(ctx: Ctx, person_id: int, successor_id: int | None) -> None:
    """Give what is still open of somebody who left to a successor.

    Raises: NotFound, Invalid (`successor`), RuleBroken when the person has not left.
    """
    person = person_of(ctx, person_id)
    if person.state != "left":
        raise RuleBroken(_("This person has not left."))
    successor = successor_of(ctx, person, successor_id)
    person.successor_id = successor.id
    audit(ctx, "core.person.hand-over", person, after={"successor": successor.name})
    ctx.publish(PersonLeft(person=person.id, successor=successor.id))


def successor_of(ctx: ReadCtx, person: Person, successor_id: int | None) -> Person:
    """Raises: Invalid (`successor`)."""
    successor = person_of_state(ctx, successor_id or 0, "active")
    if successor is None or successor.id == person.id:
        raise Invalid({"successor": _("Choose somebody who works here.")})
    return successor


def take_back(ctx: Ctx, person_id: int) -> tuple[Person, str]:
    """Somebody who left comes again: as invited, with a new link; roles and teams stay.

    Raises: NotFound, RuleBroken when the person has not left.
    """
    person = person_of(ctx, person_id)
    if person.state != "left":
        raise RuleBroken(_("This person has not left."))
    person.state, person.left_at, person.is_admin, person.successor_id = "invited", None, False, None
    audit(ctx, "core.person.return", person)
    return person, links.make_link(ctx.db, links.INVITE, person.id, ctx.now)


def person_of_state(ctx: ReadCtx, person_id: int, state: str) -> Person | None:
    return ctx.db.scalar(select(Person).where(Person.id == person_id, Person.state == state))


def end_everything(ctx: Ctx, person_id: int) -> None:
    """Sessions, tokens, links and requests of a person die at once."""
    sessions.end_sessions(ctx.db, person_id)
    ctx.db.change(delete(ApiToken).where(ApiToken.person_id == person_id))
    ctx.db.change(delete(ResetRequest).where(ResetRequest.person_id == person_id))
    close_links(ctx, person_id)


def hand_teams_over(ctx: Ctx, person_id: int, successor_id: int | None) -> None:
    """Who leads a team and leaves is followed by the successor, as head or as deputy."""
    ctx.db.change(update(Team).where(Team.head_id == person_id).values(head_id=successor_id))
    ctx.db.change(update(Team).where(Team.deputy_id == person_id).values(deputy_id=successor_id))
