"""The command line's composition root: every noun with its verbs."""

import pkgutil

import typer

from boxportal.cli.line import new_line
from boxportal.cli.output import Globals, answering, program_version

NOUNS = (
    "admin", "audit", "backup", "bundle", "cert", "company", "config", "db", "directory", "door", "mail", "module",
    "outgoing", "personal", "protect", "role", "sample", "sso", "team", "token", "upgrade", "user",
)  # fmt: skip
VERBS = ("doctor", "install", "serve", "status", "uninstall")


def line_for(word: str = "") -> typer.Typer:
    """The command line that understands the word; all of it when the word is no noun.

    Only what is asked for is imported: a command is slow by what it imports, and a server keeps that while it runs.
    """
    alone = word in (*NOUNS, *VERBS, "version")
    line = new_line()
    line.callback()(lambda: None)  # so that a command that stands alone is still called by its name
    for noun in [n for n in NOUNS if not alone or n == word]:
        line.add_typer(pkgutil.resolve_name(f"boxportal.cli.{noun}:app"), name=noun)
    for verb in [v for v in VERBS if not alone or v == word]:
        line.command(verb)(pkgutil.resolve_name(f"boxportal.cli.{verb}:{verb}"))
    line.command("version")(version)
    return line


def version(context: typer.Context) -> None:
    """Print the program's version."""
    options: Globals = context.obj
    with answering("version", options) as output:
        output.data["version"] = program_version()
        output.say(program_version())
