"""The command line: global options, then the noun and verb that are asked for."""

import logging
import sys
from typing import NoReturn

import typer
from typer.exceptions import TyperException

from boxportal.cli.globals import split_globals
from boxportal.cli.nouns import line_for
from boxportal.cli.output import Exit, Globals, Output
from boxportal.cli.stepping_down import step_down
from boxportal.kernel.logs import set_up_logs
from boxportal.kernel.memory import load_less, look_less_often
from boxportal.sdk.errors import DomainError, Invalid


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
    look_less_often()
    load_less()
    set_up_logs(logging.WARNING)
    try:
        options, rest = split_globals(sys.argv[1:])
    except DomainError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(Exit.USAGE) from error
    step_down(rest[0] if rest else "", options.data)
    try:
        code = line_for(rest[0] if rest else "")(rest, obj=options, standalone_mode=False)
    except TyperException as error:
        complain(error, options, rest)
    except (KeyboardInterrupt, typer.Abort):
        raise SystemExit(Exit.INTERRUPTED) from None
    raise SystemExit(code if isinstance(code, int) else Exit.DONE)
