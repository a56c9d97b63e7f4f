"""`boxportal directory`: people and their passwords from LDAP or Active Directory."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from boxportal.cli.acting import changing, opened, read_secret, reading
from boxportal.cli.output import Globals, Output, answering
from boxportal.cli.tables import table
from boxportal.cli.user import answered
from boxportal.kernel.companies import Company
from boxportal.kernel.directory import settings as directory
from boxportal.kernel.directory import sync
from boxportal.kernel.directory.settings import DirectorySettings, DirectoryState
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import Invalid, NotReached, RuleBroken

app = typer.Typer(no_args_is_help=True, help="People and their passwords from LDAP or Active Directory.")


@app.command("show")
def directory_show(context: typer.Context) -> None:
    """The directory, who gets which role by it, and what the last look brought."""
    options: Globals = context.obj
    with answering("directory.show", options) as output, opened(options) as company, reading(company) as ctx:
        tell(output, ctx)


@app.command("set")
def directory_set(
    context: typer.Context,
    host: Annotated[str, typer.Argument(metavar="HOST", help="The directory's name: it stands in its certificate.")],
    base: Annotated[str, typer.Argument(metavar="BASE", help="Where people are looked for: DC=example,DC=org.")],
    *,
    kind: Annotated[str, typer.Option(help="ad for Active Directory, ldap for others.")] = "ad",
    security: Annotated[str, typer.Option(help="tls or starttls.")] = "tls",
    port: Annotated[int | None, typer.Option(help="Else the usual one: 636 or 389.")] = None,
    user: Annotated[str, typer.Option(help="The account that looks people up, by its full name or address.")] = "",
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read its password from a line.")] = False,
    ca: Annotated[Path | None, typer.Option(help="A file with the certificate of who signed the directory's.")] = None,
    filter_: Annotated[str, typer.Option("--filter", help="Who counts, instead of every person (RFC 4515).")] = "",
    role: Annotated[list[str] | None, typer.Option(help="GROUP=ROLE: the group's full name and a role.")] = None,
    admins: Annotated[str, typer.Option(help="The group whose members administer the portal.")] = "",
    adds: Annotated[bool, typer.Option("--adds/--no-adds", help="Whoever is found becomes a person.")] = True,
    teams: Annotated[bool, typer.Option("--teams/--no-teams", help="Departments become teams.")] = True,
    on: Annotated[bool, typer.Option("--on/--off", help="People sign in with it.")] = True,
) -> None:
    """Set the directory. A password is kept sealed; without one given, the one that is there stays."""
    options: Globals = context.obj
    with answered("directory.set", options) as (output, ctx):
        password = read_secret("password", from_stdin=True, no_input=True) if password_stdin else ""
        usual = directory.PORTS.get(security, 0)
        wish = directory.DirectoryWish(
            on=on, kind=kind, host=host, port=str(usual if port is None else port), security=security,
            ca=read_certificate(ca), user=user, password=password, base=base, filter=filter_,
            roles="\n".join(role or []), admins=admins, adds=adds, teams=teams,
        )  # fmt: skip
        directory.set_directory(ctx, wish)
        ctx.db.flush()
        tell(output, ctx)
        output.say("Try it: boxportal directory test")


@app.command("off")
def directory_off(context: typer.Context) -> None:
    """Let nobody sign in with the directory any more; its settings stay."""
    options: Globals = context.obj
    with answered("directory.off", options) as (output, ctx):
        directory.switch_off(ctx)
        output.say("Nobody signs in with the directory.")


@app.command("test")
def directory_test(context: typer.Context) -> None:
    """Ask the directory, change nothing, and say whom it knows."""
    options: Globals = context.obj
    with answering("directory.test", options) as output, opened(options) as company:
        found = looked(company, sync.SHOWN)
        output.data["people"] = [{"login": e.login, "name": e.name, "email": e.email} for e in found.entries]
        rows = [(e.login, e.name, e.email, e.department) for e in found.entries]
        output.say(table(("LOGIN", "NAME", "E-MAIL", "DEPARTMENT"), rows) if rows else "The directory knows nobody.")


@app.command("sync")
def directory_sync(
    context: typer.Context,
    *,
    all_may_go: Annotated[bool, typer.Option("--all-may-go", help="Also when many people are gone at once.")] = False,
) -> None:
    """Bring people into line with the directory now: new ones come, those who are gone leave."""
    options: Globals = context.obj
    with answering("directory.sync", options) as output, opened(options) as company:
        try:
            found = looked(company)
        except RuleBroken as error:
            with changing(company, dry_run=options.dry_run) as ctx:
                sync.keep_failure(ctx, str(error))
            raise
        output.data["found"] = len(found.entries)
        if options.dry_run:
            output.say(f"The directory knows {len(found.entries)} people. Nothing was changed: this was a dry run.")
            return
        state = sync.synchronise(found, partial(changing, company, dry_run=False), all_may_go=all_may_go)
        output.data |= {"added": state.added, "changed": state.changed, "gone": state.gone, "left": state.left_alone}
        output.say(f"Found {state.found}, added {state.added}, changed {state.changed}, gone {state.gone}.")
        for why in state.left_alone:
            output.say(f"  Left alone: {why}")


def looked(company: Company, most: int | None = None) -> sync.Found:
    """Raises: RuleBroken when the directory can't be asked."""
    with reading(company) as ctx:
        by = sync.access_to(ctx)
    try:
        return sync.look(by, most)
    except NotReached as error:
        raise RuleBroken(str(error)) from error


def read_certificate(path: Path | None) -> str:
    """Raises: Invalid."""
    if path is None:
        return ""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise Invalid({"--ca": f"{path} can't be read"}) from error


def tell(output: Output, ctx: ReadCtx) -> None:
    settings, state = ctx.settings(DirectorySettings), ctx.settings(DirectoryState)
    roles = directory.written_roles(ctx, settings.roles)
    output.data |= {
        "on": settings.on and settings.is_set, "kind": settings.kind, "host": settings.host, "port": settings.port,
        "security": settings.security, "user": settings.user, "password": bool(settings.password),
        "base": settings.base, "filter": settings.filter, "roles": roles.splitlines(), "admins": settings.admins,
        "adds": settings.adds, "teams": settings.teams, "people": sync.count_linked(ctx),
        "last": {"at": state.at.isoformat() if state.at else None, "error": state.error, "found": state.found},
    }  # fmt: skip
    if not settings.is_set:
        output.say("No directory is set: boxportal directory set HOST BASE")
        return
    said = "on" if settings.on else "off"
    output.say(f"{settings.host}:{settings.port} ({settings.kind}, {settings.security}), sign-in {said}")
    output.say(f"People from it: {output.data['people']}")
    for line in roles.splitlines():
        output.say(f"  {line}")
    if state.at:
        output.say(f"Last look: {state.at:%Y-%m-%d %H:%M} UTC, {state.error or f'{state.found} found'}")
