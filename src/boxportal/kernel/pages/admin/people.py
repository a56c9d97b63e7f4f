"""Administration: people."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel

from boxportal.kernel.identity import leaving, links, people, roles, steps, teams
from boxportal.kernel.identity.models import Person
from boxportal.kernel.identity.standing import has_steps
from boxportal.kernel.pages.admin.doors import AdminFresh, AdminRead, AdminWrite, number_or_none
from boxportal.kernel.pages.sign_in import errors_of
from boxportal.kernel.running import company_of
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import DomainError, Invalid, RuleBroken
from boxportal.sdk.i18n import gettext as _
from boxportal.sdk.i18n import use_locale
from boxportal.sdk.routing import Router
from boxportal.sdk.web import RecordId, page, require_fresh, see_other, shown_once

router = Router(prefix="/admin")
BACK = "/admin/people"
MOST_CURSOR = 250


class PersonForm(BaseModel):
    """What an administrator says of a person. What else is sent is not looked at."""

    email: str = ""
    name: str = ""
    is_admin: bool = False
    roles: list[int] = []
    teams: list[int] = []

    def wish(self) -> people.PersonWish:
        return people.PersonWish(
            email=self.email, name=self.name, is_admin=self.is_admin, roles=self.roles, teams=self.teams
        )


@router.get("")
def admin(_ctx: AdminRead) -> Response:
    return RedirectResponse(BACK, status_code=303)


@router.get("/people")
def people_list(ctx: AdminRead, state: str = "", q: str = "", after: str = "") -> Response:
    number, _colon, name = after[:MOST_CURSOR].partition(":")
    last = number_or_none(number)
    lines, more = people.list_people(ctx, state=state, search=q.strip(), after=(name, last) if last else None)
    following = ""
    if more:
        last_line = lines[-1]
        following = f"{BACK}?{urlencode({'state': state, 'q': q, 'after': f'{last_line.id}:{last_line.name}'})}"
    counts = people.count_states(ctx)
    return page(ctx, "kernel/admin/people.html", lines=lines, following=following, state=state, q=q, counts=counts)


@router.get("/people/new")
def person_new(ctx: AdminRead) -> Response:
    standard = [line.id for line in roles.list_roles(ctx)[:1]]
    first = [team_id for team_id, _name in teams.team_choices(ctx)[:1]]
    wish = people.PersonWish(email="", name="", is_admin=False, roles=standard, teams=first)
    return person_page(ctx, None, wish)


@router.post("/people/new")
def person_invite(ctx: AdminWrite, form: Annotated[PersonForm, Form()]) -> Response:
    if form.is_admin:
        require_fresh(ctx)
    try:
        person, secret = people.invite(ctx, form.wish())
    except Invalid as error:
        return person_page(ctx, None, form.wish(), error)
    return link_page(ctx, person, secret)


@router.get("/people/{person_id}")
def person_show(ctx: AdminRead, person_id: RecordId) -> Response:
    person = people.person_of(ctx, person_id)
    return person_page(ctx, person, people.wish_of(ctx, person))


@router.post("/people/{person_id}")
def person_change(ctx: AdminWrite, person_id: RecordId, form: Annotated[PersonForm, Form()]) -> Response:
    known = people.person_of(ctx, person_id)
    if form.is_admin != known.is_admin or (known.is_admin and form.email.strip().casefold() != known.email):
        require_fresh(ctx)  # who reads an administrator's mail, or is one, can do anything
    try:
        people.change_person(ctx, person_id, form.wish())
    except (Invalid, RuleBroken) as error:
        return person_page(ctx, people.person_of(ctx, person_id), form.wish(), error)
    wake_screens(ctx, person_id)
    return see_other(ctx, BACK)


@router.post("/people/{person_id}/invite")
def person_invite_again(ctx: AdminWrite, person_id: RecordId) -> Response:
    if people.person_of(ctx, person_id).is_admin:
        require_fresh(ctx)
    person, secret = people.invite_again(ctx, person_id)
    return link_page(ctx, person, secret)


@router.post("/people/{person_id}/leave")
def person_leave(ctx: AdminWrite, person_id: RecordId, successor: Annotated[str, Form()] = "") -> Response:
    try:
        leaving.let_go(ctx, person_id, number_or_none(successor))
    except (Invalid, RuleBroken) as error:
        person = people.person_of(ctx, person_id)
        return person_page(ctx, person, people.wish_of(ctx, person), error)
    wake_screens(ctx, person_id)
    return see_other(ctx, BACK)


@router.post("/people/{person_id}/two-steps")
def person_reset_two_steps(ctx: AdminFresh, person_id: RecordId) -> Response:
    try:
        steps.reset(ctx, person_id)
    except RuleBroken as error:
        person = people.person_of(ctx, person_id)
        return person_page(ctx, person, people.wish_of(ctx, person), error)
    wake_screens(ctx, person_id)
    return see_other(ctx, f"{BACK}/{person_id}")


@router.post("/people/{person_id}/hand-over")
def person_hand_over(ctx: AdminWrite, person_id: int, successor: Annotated[str, Form()] = "") -> Response:
    try:
        leaving.hand_over(ctx, person_id, number_or_none(successor))
    except Invalid as error:
        person = people.person_of(ctx, person_id)
        return person_page(ctx, person, people.wish_of(ctx, person), error)
    return see_other(ctx, BACK)


@router.post("/people/{person_id}/return")
def person_return(ctx: AdminWrite, person_id: RecordId) -> Response:
    person, secret = leaving.take_back(ctx, person_id)
    return link_page(ctx, person, secret)


def wake_screens(ctx: Ctx, person_id: int) -> None:
    """Open screens look at their session when something is new; one that has ended closes at once."""
    broker = company_of(ctx).broker
    ctx.after_commit.append(lambda: broker.publish(f"inbox:{person_id}", {"topic": "inbox"}))


def person_page(
    ctx: ReadCtx, person: Person | None, wish: people.PersonWish, error: DomainError | None = None
) -> Response:
    return page(
        ctx,
        "kernel/admin/person.html",
        status=error.status if error else 200,
        person=person,
        wish=wish,
        errors=errors_of(error) if error else {},
        has_steps=person is not None and has_steps(ctx, person.id),
        roles=roles.role_choices(ctx),
        teams=teams.team_choices(ctx),
        people=teams.people_choices(ctx),
    )


def link_page(ctx: Ctx, person: Person, secret: str) -> Response:
    """Show the invitation's link, once, to be handed over; and mail it where a mail server is set."""
    link = f"{ctx.company.address}/invite#t={secret}"
    if ctx.can_mail:
        with use_locale(person.language):
            subject = _("You are invited to %(company)s", company=ctx.company.title)
            text = _(
                "Hello %(name)s,\n\n%(by)s invites you to the portal of %(company)s. Open this link, once, within "
                "%(days)s days, and choose a password:\n\n%(link)s\n",
                name=person.name,
                by=ctx.actor.name,
                company=ctx.company.title,
                days=links.LIFE[links.INVITE].days,
                link=link,
            )
        ctx.mail(person.email, subject, text)
    days = links.LIFE[links.INVITE].days
    return shown_once(ctx, "kernel/admin/invited.html", BACK, person=person, link=link, days=days, mailed=ctx.can_mail)
