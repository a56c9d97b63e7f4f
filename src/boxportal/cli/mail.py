"""`boxportal mail`: the company's mail server, and mails that could not be sent."""

from typing import Annotated

import typer

from boxportal.cli.acting import changing, opened, read_secret, reading
from boxportal.cli.output import Globals, Output, answering
from boxportal.cli.tables import table
from boxportal.cli.user import answered
from boxportal.kernel.mail import settings as mail
from boxportal.kernel.outbound.letters import MailSettings
from boxportal.sdk.context import ReadCtx
from boxportal.sdk.errors import GiveUp, NotFound, NotReached, RuleBroken

app = typer.Typer(no_args_is_help=True, help="The company's mail server, and mails that could not be sent.")


@app.command("show")
def mail_show(context: typer.Context) -> None:
    """The mail server, what waits, and what could not be sent."""
    options: Globals = context.obj
    with answering("mail.show", options) as output, opened(options) as company, reading(company) as ctx:
        tell(output, ctx)
        lost = mail.list_undelivered(ctx)
        output.data |= {
            "waiting": mail.count_waiting(ctx),
            "undelivered": [{"id": m.id, "to": m.to, "subject": m.subject, "error": m.error} for m in lost],
        }
        output.say(f"Waiting: {output.data['waiting']}")
        if lost:
            output.say(table(("NO", "TO", "SUBJECT", "WHY"), [(m.id, m.to, m.subject, m.error) for m in lost]))


@app.command("set")
def mail_set(
    context: typer.Context,
    host: Annotated[str, typer.Argument(metavar="HOST", help="The server's name or address.")],
    sender: Annotated[str, typer.Argument(metavar="SENDER", help="The address that mails come from.")],
    *,
    security: Annotated[str, typer.Option(help="starttls, tls or none.")] = "starttls",
    port: Annotated[int | None, typer.Option(help="Else the usual one: 587, 465 or 25.")] = None,
    user: Annotated[str, typer.Option(help="Whom to sign in as, if the server asks for it.")] = "",
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from a line.")] = False,
) -> None:
    """Set the mail server. A password is kept sealed; without one given, the one that is there stays."""
    options: Globals = context.obj
    with answering("mail.set", options) as output:
        password = read_secret("password", from_stdin=True, no_input=True) if password_stdin else ""
        usual = mail.PORTS.get(security, 0)
        wish = mail.MailWish(
            host=host, port=str(usual if port is None else port), security=security, user=user, password=password,
            sender=sender,
        )  # fmt: skip
        output.data["dry_run"] = options.dry_run
        with opened(options) as company, changing(company, dry_run=options.dry_run) as ctx:
            mail.set_mail_server(ctx, wish)
            ctx.db.flush()
            tell(output, ctx)
        output.say("Try it: boxportal mail test ADDRESS")


@app.command("off")
def mail_off(context: typer.Context) -> None:
    """Send no mails any more; the server and its password are forgotten."""
    options: Globals = context.obj
    with answered("mail.off", options) as (output, ctx):
        nothing = mail.MailWish(host="", port="", security="", user="", password="", sender="")
        mail.set_mail_server(ctx, nothing)
        output.say("No mails are sent.")


@app.command("test")
def mail_test(context: typer.Context, to: Annotated[str, typer.Argument(metavar="ADDRESS")]) -> None:
    """Send a test mail now, and say what the server answered."""
    options: Globals = context.obj
    with answering("mail.test", options) as output, opened(options) as company:
        with changing(company, dry_run=options.dry_run) as ctx:
            trial = mail.prepare_trial(ctx, to)
        output.data |= {"to": to, "dry_run": options.dry_run}
        if options.dry_run:
            output.say("A test would be sent.")
            return
        try:
            output.data["answer"] = said = trial.send()
        except (NotReached, GiveUp) as error:
            raise RuleBroken(f"The test was not sent. {error}") from error
        output.say(f"The server took it: {said}")


@app.command("again")
def mail_again(context: typer.Context, number: Annotated[int, typer.Argument(metavar="NO", min=1, max=2**62)]) -> None:
    """Try a mail again that could not be sent."""
    options: Globals = context.obj
    with answered("mail.again", options) as (output, ctx):
        if number not in {lost.id for lost in mail.list_undelivered(ctx)}:
            raise NotFound(f"There is no mail {number} that could not be sent: boxportal mail show lists them.")
        mail.send_again(ctx, number)
        output.data["mail"] = number
        output.say("It is tried again.")


def tell(output: Output, ctx: ReadCtx) -> None:
    settings = ctx.settings(MailSettings)
    shown = mail.shown(settings)
    output.data["server"] = shown if settings.is_set else None
    if settings.is_set:
        who = f", as {settings.user}" if settings.user else ""
        output.say(f"Mails go by {settings.host}:{settings.port} ({settings.security}{who}), from {settings.sender}.")
    else:
        output.say("No mail server is set: invitations are links that you hand over.")
