"""`boxportal uninstall`: takes the program away and keeps the data, unless that shall go too."""

import os
import sys
from typing import Annotated

import typer

from boxportal.cli.installing.journal import read_journal
from boxportal.cli.installing.places import Places
from boxportal.cli.installing.refused import CONDITION, NOT_PERMITTED, USAGE, Refused
from boxportal.cli.installing.removing import Removal, remove
from boxportal.cli.installing.talk import Talk
from boxportal.cli.output import Globals, Output, answering
from boxportal.cli.set_up import refusing


def uninstall(
    context: typer.Context,
    *,
    purge: Annotated[bool, typer.Option("--purge", help="Also data, settings, backups and the user.")] = False,
    confirm: Annotated[str, typer.Option(help="With --purge: the portal's name, typed out.")] = "",
    no_backup: Annotated[bool, typer.Option("--no-backup", help="With --purge: make no last backup.")] = False,
) -> None:
    """Remove the program and its service. Data, settings and backups stay, unless --purge."""
    options: Globals = context.obj
    with answering("uninstall", options) as output, refusing():
        take_away(output, options, Places(), purge=purge, confirmed=confirm, backup=not no_backup)


def take_away(output: Output, options: Globals, places: Places, *, purge: bool, confirmed: str, backup: bool) -> None:
    """Ask, and remove.

    Raises: Refused.
    """
    if places.program.exists() and os.geteuid() != 0:
        raise Refused(NOT_PERMITTED, "Only root can remove a service.", "  Do: sudo boxportal uninstall")
    journal = read_journal(places.journal)
    output.data |= {"removed": False, "purge": purge, "dry_run": options.dry_run}
    if journal is None:
        output.say("No box is installed on this machine: nothing was changed.")
        return
    removal = Removal(places, journal, Talk(show=output.say))
    kept = ", ".join(map(str, removal.folders))
    output.data["kept"] = [] if purge else list(map(str, removal.folders))
    if options.dry_run:
        output.say(f"{kept} would {'be removed too' if purge else 'stay'}.")
        return
    agree_to(options, removal, purge=purge, confirmed=confirmed)
    removal.talk.write_to(places.log)
    last = remove(removal, purge=purge, backup=backup)
    output.data |= {"removed": True, "last_backup": str(last) if last else None}
    if not purge:
        removal.talk.say(f"Kept: {kept}\nTo come back with everything: sudo sh installer/install.sh")


def agree_to(options: Globals, removal: Removal, *, purge: bool, confirmed: str) -> None:
    """Have the removal confirmed: by a yes, or for a purge by the portal's name.

    Raises: Refused.
    """
    name = removal.answers.names[0]
    can_ask = sys.stdin.isatty() and not options.no_input
    if purge:
        if not confirmed and can_ask:
            confirmed = removal.talk.ask(f"Everything of {name} is removed. Type its name:", "keep it")
        if confirmed != name:
            raise Refused(USAGE, f"--confirm: must be the portal's name, {name}. Nothing was changed.")
    elif not options.yes and not (can_ask and removal.talk.agreed(f"Remove the program of {name} and keep its data?")):
        raise Refused(
            USAGE if not can_ask else CONDITION, "Nothing was changed." if can_ask else "--yes: is needed here"
        )
