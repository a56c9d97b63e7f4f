"""`boxportal sso`: sign-in by another service of the company (OpenID Connect)."""

from typing import Annotated

import typer

from boxportal.cli.acting import opened, read_secret, reading
from boxportal.cli.output import Globals, Output, answering
from boxportal.cli.user import answered
from boxportal.kernel.running import company_of
from boxportal.kernel.sso import provider
from boxportal.kernel.sso import settings as sso
from boxportal.kernel.sso.arriving import access_to
from boxportal.kernel.sso.settings import SsoSettings
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import NotReached, RuleBroken

app = typer.Typer(no_args_is_help=True, help="Sign-in by another service of the company (OpenID Connect).")


@app.command("show")
def sso_show(context: typer.Context) -> None:
    """The service, and the address that it must send people back to."""
    options: Globals = context.obj
    with answering("sso.show", options) as output, opened(options) as company, reading(company) as ctx:
        tell(output, ctx)


@app.command("set")
def sso_set(
    context: typer.Context,
    issuer: Annotated[str, typer.Argument(metavar="ADDRESS", help="What the service calls its issuer.")],
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="The name of this portal there (client ID).")],
    *,
    title: Annotated[str, typer.Option(help="What the button says.")] = "Single sign-on",
    secret_stdin: Annotated[bool, typer.Option("--secret-stdin", help="Read the client secret from a line.")] = False,
    adds: Annotated[bool, typer.Option("--adds/--no-adds", help="Whoever it sends becomes a person.")] = False,
    on: Annotated[bool, typer.Option("--on/--off", help="People may come by it.")] = True,
) -> None:
    """Set the service. The secret is kept sealed; without one given, the one that is there stays."""
    options: Globals = context.obj
    with answered("sso.set", options) as (output, ctx):
        secret = read_secret("secret", from_stdin=True, no_input=True) if secret_stdin else ""
        wish = sso.SsoWish(on=on, title=title, issuer=issuer, client=client, secret=secret, adds=adds)
        sso.set_service(ctx, wish)
        ctx.db.flush()
        tell(output, ctx)
        output.say("Try it: boxportal sso test")


@app.command("off")
def sso_off(context: typer.Context) -> None:
    """Let nobody come by the service any more; its settings stay."""
    options: Globals = context.obj
    with answered("sso.off", options) as (output, ctx):
        sso.switch_off(ctx)
        output.say("Nobody comes by the service.")


@app.command("test")
def sso_test(context: typer.Context) -> None:
    """Ask the service where its pages are."""
    options: Globals = context.obj
    with answering("sso.test", options) as output, opened(options) as company:
        with reading(company) as ctx:
            by = access_to(ctx)
        try:
            places = provider.asked_places(by, by.settings.issuer)
        except NotReached as error:
            raise RuleBroken(str(error)) from error
        output.data["sign_in"] = places.authorize
        output.say(f"The service answers. Its sign-in page: {places.authorize}")


def tell(output: Output, ctx: ReadCtx) -> None:
    settings, back = ctx.settings(SsoSettings), company_of(ctx).address + sso.BACK
    output.data |= {
        "on": settings.on and settings.is_set, "issuer": settings.issuer, "client": settings.client,
        "secret": bool(settings.secret), "title": settings.title, "adds": settings.adds, "back": back,
    }  # fmt: skip
    if settings.is_set:
        output.say(f"{settings.issuer}, as {settings.client}, {'on' if settings.on else 'off'}")
    else:
        output.say("No service is set: boxportal sso set ADDRESS CLIENT")
    output.say(f"It must send people back to {back}")
