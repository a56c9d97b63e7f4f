"""The command line's composition root: global options, nouns and verbs."""

import logging
import sys

import typer

from boxportal.cli import admin, audit, backup, company, install, module, sample, serve, status
from boxportal.cli.globals import split_globals
from boxportal.cli.output import Exit, Globals, answering, program_version
from boxportal.kernel.logs import set_up_logs
from boxportal.sdk.errors import DomainError

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


def main() -> None:
    """Run the command line and end the process with an exit code of the contract."""
    set_up_logs(logging.WARNING)
    try:
        options, rest = split_globals(sys.argv[1:])
    except DomainError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(Exit.USAGE) from error
    try:
        app(rest, obj=options)
    except KeyboardInterrupt:
        raise SystemExit(Exit.INTERRUPTED) from None
