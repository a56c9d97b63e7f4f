"""`boxportal user`: the company's people."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated

import typer
from sqlalchemy import select

from boxportal.cli.acting import changing, opened, read_secret, reading
from boxportal.cli.output import Globals, Output, answering
from boxportal.cli.tables import table
from boxportal.kernel.identity import arrivals, leaving, people, resets, steps
from boxportal.kernel.identity.devices import name_of
from boxportal.kernel.identity.links import LIFE
from boxportal.kernel.identity.models import Person, Role, SignInSession, Team
from boxportal.kernel.identity.passwords import check_new_password, hash_password
from boxportal.kernel.identity.sessions import end_sessions
from boxportal.sdk.context import Ctx, ReadCtx
from boxportal.sdk.errors import Invalid, NotFound
from boxportal.sdk.mailaddr import address_key

app = typer.Typer(no_args_is_help=True, help="The company's people.")
Email = Annotated[str, typer.Argument(metavar="EMAIL")]
Roles = Annotated[list[str] | None, typer.Option("--role", help="A role's name; may be given several times.")]
Admin = Annotated[bool, typer.Option("--admin", help="Also an administrator.")]


@contextmanager
def answered(command: str, options: Globals) -> Iterator[tuple[Output, Ctx]]:
    """Run a command that changes people: a write transaction, undone on a dry run."""
    with answering(command, options) as output, changed(output, options) as ctx:
        yield output, ctx


@contextmanager
def changed(output: Output, options: Globals) -> Iterator[Ctx]:
    """The write transaction of such a command."""
    output.data["dry_run"] = options.dry_run
    with opened(options) as company, changing(company, dry_run=options.dry_run) as ctx:
        yield ctx
    if options.dry_run:
        output.say("Nothing was changed: this was a dry run.")


@app.command("list")
def user_list(
    context: typer.Context, *, state: Annotated[str, typer.Option(help="active, invited or left.")] = ""
) -> None:
    """Everyone, with roles and teams."""
    options: Globals = context.obj
    with answering("user.list", options) as output, opened(options) as company, reading(company) as ctx:
        if state and state not in people.STATES:
            raise Invalid({"--state": f"must be one of {', '.join(people.STATES)}"})
        lines = list(every_person(ctx, state))
        output.data["people"] = [
            {"id": p.id, "email": p.email, "name": p.name, "state": p.state, "admin": p.is_admin, "roles": p.roles,
             "teams": p.teams} for p in lines
        ]  # fmt: skip
        rows = [(p.email, p.name, p.state, "yes" if p.is_admin else "-", p.roles, p.teams) for p in lines]
        output.say(table(("E-MAIL", "NAME", "STATE", "ADMIN", "ROLES", "TEAMS"), rows) if rows else "Nobody yet.")


@app.command("add")
def user_add(
    context: typer.Context,
    email: Email,
    *,
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Roles = None,
    admin: Admin = False,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from a line.")] = False,
) -> None:
    """Add somebody who can sign in at once with a password."""
    options: Globals = context.obj
    with answering("user.add", options) as output:
        password = read_secret("password", from_stdin=password_stdin, no_input=options.no_input)
        check_new_password(password, email, name)
        hashed = hash_password(password)  # slow by design: before the transaction
        with changed(output, options) as ctx:
            wish = wish_of(ctx, email, name, role, admin=admin)
            address, clean = people.checked(ctx, wish, but=None)
            person = arrivals.add_person(ctx, email=address, name=clean, password_hash=hashed, is_admin=admin, role="")
            people.set_places(ctx, person, wish)
            told(output, person, f"{person.name} can sign in as {person.email}.")


@app.command("invite")
def user_invite(
    context: typer.Context,
    email: Email,
    *,
    name: Annotated[str, typer.Option(help="The person's name; not needed to invite them again.")] = "",
    role: Roles = None,
    admin: Admin = False,
) -> None:
    """Make the link by which somebody chooses a password; given again, the old link stops working."""
    options: Globals = context.obj
    with answered("user.invite", options) as (output, ctx):
        known = ctx.db.scalar(select(Person).where(Person.email == address_key(email)))
        if known is not None:
            person, secret = people.invite_again(ctx, known.id)
        else:
            person, secret = people.invite(ctx, wish_of(ctx, email, name, role, admin=admin))
        give_link(output, person, f"{ctx.company.address}/invite#t={secret}")


@app.command("disable")
def user_disable(
    context: typer.Context,
    email: Email,
    *,
    successor: Annotated[str, typer.Option(help="E-mail of who takes the open work over.")] = "",
) -> None:
    """Let somebody go: signed out everywhere at once, keys dead, open work handed over."""
    options: Globals = context.obj
    with answered("user.disable", options) as (output, ctx):
        follower = person_by(ctx, successor).id if successor else None
        person = leaving.let_go(ctx, person_by(ctx, email).id, follower)
        told(output, person, f"{person.name} works here no more.")


@app.command("hand-over")
def user_hand_over(
    context: typer.Context, email: Email, successor: Annotated[str, typer.Argument(metavar="SUCCESSOR")]
) -> None:
    """Give what is still open of somebody who has left to a successor."""
    options: Globals = context.obj
    with answered("user.hand-over", options) as (output, ctx):
        person = person_by(ctx, email)
        leaving.hand_over(ctx, person.id, person_by(ctx, successor).id)
        told(output, person, f"The open work of {person.name} went over.")


@app.command("edit")
def user_edit(
    context: typer.Context,
    email: Email,
    *,
    name: Annotated[str, typer.Option(help="Another name.")] = "",
    new_email: Annotated[str, typer.Option("--email", help="Another address.")] = "",
) -> None:
    """Change somebody's name or address. Roles: user role; teams: team edit."""
    options: Globals = context.obj
    with answered("user.edit", options) as (output, ctx):
        person = person_by(ctx, email)
        now = people.wish_of(ctx, person)
        wish = replace(now, name=name or now.name, email=new_email or now.email)
        told(output, people.change_person(ctx, person.id, wish), f"{person.name}, {person.email}")


