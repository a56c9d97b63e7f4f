"""The command line's composition root: global options, nouns and verbs."""

import logging
import sys
from typing import NoReturn

import typer
from typer.exceptions import TyperException

from boxportal.cli import admin, audit, backup, company, install, module, sample, serve, status, token, user
from boxportal.cli.globals import split_globals
from boxportal.cli.output import Exit, Globals, Output, answering, program_version
from boxportal.kernel.logs import set_up_logs
from boxportal.sdk.errors import DomainError, Invalid

app = typer.Typer(
    name="boxportal",
    help="A company portal in a box. Global options: --data DIR, --company NAME, --json, --yes, --no-input, "
    "--dry-run, --quiet.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(admin.app, name="admin")
app.add_typer(audit.app, name="audit")
app.add_typer(backup.app, name="backup")
app.add_typer(company.app, name="company")
app.add_typer(module.app, name="module")
app.add_typer(sample.app, name="sample")
app.add_typer(token.app, name="token")
app.add_typer(user.app, name="user")
app.command("install")(install.install)
app.command("serve")(serve.serve)
app.command("status")(status.status)


@app.command("version")
def version(context: typer.Context) -> None:
    """Print the program's version."""
    options: Globals = context.obj
    with answering("version", options) as output:
        output.data["version"] = program_version()
        output.say(program_version())


def complain(error: TyperException, options: Globals, rest: list[str]) -> NoReturn:
    """Say what is wrong with the command line itself."""
    if options.as_json:
        Output(" ".join(rest[:2]).replace(" ", "."), as_json=True).fail(Invalid({"": error.format_message()}))
    show = getattr(error, "show", None)  # prints the usage too
    if show is None:
        typer.echo(error.format_message(), err=True)
    else:
        show()
    raise SystemExit(Exit.USAGE)


def main() -> None:
    """Run the command line and end the process with an exit code of the contract."""
    set_up_logs(logging.WARNING)
    try:
        options, rest = split_globals(sys.argv[1:])
    except DomainError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(Exit.USAGE) from error
    try:
        code = app(rest, obj=options, standalone_mode=False)
    except TyperException as error:
        complain(error, options, rest)
    except (KeyboardInterrupt, typer.Abort):
        raise SystemExit(Exit.INTERRUPTED) from None
    raise SystemExit(code if isinstance(code, int) else Exit.DONE)