@app.command("enable")
def user_enable(context: typer.Context, email: Email) -> None:
    """Take somebody back who had left: makes a new invitation."""
    options: Globals = context.obj
    with answered("user.enable", options) as (output, ctx):
        person, secret = leaving.take_back(ctx, person_by(ctx, email).id)
        give_link(output, person, f"{ctx.company.address}/invite#t={secret}")


@app.command("role")
def user_role(
    context: typer.Context,
    email: Email,
    roles: Annotated[list[str] | None, typer.Argument(metavar="[ROLE…]", help="All roles from now on.")] = None,
    *,
    admin: Annotated[bool | None, typer.Option("--admin/--no-admin", help="An administrator or not.")] = None,
) -> None:
    """Say what roles somebody has; without a role, show them."""
    options: Globals = context.obj
    with answered("user.role", options) as (output, ctx):
        person = person_by(ctx, email)
        now = people.wish_of(ctx, person)
        if roles or admin is not None:
            wish = people.PersonWish(
                email=person.email,
                name=person.name,
                is_admin=person.is_admin if admin is None else admin,
                roles=[role_id(ctx, role) for role in roles] if roles else now.roles,
                teams=now.teams,
            )
            people.change_person(ctx, person.id, wish)
        names = people.names_of_roles(ctx.db, [person]).get(person.id, "-")
        output.data |= {"roles": names, "admin": person.is_admin}
        told(output, person, f"{person.name}: {names}{', administrator' if person.is_admin else ''}")


@app.command("reset-password")
def user_reset_password(context: typer.Context, email: Email) -> None:
    """Make the link by which somebody chooses a new password."""
    options: Globals = context.obj
    with answered("user.reset-password", options) as (output, ctx):
        person, link = resets.answer_with_link(ctx, person_by(ctx, email).id)
        give_link(output, person, link, minutes=int(resets.LIFE.total_seconds() // 60))


@app.command("reset-two-steps")
def user_reset_two_steps(context: typer.Context, email: Email) -> None:
    """Let somebody who lost the phone sign in by password alone; they are told."""
    options: Globals = context.obj
    with answered("user.reset-two-steps", options) as (output, ctx):
        person = steps.reset(ctx, person_by(ctx, email).id)
        told(output, person, f"{person.name} signs in without a second step until they set one up again.")


@app.command("sessions")
def user_sessions(
    context: typer.Context,
    email: Email,
    *,
    end: Annotated[bool, typer.Option("--end", help="Sign the person out everywhere.")] = False,
) -> None:
    """Where somebody is signed in."""
    options: Globals = context.obj
    with answered("user.sessions", options) as (output, ctx):
        person = person_by(ctx, email)
        found = sessions_of(ctx, person)
        output.data["sessions"] = [
            {"id": s.id, "device": name_of(s.agent), "address": s.address, "since": s.created_at.isoformat(),
             "seen": s.seen_at.isoformat()} for s in found
        ]  # fmt: skip
        rows = [(name_of(s.agent) or "unknown", s.address, f"{s.created_at:%Y-%m-%d %H:%M}",
                 f"{s.seen_at:%Y-%m-%d %H:%M}") for s in found]  # fmt: skip
        told(output, person, table(("DEVICE", "ADDRESS", "SINCE (UTC)", "SEEN (UTC)"), rows) if rows else "Nowhere.")
        if end and found:
            end_sessions(ctx.db, person.id)
            people.audit(ctx, "core.session.end-all", person)
            output.say(f"{person.name} is signed out everywhere.")


def every_person(ctx: ReadCtx, state: str) -> Iterator[people.PersonLine]:
    """All people, page by page."""
    after: tuple[str, int] | None = None
    more = True
    while more:
        lines, more = people.list_people(ctx, state=state, search="", after=after)
        yield from lines
        after = (lines[-1].name, lines[-1].id) if lines else None


def sessions_of(ctx: ReadCtx, person: Person) -> list[SignInSession]:
    mine = select(SignInSession).where(
        SignInSession.person_id == person.id,
        SignInSession.expires_at > ctx.now,
        SignInSession.idle_expires_at > ctx.now,
    )
    return list(ctx.db.scalars(mine.order_by(SignInSession.seen_at.desc())))


def wish_of(ctx: ReadCtx, email: str, name: str, roles: list[str] | None, *, admin: bool) -> people.PersonWish:
    """A new person's wish: the roles given, else the usual one, in the company's first team."""
    first = ctx.db.scalar(select(Team.id).order_by(Team.id).limit(1))
    chosen = [role_id(ctx, role) for role in roles or ["employee"]]
    return people.PersonWish(
        email=email, name=name, is_admin=admin, roles=chosen, teams=[first] if first is not None else []
    )


def role_id(ctx: ReadCtx, name: str) -> int:
    """The role of this key or title.

    Raises: NotFound that names the roles there are.
    """
    roles = ctx.db.scalars(select(Role)).all()
    for role in roles:
        if name.casefold() in (role.key, role.title.casefold()):
            return role.id
    known = ", ".join(sorted(role.title for role in roles))
    raise NotFound(f"There is no role {name!r}. There are: {known}.")


def person_by(ctx: ReadCtx, email: str) -> Person:
    """Raises: NotFound."""
    person = ctx.db.scalar(select(Person).where(Person.email == address_key(email)))
    if person is None:
        raise NotFound(f"Nobody here has the address {email}.")
    return person


def give_link(output: Output, person: Person, link: str, *, minutes: int = 0) -> None:
    """Show a link, but not on a dry run, whose links never work."""
    if output.data["dry_run"]:
        told(output, person, f"{person.name} would get a link.")
        return
    output.data["link"] = link
    life = f"{minutes} minutes" if minutes else f"{LIFE['invite'].days} days"
    told(output, person, f"Give this to {person.name}; it works once, for {life}:\n  {link}")


def told(output: Output, person: Person, text: str) -> None:
    output.data["person"] = {"id": person.id, "email": person.email, "name": person.name, "state": person.state}
    output.say(text)
